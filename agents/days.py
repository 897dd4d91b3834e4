"""Reads the days, months and years that a customer names; pure functions."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from core.fold import fold
from core.unit_words import ARTICLES, NUMBERS

NUMBER_WORDS = {word: number for word, number in NUMBERS.items() if word not in ARTICLES}
_WEEKDAYS = {
    "lunes": 0, "segunda": 0, "monday": 0, "martes": 1, "terca": 1, "tuesday": 1, "miercoles": 2, "quarta": 2,
    "wednesday": 2, "jueves": 3, "quinta": 3, "thursday": 3, "viernes": 4, "sexta": 4, "friday": 4,
    "sabado": 5, "saturday": 5, "domingo": 6, "sunday": 6,
}  # fmt: skip
MONTHS = {
    "enero": 1, "janeiro": 1, "january": 1, "febrero": 2, "fevereiro": 2, "february": 2, "marzo": 3, "marco": 3,
    "march": 3, "abril": 4, "april": 4, "mayo": 5, "maio": 5, "may": 5, "junio": 6, "junho": 6, "june": 6,
    "julio": 7, "julho": 7, "july": 7, "agosto": 8, "august": 8, "septiembre": 9, "setiembre": 9, "setembro": 9,
    "september": 9, "octubre": 10, "outubro": 10, "october": 10, "noviembre": 11, "novembro": 11, "november": 11,
    "diciembre": 12, "dezembro": 12, "december": 12,
}  # fmt: skip
_DAY_NAMES = "|".join(["hoy", "hoje", "today", "manana", "amanha", "tomorrow", *_WEEKDAYS])
_TILL = r"(?:hasta|ate|until|till|before|antes|sino|pero|mas|but|mejor|melhor|que)\b"
_NOT_THAT_DAY = re.compile(  # `no puedo hasta el viernes` and `no sábado` (Portuguese) do mean that day
    rf"\b(?:el |la |na |no |on )?(?:{_DAY_NAMES})(?: (?:no|nao)\b| (?:i )?(?:can'?t|cannot)\b)"
    rf"|\b(?:no(?! sabado| domingo)|nao|not|can'?t|cannot)(?: (?!{_TILL})\w+){{0,4}}?"
    rf" (?:el |na |on )?(?:{_DAY_NAMES})\b"
)


def promised_day(text: str, today: date) -> date | None:
    """Read `hoy`, `mañana`, `el viernes`, `el 15`, `15/12`, `15 de diciembre` as the next such day.

    A day that is refused is left out (`hoy no puedo, el viernes`), and a weekday with its date is that date.
    """
    words = _NOT_THAT_DAY.sub(" ", fold(text))
    if re.search(r"\b(pasado manana|depois de amanha|day after tomorrow)\b", words):
        return today + timedelta(days=2)
    if re.search(r"\b(hoy|hoje|today)\b", words):
        return today
    # `por la mañana` is a time of day
    if re.search(r"(?<!la )(?<!de )(?<!da )(?<!a )\bmanana\b|\bamanha\b|\btomorrow\b", words):
        return today + timedelta(days=1)
    return next(_dates(words, today), None) or _from_today(words, today)


def _from_today(words: str, today: date) -> date | None:
    """Read `en 3 días`, `in two weeks`, `la próxima semana`, `fim do mês`."""
    if match := re.search(r"\b(?:en|in|em|dentro de) (\w+) (dias?|days?|semanas?|weeks?)\b", words):
        count = int(match[1]) if match[1].isdigit() and len(match[1]) < 4 else NUMBER_WORDS.get(match[1], 0)
        if match[1] in ("una", "uma", "un", "um", "a", "one"):
            count = 1
        return today + timedelta(days=count * (7 if match[2][0] in "sw" else 1)) if count else None
    if re.search(r"\b(proxima semana|semana que v(?:iene|em)|next week)\b", words):
        return today + timedelta(days=7)
    if re.search(r"\b(fin de mes|fim do mes|end of (?:the |this )?month)\b", words):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return None


def _dates(words: str, today: date) -> Iterator[date]:
    for day, month in re.findall(r"\b(\d{1,2})[/-](\d{1,2})\b", words):
        yield from _next(today, int(day), int(month))
    names = "|".join(MONTHS)
    for day, month in re.findall(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:de |of )?({names})\b", words):
        yield from _next(today, int(day), MONTHS[month])
    for month, day in re.findall(rf"\b({names}) (\d{{1,2}})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(day), MONTHS[month])
    if match := re.search(rf"\b(?:{'|'.join(_WEEKDAYS)}),? (?:el |dia |the )?(\d{{1,2}})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(match[1]), None)
    for name, weekday in _WEEKDAYS.items():
        if re.search(rf"\b{name}\b", words):
            yield today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    for day in re.findall(r"\b(?:el|dia|on the|the|ate o dia) (\d{1,2})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(day), None)


def _next(today: date, day: int, month: int | None) -> Iterator[date]:
    candidate = today.replace(day=1)
    for _ in range(13):
        if (month is None or candidate.month == month) and 1 <= day <= 31:
            try:
                found = candidate.replace(day=day)
            except ValueError:  # 31 June
                found = None
            if found and found >= today:
                yield found
                return
        candidate = (candidate + timedelta(days=32)).replace(day=1)


def period(text: str, today: date) -> str | None:
    """Read a month as `2026-09`: `septiembre`, `el mes pasado`, `last month`, `2026-09`."""
    words = fold(text)
    match = re.search(r"\b(20\d\d)[-/](\d{1,2})\b", words)
    if match and 1 <= int(match[2]) <= 12:
        return f"{match[1]}-{int(match[2]):02d}"
    if re.search(r"\b(mes pasado|ultimo mes|mes anterior|last month|previous month|mes passado)\b", words):
        return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    if re.search(r"\b(este mes|this month|neste mes|mes actual)\b", words):
        return f"{today:%Y-%m}"
    for name, month in MONTHS.items():
        if name != "may" and re.search(rf"\b{name}\b", words):
            year = re.search(r"\b(20\d\d)\b", words)
            past = today.year if month <= today.month else today.year - 1
            return f"{year[1] if year else past}-{month:02d}"
    return None


def year(text: str, today: date) -> str | None:
    """A whole year: `2025`, `este año`, `last year`."""
    words = fold(text)
    if re.search(r"\b(?:este ano|this year|neste ano|esse ano)\b", words):
        return str(today.year)
    if re.search(r"\b(?:ano pasado|last year|ano passado)\b", words):
        return str(today.year - 1)
    found = re.findall(r"\b(20\d\d)\b(?![-/]\d)", words)
    return str(found[0]) if len(set(found)) == 1 else None
