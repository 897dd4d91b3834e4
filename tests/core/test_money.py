"""Money is exact, and reads as the customer's country writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(123450, "MXN"), "es", "$1,234.50 MXN"),
        (Money(1999, "USD"), "es", "US$19.99"),
        (Money(1999, "USD"), "pt", "US$19,99"),
        (Money(123450, "BRL"), "pt", "R$ 1.234,50"),
        (Money(5000, "CLP"), "es", "5,000 CLP"),
        (Money(-50, "MXN"), "en", "$-0.50 MXN"),
    ],
)
def test_money_reads_as_its_country_writes_it(money: Money, locale: str, text: str) -> None:
    assert money.text(locale) == text


@given(st.integers(-(10**15), 10**15), st.sampled_from(["MXN", "CLP", "KWD"]))
def test_major_units_and_back_are_the_same_money(minor: int, currency: str) -> None:
    assert Money.of(Money(minor, currency).major, currency) == Money(minor, currency)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1, "MXN") + Money(1, "USD")
