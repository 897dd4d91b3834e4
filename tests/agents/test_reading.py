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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("½ pulg tornillo 20 pzas", (Decimal(20), "1/2 pulg tornillo")), ("3×balatas", (Decimal(3), "balatas")),
        ("tubo de 1/2”", (None, 'tubo 1/2"')),
    ],
)  # fmt: skip
def test_signs_of_a_keyboard_are_read_like_plain_ones(text: str, read: tuple[Decimal | None, str]) -> None:
    assert reading.lines(text) == [read]
