"""Numbers of tables: both ways of writing them, and none that is guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.numbers import number, unmistakable

READ = {
    "12": "12", "12.5": "12.5", "12,5": "12.5", "1,234.50": "1234.50", "1.234,50": "1234.50", "$ 1,234.50": "1234.50",
    "R$ 9,90": "9.90", "US$5": "5", "1.234.567": "1234567", "1,234,567.8": "1234567.8", "0.125": "0.125",
    "1234.567": "1234.567", "-3": "-3", "19.99 MXN": "19.99", "1 234,5": "1234.5",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), READ.items())
def test_a_number_is_read_as_it_is_meant(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "999.000", "-1,500"])
def test_a_number_with_two_meanings_is_refused_with_both(text: str) -> None:
    with pytest.raises(ValueError, match="two ways"):
        number(text)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,23.4", "--1", "1e5", "NaN", "Infinity", "٣", "1..2", ".,"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        number(text)


@given(some.decimals(-(10**9), 10**9, allow_nan=False, places=3))
def test_what_we_write_we_read_again(value: Decimal) -> None:
    assert number(unmistakable(value)) == value
