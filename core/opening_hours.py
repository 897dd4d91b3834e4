"""Opening hours in words, as tenants write them in Spanish, English or Portuguese: when are people there?"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from core.fold import fold

_DAYS = {
    "lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "sabados": 5, "domingo": 6,
    "domingos": 6, "segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4, "monday": 0, "tuesday": 1,
    "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6, "saturdays": 5, "sundays": 6, "mon": 0,
    "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6, "lun": 0, "mar": 1, "mie": 2, "jue": 3, "vie": 4,
    "sab": 5, "dom": 6, "seg": 0, "ter": 1, "qua": 2, "qui": 3, "sex": 4,
    "l": 0, "m": 1, "j": 3, "v": 4, "s": 5, "d": 6,
}  # fmt: skip
_NAMES = "|".join(sorted(_DAYS, key=len, reverse=True))
_EVERY = re.compile(r"\b(?:todos los dias|every day|daily|todos os dias|diario|diariamente)\b")
_PART = re.compile(
    rf"\b(?P<first>{_NAMES})\b(?:\s*(?:-feira)?\s*(?:a|to|-|–|ate|y|e|and|through)\s*(?P<last>{_NAMES})\b)?(?:-feira)?"
)
_TIMES = re.compile(
    r"(?P<from>\d{1,2})(?:[:h](?P<from_m>\d{2})?)?\s*(?P<am>[ap]m)?\s*(?:a|as|to|-|–|ate|until)\s*(?:las|as)?\s*"
    r"(?P<to>\d{1,2})(?:[:h](?P<to_m>\d{2})?)?\s*(?P<pm>[ap]m)?"
)


class Span(NamedTuple):
    """People are there on this weekday (0 Monday) from `opens` to before `closes`."""

    weekday: int
    opens: time
    closes: time


def parse(words: str) -> tuple[Span, ...]:
    """Read `L-V 9:00-18:00`, `lunes a viernes de 9:00 a 19:00 y sábados de 9:00 a 15:00`; empty when unreadable."""
    text, spans, at = fold(words), list[Span](), 0
    for times in _TIMES.finditer(text):
        opens = _time(times["from"], times["from_m"], times["am"])
        closes = _time(times["to"], times["to_m"], times["pm"])
        if opens is None or closes is None or opens >= closes:
            return ()
        days = sorted(set(_weekdays(text[at : times.start()])))
        spans += [Span(day, opens, closes) for day in days or range(7)]
        at = times.end()
    return tuple(spans)


def open_at(spans: tuple[Span, ...], now: datetime) -> bool:
    """True while people are there; `now` is the tenant's own time."""
    return any(each.weekday == now.weekday() and each.opens <= now.time() < each.closes for each in spans)


def opens_next(spans: tuple[Span, ...], now: datetime) -> datetime | None:
    """When people are there again; None when they never are."""
    starts = (
        datetime.combine(day, each.opens, now.tzinfo) for day in _week(now.date()) for each in spans
        if each.weekday == day.weekday()
    )  # fmt: skip
    return min((start for start in starts if start > now), default=None)


class Stretch(NamedTuple):
    """Weekdays in a row, `first` to `last`, on which people are there at the same times."""

    first: int
    last: int
    opens: time
    closes: time


def stretches(spans: tuple[Span, ...]) -> list[Stretch]:
    """The spans with weekdays in a row joined, in the order of the week."""
    found: list[Stretch] = []
    for each in sorted(spans, key=lambda span: (span.weekday, span.opens)):
        for at, known in enumerate(found):
            if (known.last + 1, known.opens, known.closes) == (each.weekday, each.opens, each.closes):
                found[at] = known._replace(last=each.weekday)
                break
        else:
            found.append(Stretch(each.weekday, each.weekday, each.opens, each.closes))
    return found


def _week(first: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(8))


def _weekdays(text: str) -> Iterator[int]:
    if _EVERY.search(text):
        yield from range(7)
    for part in _PART.finditer(text):
        first, last = _DAYS[part["first"]], _DAYS[part["last"] or part["first"]]
        if part["last"] and re.search(r"\s(?:y|e|and)\s", part[0]):  # `sábados y domingos` names two, no range
            yield from (first, last)
        else:
            yield from ((first + n) % 7 for n in range((last - first) % 7 + 1))


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    return time(hours, int(minute or 0)) if hours < 24 and int(minute or 0) < 60 else None
