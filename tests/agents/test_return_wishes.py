"""How much goes back: so many pieces, all, all but something, or not all."""

from decimal import Decimal

import pytest

from agents.return_wishes import adds, all_but, calls_off, count, everything, number, partly, qualified, the_rest


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("devuelvo 2 de las 5 bujías", 2), ("quiero devolver solo una", 1), ("just one of them, not all", 1),
        ("solo una, no todas", 1), ("só uma, não todas", 1), ("one of the parts came broken", 1), ("3 piezas", 3),
        ("return 2 spark plugs", 2), ("quero devolver duas das 5 velas", 2), ("2 de ellas llegaron rotas", 2),
        ("quiero devolver una pieza que llegó rota", 1), ("no, solo dos", 2), ("devolver 2.5 metros", Decimal("2.5")),
        ("quiero devolver uno de mis pedidos", None), ("el pedido del 5 de enero", None), ("la primera", None),
        ("quiero devolver mi pedido P-1021", None), ("solo la 2", None), ("quiero devolver un pedido", None),
        ("la balata que me llegó viene rota", None), ("1", None), ("hace mes y medio", None), ("return 2 orders", None),
    ],
)  # fmt: skip
def test_pieces_are_counted_where_a_text_speaks_of_some(text: str, pieces: Decimal | None) -> None:
    found = count(text)
    assert (found.pieces if found else None) == pieces


def test_the_number_that_they_are_part_of_is_no_place_in_a_list() -> None:
    found = count("devuelvo 2 de las 5 bujías")
    assert found
    assert found.rest == "bujias"


@pytest.mark.parametrize(("text", "pieces"), [("1", 1), ("mejor 2", 2), ("make it 2", 2), ("uma só", 1), ("sí", None)])
def test_a_bare_figure_counts_where_we_asked_for_one(text: str, pieces: int | None) -> None:
    found = count(text, alone=True)
    assert (found.pieces if found else None) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "no todas", "not all", "não todas", "nem todas", "not all of them", "todo menos el filtro",
        "no quiero devolver todo", "everything but the filter",
    ],
)  # fmt: skip
def test_not_all_is_not_all(text: str) -> None:
    assert partly(text)
    assert not everything(text)


def test_all_is_all() -> None:
    broken = ("llegó todo roto", "no sirve, devuelvo todo", "todo llegó mal, no sirve")
    for text in ("todo", "all of it", "tudo", "quiero devolver todo", *broken):
        assert everything(text)
        assert not partly(text)


def test_what_stays_is_read() -> None:
    assert all_but("todo menos el filtro") == "el filtro"
    assert all_but("all except the filter") == "the filter"
    assert all_but("no todo") == ""


def test_a_yes_with_a_but_is_told_from_a_plain_one() -> None:
    assert qualified("sí, pero sin el filtro")
    assert qualified("yes but only the first")
    assert not qualified("sí por favor")


@pytest.mark.parametrize(
    "text",
    [
        "cancela la devolución", "ya no quiero devolverlo", "forget the return", "deixa a devolução pra lá",
        "mejor no la devuelvo", "I don't want to return it anymore", "I'm not returning it", "não quero mais devolver",
        "desisto da devolução", "puedo cancelar la devolución?", "I no longer want to return them",
    ],
)
def test_a_return_is_called_off(text: str) -> None:
    assert calls_off(text)


@pytest.mark.parametrize("text", ["me lo quedo", "I'll keep it", "vou ficar com ele", "olvídalo", "cancela"])
def test_who_keeps_it_calls_a_return_off_only_while_one_is_talked_over(text: str) -> None:
    assert calls_off(text, talked=True)
    assert not calls_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "ya no lo quiero", "ya no lo necesito", "no cancelen la devolución", "don't cancel the return",
        "no quiero devolver todas", "no me han devuelto mi dinero", "dónde está mi devolución", "cancela mi pedido",
        "no aceptan devoluciones?", "no refund yet", "you don't return my money", "not returning my calls",
        "no hay devolución", "ya no sirve, quiero devolverlo", "não recebi a devolução", "no todas, nomás una",
    ],
)
def test_a_complaint_or_a_reason_calls_no_return_off(text: str) -> None:
    assert not calls_off(text, talked=True)


def test_what_goes_back_besides() -> None:
    for text in ("y también el tambor", "and the oil filter too", "e também o disco", "mais o disco"):
        assert adds(text), text
    for text in ("el filtro", "¿y mi caso cómo va?", "y cuánto cuesta el disco", "sí", "llegó rota y doblada"):
        assert not adds(text), text
    assert the_rest("y lo demás también")
    assert not the_rest("y el tambor")
    assert number("cancela la devolución D-1002") == "D-1002"
