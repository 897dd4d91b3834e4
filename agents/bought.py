"""Finds which of a customer's orders, and which of their lines, a text names: `las balatas`, `the oil filter`."""

import re
from collections.abc import Sequence
from decimal import Decimal

from agents import reading
from agents.reading import fold
from core.records import Order
from core.synonyms import synonyms
from core.words import content_words


def orders_named(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders with a line that has most of the text's words; none when no line has any."""
    best = [max(_hits(text, order), default=0) for order in orders]
    return [order for order, hits in zip(orders, best, strict=True) if hits and hits == max(best)]


def lines_named(text: str, order: Order) -> list[int]:
    """The lines, from 0, that have most of the text's words; none when none has any."""
    hits = _hits(text, order)
    best = max(hits, default=0)
    return [n for n, hit in enumerate(hits) if hit == best] if best else []


def counted(text: str, order: Order) -> dict[int, Decimal]:
    """So many of each line that a list names, from 0: `1 tape measure and 1 lock`; empty for less than two of them."""
    found: dict[int, Decimal] = {}
    for each in reading.counted(text):
        named = lines_named(each.phrase, order)
        if each.amount is not None and len(named) == 1:
            found[named[0]] = each.amount
    return found if len(found) > 1 else {}


def _hits(text: str, order: Order) -> list[int]:
    words = _stems([fold(text)])
    return [len(words & _stems([fold(line.name), *synonyms(set(content_words(line.name)))])) for line in order.lines]


def _stems(texts: Sequence[str]) -> set[str]:
    return {word[:5] for text in texts for word in re.findall(r"[a-z]{4,}", text)}
