"""Reads what something may cost: `de menos de $500`, `entre 200 y 500`, `over 300`; pure functions."""

import re
from decimal import Decimal

from core.fold import fold
from core.unit_words import UNIT_CODES

# `less than 500 can you`: no cans
_UNITS = "(?:" + "|".join(sorted(name for name in UNIT_CODES if len(name) > 1 and name not in ("can", "cans"))) + ")"
_PRICE = r"(?:us|r|mx)?\$?\s?(?P<{}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?|\d{{1,7}}(?:[.,]\d{{1,2}})?)(?![\w/,.]*\d)"
# a number of things, or a size, is no price
_PRICED = (
    r"(?!\s*(?:mm|cm|pulg\w*|inch\w*|volts?|watts?|v|w|hp|anos?|years?|dias?|days?|por ?ciento|percent|"
    + _UNITS + r")\b|\s*%)"
)
_COIN = r"(?:\s*(?:pesos|mxn|usd|reais|brl|cop|dolar\w*|dollars?|bucks))?"
_BELOW = re.compile(
    r"\b(?:(?:de|por|for) )?(?:menos (?:de|que)|hasta|maximo(?: de)?|under|below|less than|cheaper than|up to|ate"
    r"|no maximo|abaixo de|por debajo de|mas barat\w+ que)\s+" + _PRICE.format("n") + _PRICED + _COIN
)
_ABOVE = re.compile(
    r"\b(?:(?:de|por|for) )?(?:mas de|arriba de|over|above|more than|mais de|acima de|a partir de)\s+"
    + _PRICE.format("n") + _PRICED + _COIN
)  # fmt: skip
_BETWEEN = re.compile(
    r"\b(?:entre|between|de entre)\s+" + _PRICE.format("a") + r"\s+(?:y|e|and)\s+" + _PRICE.format("b")
    + _PRICED + _COIN
)


def price_range(text: str) -> tuple[str, Decimal | None, Decimal | None] | None:
    """Read `de menos de $500`, `entre 200 y 500`, `over 300`: the text without it, least and most; else None."""
    words = fold(text)
    if both := _BETWEEN.search(words):
        least, most = sorted(_price(both[name]) for name in ("a", "b"))
        return words.replace(both[0], " "), least, most
    if one := _BELOW.search(words):
        return words.replace(one[0], " "), None, _price(one["n"])
    if one := _ABOVE.search(words):
        return words.replace(one[0], " "), _price(one["n"]), None
    return None


def _price(text: str) -> Decimal:
    return Decimal(re.sub(r",(?=\d{3}\b)", "", text).replace(",", "."))
