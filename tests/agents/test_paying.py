"""Into how many parts a debt is to be split is read as people say it."""

import pytest

from agents import paying


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("pagar todo en 3", 3), ("pay it all in 3", 3), ("parcelar tudo em 3", 3), ("em 3 vezes", 3), ("en 3 pagos", 3),
        ("split it in two", 2), ("puedo pagar en 3?", 3), ("split it", 0), ("divídelo", 0), ("posso dividir?", 0),
        ("puedo pagar por un año", 12), ("can i pay over a year", 12), ("posso pagar em 12 meses", 12),
        ("te pago en un mes", None), ("te pago en 3 días", None), ("ok 3", None), ("cuánto pagué en un año", None),
        ("how much did i pay in a year", None), ("minha dívida em aberto", None), ("pagar en efectivo", None),
        ("minha dívida foi perdoada", None), ("divida em três", 3), ("te pago el lunes", None),
    ],
)  # fmt: skip
def test_a_wish_to_split_is_read(text: str, parts: int | None):
    assert paying.parts(text) == parts


@pytest.mark.parametrize(
    "text", ["3", "ok 3", "en 3", "in 3", "em três", "en tres", "ok, in 3 please", "sí, en 3", "va, 3", "va, en tres"]
)
def test_a_bare_figure_answers_the_question_in_how_many(text: str):
    assert paying.parts(text, asked=True) == 3


@pytest.mark.parametrize("text", ["en un año", "in 12 months", "em 12 meses"])
def test_a_span_answers_it_with_more_parts_than_there_are(text: str):
    assert paying.parts(text, asked=True) == 12
    assert paying.parts(text) is None
