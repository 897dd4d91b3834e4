"""Days are read as people name them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import days, wording

TODAY = date(2026, 11, 21)


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
        ("pago no sábado", date(2026, 11, 28)), ("on fri", date(2026, 11, 27)), ("el vie", date(2026, 11, 27)),
        ("this thurs", date(2026, 11, 26)), ("pago na sex", date(2026, 11, 27)), ("sun visor", None),
        ("no te voy a pagar el viernes", None), ("no te voy a pagar nada el viernes", None),
        ("i'm not paying you anything on friday", None), ("não vou pagar nada na sexta", None),
        ("de hoy en ocho te pago", date(2026, 11, 28)), ("a week from friday", date(2026, 12, 4)),
        ("de hoje a oito", date(2026, 11, 28)), ("de hoy en 3 días", date(2026, 11, 24)),
        ("el lunes en quince", date(2026, 12, 7)), ("hoy en 8 pagos", date(2026, 11, 21)),
        ("la otra semana", date(2026, 11, 28)),
    ],
)
def test_a_day_that_is_refused_is_no_promise(text: str, day: date | None):
    assert days.promised_day(text, date(2026, 11, 21)) == day


@pytest.mark.parametrize("text", ["te pago el viernes 4", "pago na sexta dia 4", "I'll pay on Friday the 4th"])
def test_a_weekday_with_its_date_is_that_date(text: str):
    assert days.promised_day(text, date(2026, 11, 21)) == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Dec 1", date(2026, 12, 1)), ("1st of December", date(2026, 12, 1)), ("december 1st", date(2026, 12, 1)),
        ("el primero de diciembre", date(2026, 12, 1)), ("el 1ro", date(2026, 12, 1)), ("el 1º", date(2026, 12, 1)),
        ("primeiro de dezembro", date(2026, 12, 1)), ("dia primeiro", date(2026, 12, 1)),
        ("I'll pay on the first", date(2026, 12, 1)), ("treinta y uno de diciembre", date(2026, 12, 31)),
        ("trinta e um de dezembro", date(2026, 12, 31)), ("twenty-first of december", date(2026, 12, 21)),
        ("2026-12-15", date(2026, 12, 15)), ("12/25", date(2026, 12, 25)), ("1º de dez", date(2026, 12, 1)),
        ("the first one", None), ("i may first ask", None), ("el 31 de noviembre", None), ("15/12/2025", None),
        ("29 de febrero", None), ("en 1-2 días", None), ("son 3 facturas", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(text: str, day: date | None):
    assert days.promised_day(text, TODAY) == day


def test_a_month_may_come_first_in_english():
    assert days.promised_day("on 12/5", TODAY) == date(2027, 5, 12)
    assert days.promised_day("on 12/5", TODAY, month_first=True) == date(2026, 12, 5)


def _written(day: date) -> list[str]:
    """Ways in which people write a date, in three languages; those without a year mean the next such day."""
    es, en, pt = (wording.month(f"{day:%Y-%m}", locale) for locale in wording.LOCALES)
    es, en, pt = es.split()[0], en.split()[0], pt.split()[0]
    return [
        *(wording.day(day, locale) for locale in wording.LOCALES), f"{day:%Y-%m-%d}", f"{day.day}/{day.month}",
        f"el {day.day} de {es}", f"{day.day} de {es} de {day.year}", f"te pago el {day.day} de {es[:3]}.",
        f"{en} {day.day}", f"{day.day}th of {en}", f"I'll pay on {en[:3]} {day.day}, {day.year}", f"{day.day} {en[:3]}",
        f"dia {day.day} de {pt}", f"pago {day.day}º de {pt[:3]}", f"no dia {day.day} de {pt} de {day.year}",
    ]  # fmt: skip


@pytest.mark.parametrize("today", [TODAY, date(2027, 12, 31), date(2028, 2, 29)])
def test_every_day_of_the_next_year_is_read_back(today: date):
    for ahead in range(365):
        day = today + timedelta(days=ahead)
        for text in _written(day):
            assert days.promised_day(text, today) == day, text


_SCRAPS = st.sampled_from(
    ["el", "dia", "de", "the", "1º", "31", "00", "29/02", "2026-99-99", "primero", "feb", "mañana", "on", "99th", "٣/٤",
     "no", "viernes", "en", "dos", "semanas", "20261", "/", "-", "²", "may", "1°"]
)  # fmt: skip


_TEXTS = st.one_of(st.text(max_size=60), st.lists(_SCRAPS, max_size=8).map(" ".join))


@given(_TEXTS, st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_no_text_breaks_the_reader_or_means_a_day_that_is_over(text: str, today: date):
    day = days.promised_day(text, today)
    assert day is None or day >= today
    days.without(text)
