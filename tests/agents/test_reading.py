"""Quantities are read as people write them."""

from decimal import Decimal

import pytest

from agents import reading


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
