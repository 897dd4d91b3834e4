"""Going on without a discount, in whatever words; and the contrary."""

import pytest

from agents.without_discount import asks, rest, said


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ok sin descuento", "on"), ("ya no quiero descuento", "on"),
        ("forget the discount", "on"), ("deixa o desconto pra lá", "on"),
        ("sem desconto mesmo, fecha", "take"), ("never mind the discount, I'll take it", "take"),
        ("bueno, sin descuento, mándame la liga", "take"), ("quita 2 y sin descuento", "change"),
        ("sin descuento, y agrega un filtro de aceite", "change"),
        ("sin descuento no", "not"), ("no la quiero sin descuento", "not"), ("no discount no deal", "not"),
        ("sem desconto não quero", "not"), ("mejor cancela, sin descuento", "not"),
        ("¿y sin descuento cuánto era?", ""), ("dame un descuento", ""), ("olvídalo", ""), ("never mind", ""),
    ],
)  # fmt: skip
def test_a_named_discount_is_gone_without_whatever_was_spoken_of(text: str, reading: str) -> None:
    assert said(text, talked=False) == reading
    assert said(text, talked=True) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("entonces así", "on"), ("dale igual", "on"), ("as is", "on"), ("assim mesmo", "on"), ("como está", "on"),
        ("no, así está bien", "on"), ("no importa, lo llevo", "take"), ("ni modo, me la llevo", "take"),
        ("olvídalo, la compro", "take"), ("I'll take it anyway", "take"), ("tanto faz, fecha", "take"),
        ("fine, full price", "on"), ("preço cheio então", "on"), ("not at full price", "not"),
        ("dame el precio normal de las balatas", ""),
        ("así no", "not"), ("igual no", "not"), ("assim não", "not"), ("no importa, no la quiero", "not"),
        ("así como el filtro de ayer", ""), ("igual 4 más", ""),
    ],
)  # fmt: skip
def test_as_it_is_means_so_only_right_after_a_discount_was_spoken_of(text: str, reading: str) -> None:
    assert said(text, talked=True) == reading
    assert said(text, talked=False) == ""


def test_what_is_left_is_how_it_is_taken() -> None:
    assert rest("no importa, lo llevo") == "lo llevo"
    assert asks("what is the full price?", talked=True)
    assert not asks("what is the full price?", talked=False)
    assert asks("¿y sin descuento?", talked=False)
    assert not asks("full price", talked=True)
