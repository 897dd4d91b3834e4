"""Quantities are read as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import reading
from core import units


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("1,200 tornillos", 1200), ("1.500 parafusos", 1500), ("quiero 12,000 tornillos", 12_000),
        ("1.200.000 tornillos", 1_200_000), ("1,5 kg de clavo", Decimal("1.5")),
        ("0.125 kg de clavo", Decimal("0.125")), ("2.50 metros de cable", Decimal("2.5")), ("200 tornillos", 200),
    ],
)  # fmt: skip
def test_a_mark_of_thousands_is_no_decimal_mark(text: str, quantity: Decimal) -> None:
    [(read, phrase)] = reading.lines(text)
    assert read == quantity
    assert phrase in ("tornillos", "parafusos", "clavo", "cable")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("½ pulg tornillo 20 pzas", (Decimal(20), "1/2 pulg tornillo")), ("3×balatas", (Decimal(3), "balatas")),
        ("tubo de 1/2”", (None, 'tubo 1/2"')),
    ],
)  # fmt: skip
def test_signs_of_a_keyboard_are_read_like_plain_ones(text: str, read: tuple[Decimal | None, str]) -> None:
    assert reading.lines(text) == [read]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("treinta balatas", [(30, "balatas")]), ("veinticinco focos", [(25, "focos")]),
        ("dos kilos y medio de clavo", [(2.5, "clavo")]), ("2½ kg", [(2.5, "")]), ("media docena", [(6, "")]),
        ("dame 1/2 kilo", [(0.5, "")]), ("10-15 pzas", [(10, "")]), ("quiero 2.", [(2, "")]),
        ("mándame 15 y 20 filtros", [(15, "filtros"), (20, "filtros")]),
        ("i'm looking for twenty-five bolts and half a dozen washers", [(25, "bolts"), (6, "washers")]),
        ("two and a half kilos of nails", [(2.5, "nails")]), ("dois quilos e meio de prego", [(2.5, "prego")]),
        ("vinte e cinco parafusos e meia dúzia de brocas", [(25, "parafusos"), (6, "brocas")]),
        ("un kilo de clavo", [(1, "clavo")]), ("2 kits de embrague", [(2, "kit embrague")]),
    ],
)  # fmt: skip
def test_quantities_in_words_and_fractions_are_read(text: str, read: list[tuple[float, str]]) -> None:
    assert reading.lines(text) == [(Decimal(str(number)), phrase) for number, phrase in read]


@pytest.mark.parametrize(
    "text",
    ["una balata", "mil gracias", "$500", "482-913", "5512345678", "bateria 12 volts", "12 volts bateria", "100%"],
)
def test_what_only_looks_like_a_quantity_is_none(text: str) -> None:
    assert [quantity for quantity, _ in reading.lines(text)] == [None]


_AMOUNTS = [
    "3", "15", "1,200", "1/2 kilo de", "2½ kg de", "10-15 pzas de", "dos", "treinta y cinco", "veinticinco",
    "dos kilos y medio de", "media docena de", "un par de", "vinte e cinco", "meia dúzia de", "twenty-five",
    "half a dozen", "two and a half kilos of", "dos mil",
]  # fmt: skip
_THINGS = ["balatas", "filtros", "parafusos", "bolts", "clavo"]
_LINES = st.lists(st.tuples(st.sampled_from(_AMOUNTS), st.sampled_from(_THINGS)), min_size=1, max_size=4)


@given(_LINES, st.sampled_from([" y ", " e ", " and ", ", ", "\n"]), st.sampled_from(["", "quiero ", "mándame "]))
def test_the_catalogue_and_the_sales_agent_read_the_same(
    wanted: list[tuple[str, str]], between: str, asking: str
) -> None:
    text = asking + between.join(" ".join(pair) for pair in wanted)
    read = [(line.quantity.amount, line.query) for line in units.lines(text)]
    assert reading.lines(text) == read
    assert [thing for _, thing in read] == [thing for _, thing in wanted]


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(quantity is None or quantity > 0 for quantity, _ in reading.lines(text))


@pytest.mark.parametrize("text", [
    "did you get my money?", "did my payment arrive?", "has my transfer gone through?", "¿les llegó mi pago?",
    "ya se reflejó mi pago?", "ya les cayó mi depósito?", "meu pagamento caiu?", "vocês receberam meu pix?",
])  # fmt: skip
def test_whether_money_came_in_is_asked_of_a_payment(text: str) -> None:
    assert reading.says_paid(text)


@pytest.mark.parametrize("text", [
    "did you get my message?", "ya llegó mi pedido?", "cuándo llega mi pago", "I haven't paid", "no he pagado",
    "did my order arrive?", "chegou meu pedido?",
])  # fmt: skip
def test_what_is_not_sent_money_is_no_payment(text: str) -> None:
    assert not reading.says_paid(text)
