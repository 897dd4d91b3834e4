"""Spans of months are read whole, and never as another time."""

from datetime import date

import pytest

from agents.spans import days, months

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [
        ("last 3 months", "2026-08", "2026-10", 3), ("nos últimos três meses", "2026-08", "2026-10", 3),
        ("los últimos meses", "2026-08", "2026-10", 3), ("últimos 12 meses", "2025-11", "2026-10", 12),
        ("el trimestre pasado", "2026-07", "2026-09", 3), ("este trimestre", "2026-10", "2026-11", 2),
        ("spotify in Q2 2026", "2026-04", "2026-06", 3), ("en Q1", "2026-01", "2026-03", 3),
        ("no terceiro trimestre de 2025", "2025-07", "2025-09", 3), ("primer semestre", "2026-01", "2026-06", 6),
        ("entre marzo y mayo", "2026-03", "2026-05", 3), ("de noviembre a enero de 2026", "2025-11", "2026-01", 3),
        ("from march to may 2025", "2025-03", "2025-05", 3), ("marzo y mayo", "2026-03", "2026-05", 2),
        ("desde agosto", "2026-08", "2026-11", 4), ("2026-03 a 2026-05", "2026-03", "2026-05", 3),
        ("cuánto gané por un año", "2025-11", "2026-10", 12), ("earned over a year", "2025-11", "2026-10", 12),
        ("quanto ganhei por um ano", "2025-11", "2026-10", 12), ("en el último año", "2025-11", "2026-10", 12),
        ("in six months", "2026-05", "2026-10", 6), ("durante 2 años", "2024-11", "2026-10", 24),
        ("entre dezembro e fevereiro", "2025-12", "2026-02", 3),
    ],
)  # fmt: skip
def test_a_span_is_read_as_its_months(text: str, first: str, last: str, count: int) -> None:
    found = months(text, TODAY)
    assert (found[0], found[-1], len(found)) == (first, last, count)


@pytest.mark.parametrize(
    "text", ["el mes pasado", "last month", "last year", "en 2025", "en agosto", "compara marzo y mayo", "mi saldo",
             "cuánto voy a ganar en un año", "en el mes de agosto", "in a month"]
)
def test_one_month_or_a_year_is_no_span(text: str) -> None:
    assert months(text, TODAY) == []


def test_days_and_weeks_are_told_from_months() -> None:
    assert all(days(text) for text in ("ayer", "last week", "ontem", "últimos 7 días"))
    assert not any(days(text) for text in ("este mes", "last month", "en agosto"))
