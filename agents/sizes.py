"""Tells a size from a quantity: `trena 10 m` names a thing of ten metres, `10 m de cabo` wants ten of what is sold so.

A measure counts only what is sold by it; whatever else it is said of, it is part of a name, and orders nothing.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from agents import reading
from agents.base import Turn
from core.records import Product
from core.unit_words import CONVERSIONS, MEASURES, UNIT_CODES

_LOOK_AT, _RELEVANT, _NEARLY = 8, 0.3, 0.95
_SIZE = re.compile(r"(?<![\d.,/])(?P<n>\d{1,6}(?:[.,]\d+)?) ?(?P<unit>[a-z]+)\b")
_ASKS = re.compile(
    r"\b(?:tem|teem|tens|tienen?|tienes|tendra[ns]?|tendrian?|hay|habra|manejan?|venden?|vendes|vendem|do you|have you"
    r"|you got|is there|are there|cuesta|custa|vale|cuanto|quanto|how much|precios?|precos?|prices?|cost|costs)\b"
)
_ORDERS = re.compile(
    r"\b(?:dame|deme|quiero|kiero|quisiera|quero|queria|necesito|preciso|mandame|manda|mande|ponme|agrega\w*|cotiza\w*"
    r"|cotizacion|orcamento|quote|give me|i want|i need|i'?ll (?:take|have)|me (?:ve|da|manda|faz)|pido|compro|levo)\b"
)


def counts(unit: str, product: Product) -> bool:
    """True when so many of a unit can be of the product: pieces always can, metres only of what is sold by length."""
    if unit not in MEASURES or unit == product.unit:
        return True
    return (unit, product.unit) in CONVERSIONS or (product.unit, unit) in CONVERSIONS


def is_measure(line: reading.Counted) -> bool:
    """True for an amount of length, weight or volume, which may be a size."""
    return line.amount is not None and line.unit in MEASURES


def only_asks(text: str) -> bool:
    """True for a text that asks what there is or what it costs, and orders nothing."""
    words = reading.fold(text)
    return bool(_ASKS.search(words)) and not _ORDERS.search(words)


async def with_sizes(turn: Turn, lines: Sequence[reading.Counted]) -> list[reading.Counted]:
    """The lines, with each size put back into the name that it belongs to; looks up only what has a measure."""
    asks = only_asks(turn.text)
    settled: list[reading.Counted] = []
    named = ""  # of which the line before told a size: `una trena de 5 m y una de 10 m`
    for line in lines:
        whole = line if line.phrase or not is_measure(line) else line._replace(phrase=named)
        sized = is_measure(line) and bool(whole.phrase) and (not line.phrase or await _is_size(turn, line, asks))
        named = whole.phrase if sized else ""
        settled.append(with_size(whole) if sized else line)
    return settled


def with_size(line: reading.Counted) -> reading.Counted:
    """The line with its measure as a part of the name, and no quantity: `trena 10 m`."""
    figure = f"{line.amount.normalize():f}" if line.amount else ""
    return reading.Counted(None, f"{line.phrase} {figure} {line.unit.lower()}")


async def _is_size(turn: Turn, line: reading.Counted, asks: bool) -> bool:
    """`10 m de cabo` counts what is sold by metres; `cabo 10 m` only where no product is called so."""
    if line.behind and (asks or await _is_name(turn, line)):
        return True
    best = await _best(turn, line.phrase)
    return bool(best) and not any(counts(line.unit, item) for item in best)


async def _is_name(turn: Turn, line: reading.Counted) -> bool:
    """True when something is called by the name with the measure in it, and is sold otherwise."""
    best = await _best(turn, with_size(line).phrase)
    return any(_has_size(item, line) and not counts(line.unit, item) for item in best)


def _has_size(item: Product, line: reading.Counted) -> bool:
    sizes = _SIZE.finditer(reading.fold(item.name))
    return any(
        Decimal(size["n"].replace(",", ".")) == line.amount and UNIT_CODES.get(size["unit"]) == line.unit
        for size in sizes
    )


async def _best(turn: Turn, phrase: str) -> list[Product]:
    hits = await turn.tools.search_products(phrase, _LOOK_AT, words_only=True)
    least = max(_RELEVANT, _NEARLY * hits[0].score) if hits else _RELEVANT
    return [item for item in hits if item.score >= least]
