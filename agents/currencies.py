"""Reads which money a text names: a word or sign may stand for several currencies; pure functions."""

import re

from core.fold import fold

# One list for all who read money: each name, and the currencies that it may stand for.
_NAMES = (
    (r"us\$|\b(?:usd|dolar\w*|dollars?|dls|dlls|bucks)\b", {"USD"}),
    (r"r\$|\b(?:brl|reais|real)\b", {"BRL"}),
    (r"€|\b(?:eur|euros?)\b", {"EUR"}),
    (r"£|\bgbp\b", {"GBP"}),
    (r"mx\$|\b(?:mxn|varos?)\b", {"MXN"}),
    (r"\bcop\b", {"COP"}),
    (r"\bpesos?\b", {"MXN", "COP"}),
)
_READ = tuple((re.compile(pattern), frozenset(codes)) for pattern, codes in _NAMES)
MARK = r"(?:r\$|us\$|mx\$|\$|usd|mxn|brl|cop|eur|gbp|€|£)"  # before the figures
COIN = r"(?:pesos?|mxn|usd|cop|brl|gbp|dolar\w*|dollars?|dlls?|dls|reais|real|bucks|varos?|euros?|eur)"  # after them


def named(text: str) -> frozenset[str]:
    """The currencies that a text may mean: `pesos` are of Mexico or Colombia, a bare `$` names none."""
    words = fold(text)
    found = [codes for pattern, codes in _READ if pattern.search(words)]
    exact = [codes for codes in found if len(codes) == 1]  # `pesos mxn`
    return frozenset().union(*(exact or found))


def foreign(text: str, currency: str) -> bool:
    """True when a text names another money than that: `500 pesos` of an account in dollars."""
    codes = named(text)
    return bool(codes) and currency not in codes
