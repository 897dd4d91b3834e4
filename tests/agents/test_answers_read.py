"""A yes, a no and a payment are read for what they are: an order hangs on it."""

from decimal import Decimal

import pytest

from agents import changes, pointing, reading
from agents.wording import month, vocative


@pytest.mark.parametrize(
    "text",
    ["sí", "va dale", "ok do it", "pode aplicar", "sí, por favor", "bueno ya así", "fecha", "perfect", "sí, gracias",
     "isso mesmo, pode ser"],
)  # fmt: skip
def test_a_yes_is_one(text: str) -> None:
    assert reading.agrees(text)


@pytest.mark.parametrize(
    "text",
    ["gracias", "por favor", "ok gracias", "ok, thanks", "please", "that", "ya", "sí, quiero 3", "no", "va a llover",
     "sí pero cambia una", ""],
)  # fmt: skip
def test_thanks_and_wishes_are_no_yes(text: str) -> None:
    assert not reading.agrees(text)


@pytest.mark.parametrize("text", ["olvídalo", "no, mejor olvídalo", "nevermind, forget it", "esquece", "ya no quiero"])
def test_what_is_given_up_is_cancelled(text: str) -> None:
    assert changes.cancels(text)


@pytest.mark.parametrize("text", ["ya no quiero la bujía", "no olvides el filtro", "quiero 3", "olvida el filtro"])
def test_one_line_less_is_no_cancelling(text: str) -> None:
    assert not changes.cancels(text)


@pytest.mark.parametrize(
    ("text", "end", "rest"),
    [
        ("dame la más barata", "least", "dame"), ("the cheapest one please", "least", "please"),
        ("qual o mais caro?", "most", "qual ?"), ("20 sacos do mais barato", "least", "20 sacos"),
        ("cuál es la balata más barata", "least", "cual es balata"), ("la de menor precio", "least", "la"),
    ],
)  # fmt: skip
def test_the_end_of_a_list_by_price_is_read(text: str, end: str, rest: str) -> None:
    found = pointing.extreme(reading.fold(text))
    assert found is not None
    assert (found.end, found.rest.removeprefix("la ").strip() or "la") == (end, rest)


@pytest.mark.parametrize("text", ["algo más barato", "too expensive", "está muy caro", "tem mais barato?"])
def test_something_cheaper_is_no_end_of_a_list(text: str) -> None:
    assert pointing.cheaper(reading.fold(text))
    assert pointing.extreme(reading.fold(text)) is None


def test_those_keep_their_quantity_beside_another_thing() -> None:
    (two, those), (four, plugs) = reading.lines("gimme 2 of those and 4 spark plugs")
    assert (two, those, four, plugs) == (Decimal(2), "those", Decimal(4), "spark plugs")


def test_a_sign_off_is_no_product() -> None:
    assert reading.lines("necesito 3 balatas. Saludos, Ana") == [(Decimal(3), "balatas")]


def test_the_english_once_is_no_eleven() -> None:
    assert reading.lines("once i get it") != [(Decimal(11), "get")]
    assert reading.lines("once balatas") == [(Decimal(11), "balatas")]


def test_a_firm_is_not_called_by_its_first_word() -> None:
    assert vocative("Taller Hernández") == ""
    assert vocative("Ana López") == ", Ana"


@pytest.mark.parametrize(
    ("locale", "name"), [("es", "septiembre de 2026"), ("en", "September 2026"), ("pt", "setembro de 2026")]
)
def test_a_month_is_told_by_name(locale: str, name: str) -> None:
    assert month("2026-09", locale) == name
    assert month("2026", locale) == "2026"
