"""Another size or colour of what is quoted: what a text wants, and what a name has of it."""

from decimal import Decimal

import pytest

from agents.variants import Some, Wanted, has, is_figure_of, place, wanted


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mejor el de 550 cca", Wanted((Some(None, "550 cca"),), "instead")),
        ("swap it for the 700 cca one", Wanted((Some(None, "700 cca"),), "instead")),
        ("muda pra de 12 watts", Wanted((Some(None, "12 watts"),), "instead")),
        ("cambia el termostato por el de 88 grados", Wanted((Some(None, "88 grados"),), "instead", "termostato")),
        ("2 de 80 e 2 de 220", Wanted((Some(Decimal(2), "80"), Some(Decimal(2), "220")), "")),
        ("2 of the 80 grit ones", Wanted((Some(Decimal(2), "80 grit"),), "")),
        ("e 25 metros do azul", Wanted((Some(Decimal(25), "azul", "M"),), "beside")),
        ("quiero 2 de cemento", None),
        ("2 de las 5 bujías", None),
        ("swap them for 2 bosch ones", None),
        ("mejor el de 500 pesos", None),
        ("mejor 5", None),
    ],
)
def test_a_figure_that_tells_things_apart_counts_nothing(text: str, meant: Wanted | None) -> None:
    assert wanted(text) == meant


def test_a_name_has_the_figure_in_that_unit() -> None:
    assert has("Lâmpada LED bulbo 12 W branca", "12 watts")
    assert has("Fio flexível azul", "blue")
    assert not has("Broca 12 mm", "12 watts")
    assert not has("Lixa grão 220", "22")


def test_a_figure_of_the_name_is_known() -> None:
    assert is_figure_of("Termostato 88 grados Tsuru", Decimal(88), "grados")
    assert not is_figure_of("Juego 3 filtros", Decimal(2), "filtros")


@pytest.mark.parametrize(
    ("text", "mode"),
    [("en lugar", "instead"), ("além", "beside"), ("instead", "instead"), ("add 2 filters", ""), ("además bujías", "")],
)
def test_the_answer_where_it_goes_is_that_and_nothing_more(text: str, mode: str) -> None:
    assert place(text) == mode
