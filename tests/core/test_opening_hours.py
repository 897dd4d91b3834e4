"""Opening hours as tenants write them."""

from datetime import UTC, datetime

import pytest

from core import opening_hours

WEDNESDAY = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "days", "first"),
    [
        ("L-V 9:00-18:00", [0, 1, 2, 3, 4], "09:00"),
        ("lunes a viernes de 9:00 a 19:00 y sábados de 9:00 a 15:00", [0, 1, 2, 3, 4, 5], "09:00"),
        ("segunda a sexta das 7:30 às 18:00 e sábados das 8:00 às 13:00", [0, 1, 2, 3, 4, 5], "07:30"),
        ("Mon-Fri 9am-6pm, Saturday and Sunday 10-14", [0, 1, 2, 3, 4, 5, 6], "09:00"),
        ("every day 8 to 20", [0, 1, 2, 3, 4, 5, 6], "08:00"),
        ("sábados y domingos de 10 a 14", [5, 6], "10:00"),
        ("cuando se pueda", [], None),
    ],
)
def test_hours_in_words_are_read(words: str, days: list[int], first: str | None) -> None:
    spans = opening_hours.parse(words)
    assert sorted({each.weekday for each in spans}) == days
    assert (f"{spans[0].opens:%H:%M}" if spans else None) == first


def test_people_are_there_until_they_close_and_again_on_the_next_open_day() -> None:
    spans = opening_hours.parse("L-V 9:00-18:00")
    assert not opening_hours.open_at(spans, WEDNESDAY)
    assert opening_hours.open_at(spans, WEDNESDAY.replace(hour=17, minute=59))
    assert opening_hours.opens_next(spans, WEDNESDAY) == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    friday = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
    assert opening_hours.opens_next(spans, friday) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert opening_hours.opens_next((), WEDNESDAY) is None
