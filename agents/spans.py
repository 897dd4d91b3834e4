"""Reads spans of several months: `last 3 months`, `Q2 2026`, `entre marzo y mayo`, `o último trimestre`."""

import re
from datetime import date

from agents.days import MONTHS
from core.fold import fold
from core.unit_words import NUMBERS

_MOST = 36  # months that are added up
_LAST = re.compile(
    r"\b(?:ultim[oa]s|pasad[oa]s|last|past|previous) (\w+)"
    r" (mes|meses|months?|trimestres?|quarters?|semestres?|anos?|years?)\b"
    r"|\b(\w+) ultim[oa]s (meses|trimestres|semestres|anos)\b"
)
_LAST_SOME, _SOME = re.compile(r"\b(?:ultimos meses|meses pasados|last months|past months)\b"), 3
_ONE = ("un", "una", "um", "uma", "a", "one")
# `por un año`, `over a year`, `em 6 meses`; not of what is still to come
_OVER = re.compile(
    r"\b(?:por|en|durante|in|over|for|em|ao longo de|dentro de|de|within) (?:el |the |o )?"
    r"(?P<last>ultimo |last |past )?(?P<count>\w+ )?"
    r"(?P<unit>mes|meses|months?|trimestres?|quarters?|semestres?|anos?|years?)\b(?! (?:pasado|passado))"
)
_TO_COME = re.compile(r"\b(?:voy a|vamos a|vou|vamos|will|going to|gonna|ganare|proxim[oa]s?|next|que viene|que vem)\b")
_LENGTH = {"m": 1, "t": 3, "q": 3, "s": 6, "a": 12, "y": 12}
_NAMED = re.compile(
    r"\b(?:q|t)\s?([1-4])\b|\b([1-4])(?:er|o|do|to|st|nd|rd|th)? (?:trimestre|quarter)\b"
    r"|\b(primer|primeiro|first|segundo|second|tercer|terceiro|third|cuarto|quarto|fourth)"
    r" (trimestre|quarter|semestre|half)\b"
)
_ORDINALS = {"p": 1, "fi": 1, "s": 2, "te": 3, "th": 3, "c": 4, "q": 4, "fo": 4}
_BEFORE = re.compile(
    r"\b(?:ultimo|last|previous|past) (trimestre|quarter|semestre)\b"
    r"|\b(trimestre|semestre) (?:pasado|anterior|passado)\b"
)
_THIS = re.compile(r"\b(?:este|this|neste|deste|esse) (trimestre|quarter|semestre)\b")
_MONTH = re.compile(rf"\b(?:({'|'.join(MONTHS)})(?: (?:de |of |del )?(20\d\d))?|(20\d\d)-(0[1-9]|1[0-2]))\b")
_BETWEEN = re.compile(r"\b(?:entre|between)\b")
_UNTIL = re.compile(r"^\s*(?:a|al|hasta|to|until|till|through|ate|-|–)\s*$")
_SINCE = re.compile(r"\b(?:desde|since|a partir de)\s*$")
_COMPARES = re.compile(r"\bcompar\w*|\b(?:vs|versus|contra|against)\b")
_DAYS = re.compile(
    r"\b(?:ayer|yesterday|ontem|hoy|today|hoje|seman\w*|weeks?|dias?|days?"
    r"|quincena\w*|fortnight|fin de semana|weekend)\b"
)


def days(text: str) -> bool:
    """True for days and weeks, `ayer`, `last week`: no statement tells them apart."""
    return bool(_DAYS.search(fold(text)))


def months(text: str, today: date) -> list[str]:
    """The months that a text asks for together, oldest first, as `2026-09`; none when it names no span of them."""
    words = fold(text)
    if _COMPARES.search(words):
        return []
    now = today.year * 12 + today.month - 1
    found = _last(words, now) or _over(words, now) or _part_of_year(words, now) or _listed(words, now)
    return [f"{each // 12}-{each % 12 + 1:02d}" for each in found[-_MOST:]]


def _last(words: str, now: int) -> list[int]:
    match = _LAST.search(words)
    if not match:
        return list(range(now - _SOME, now)) if _LAST_SOME.search(words) else []
    said, unit = match[1] or match[3], match[2] or match[4]
    count = int(said) if said.isdigit() and len(said) < 4 else int(NUMBERS.get(said, _SOME))
    return list(range(now - min(count * _LENGTH[unit[0]], _MOST), now))


def _over(words: str, now: int) -> list[int]:
    match = _OVER.search(words)
    if not match or _TO_COME.search(words):
        return []
    said = (match["count"] or "").strip()
    if said.isdigit() and len(said) < 4:
        count = int(said)
    else:
        count = 1 if said in _ONE or (match["last"] and not said) else int(NUMBERS.get(said, 0))
    length = count * _LENGTH[match["unit"][0]]
    return list(range(now - min(length, _MOST), now)) if length > 1 else []


def _part_of_year(words: str, now: int) -> list[int]:
    if match := _NAMED.search(words):
        length = 6 if match[4] in ("semestre", "half") else 3
        number = int(match[1] or match[2] or 0) or next(n for key, n in _ORDINALS.items() if match[3].startswith(key))
        year = re.search(r"\b(20\d\d)\b", words)
        start = (int(year[1]) if year else now // 12) * 12 + (number - 1) * length
        start -= 0 if year or start <= now else 12
        return list(range(start, start + length)) if number * length <= 12 else []
    for pattern, back in ((_BEFORE, 1), (_THIS, 0)):
        if match := pattern.search(words):
            length = 6 if "semestre" in match[0] else 3
            start = now - now % length - back * length
            return list(range(start, min(start + length, now + 1)))
    return []


def _listed(words: str, now: int) -> list[int]:
    named = list(_MONTH.finditer(words))
    if len(named) == 1 and _SINCE.search(words[: named[0].start()]):
        return list(range(_month(named[0], now), now + 1))
    if len(named) < 2:
        return []
    last = _month(named[-1], now)
    found = [last]
    for match in reversed(named[:-1]):
        if match[2] or match[3]:
            found.insert(0, _month(match, now))
        else:  # the year of the later one, or the year before: `de noviembre a enero`
            month = last // 12 * 12 + MONTHS[match[1]] - 1
            found.insert(0, month if month <= last else month - 12)
    between = words[named[0].end() : named[-1].start()]
    together = _BETWEEN.search(words[: named[0].start()]) or _UNTIL.match(between)
    return list(range(found[0], found[-1] + 1)) if len(named) == 2 and together else sorted(set(found))


def _month(match: re.Match[str], now: int) -> int:
    """Counted in months; without a year the last one that has begun."""
    if match[3]:
        return int(match[3]) * 12 + int(match[4]) - 1
    month = MONTHS[match[1]] - 1
    if match[2]:
        return int(match[2]) * 12 + month
    return now // 12 * 12 + month - (12 if month > now % 12 else 0)
