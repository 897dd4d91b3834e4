"""Days are read as people name them."""

from datetime import date

import pytest

from agents import days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoy no puedo, te pago el viernes", date(2026, 11, 27)),
        ("I can't pay today, I'll pay on Friday", date(2026, 11, 27)),
        ("hoje não dá, pago na sexta", date(2026, 11, 27)),
        ("not tomorrow, Thursday I'll pay", date(2026, 11, 26)),
        ("amanhã não consigo pagar, só quinta", date(2026, 11, 26)),
        ("el lunes no, mejor el martes te pago", date(2026, 11, 24)),
        ("pago na segunda não, na terça", date(2026, 11, 24)),
        ("no puedo hoy pero mañana sí", date(2026, 11, 22)),
        ("no puedo hasta el viernes", date(2026, 11, 27)),
        ("pago no sábado", date(2026, 11, 28)),
        ("no te voy a pagar el viernes", None),
    ],
)
def test_a_day_that_is_refused_is_no_promise(text: str, day: date | None):
    assert days.promised_day(text, date(2026, 11, 21)) == day


@pytest.mark.parametrize("text", ["te pago el viernes 4", "pago na sexta dia 4", "I'll pay on Friday the 4th"])
def test_a_weekday_with_its_date_is_that_date(text: str):
    assert days.promised_day(text, date(2026, 11, 21)) == date(2026, 12, 4)
