"""Finds another size or colour of a line of the quote: the same kind of thing, for the same car, and not another."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from agents import choosing, fits, quoted, reading, variants, years
from agents.base import Turn
from core.records import Product, Quote, QuoteLine

_LOOK_AT = 20
_HALF = 0.5


class Plan(NamedTuple):
    """The quote's lines as they are to be, or what of the wish we do not have, or that its place is to be told."""

    line: QuoteLine
    lines: Sequence[tuple[str, Decimal]] = ()
    found: Sequence[choosing.Choice] = ()
    missing: Sequence[str] = ()
    asks: bool = False


async def planned(turn: Turn, quote: Quote) -> Plan | None:
    """What becomes of the quote when another size or colour is wanted; None when nothing of the kind is."""
    kept = str(turn.state.get("variant") or "")
    mode = variants.place(turn.text) if kept else ""
    wish = variants.wanted(kept if mode else turn.text)
    if wish is None or (turn.state.get("looking") and not (mode or wish.old)):
        return None  # one of what was shown is meant
    named = _named(quote, wish.old, turn)
    each = [(line, await _all(turn, line, wish.parts)) for line in named]
    if not each:
        return None
    whole = [(line, found) for line, found in each if len(found) == len(wish.parts)]
    if len(whole) > 1 and not wish.old:
        whole = whole[:1] if whole[0][0].product.sku == turn.state.get("line") else []
    if not whole:
        line, there = max(each, key=lambda one: len(one[1]))
        missing = [part.attribute for part in wish.parts if part.attribute not in there]
        return Plan(line, missing=missing) if missing else None
    return _put(quote, *whole[0], wish, mode or wish.mode)


def _named(quote: Quote, old: str, turn: Turn) -> list[QuoteLine]:
    """The lines that may be meant, the one that was talked about last before the others."""
    last = turn.state.get("line")
    if old and not reading.THESE.fullmatch(old):
        sku = quoted.line(quote, old, last)
        return [line for line in quote.sums.lines if line.product.sku == sku]
    lines = sorted(quote.sums.lines, key=lambda line: line.product.sku != last)
    return lines[:choosing.MAX_LINES]


async def _all(turn: Turn, line: QuoteLine, parts: Sequence[variants.Some]) -> dict[str, choosing.Choice]:
    found: dict[str, choosing.Choice] = {}
    for part in parts:
        fitting = await _fitting(turn, line.product, part)
        if fitting:
            quantity = quoted.converted(part.amount or line.quantity, part.unit, fitting[0])
            said = reading.Counted(part.amount, part.attribute, part.unit)
            same = set(_words(line.product)) <= set(_words(fitting[0]))
            others = 0 if same else 1  # it is told that there may be others
            found[part.attribute] = choosing.Choice(fitting[0], quantity, others, line=said)
    return found


async def _fitting(turn: Turn, like: Product, part: variants.Some) -> list[Product]:
    """Products of the same kind that have the attribute, what can be had and is most like the other before the rest."""
    kind = " ".join(_kind(like)[:2])
    car = " ".join(word for word in re.findall(r"\w+", reading.fold(like.name)) if fits.car(word))
    hits = await turn.tools.search_products(f"{kind} {part.attribute} {car}".strip(), _LOOK_AT, words_only=True)
    fitting = [item for item in [*hits, like] if _same_kind(like, item, part)]
    unique = {item.sku: item for item in fitting}
    wanted = part.amount or Decimal(1)
    return sorted(unique.values(), key=lambda item: (item.stock < wanted, -_alike(like, item)))


def _same_kind(like: Product, item: Product, part: variants.Some) -> bool:
    known, words = _words(like), set(_words(item))
    if not known or known[0] not in words or len(words & set(known)) < _HALF * len(set(known)):
        return False
    if fits.car(like.name) and not _same_car(like, item):
        return False
    if not variants.has_figures(part.attribute) and _figures(like) != _figures(item):
        return False  # another colour, not another size
    return variants.has(item.name, part.attribute) and (not part.unit or part.unit in ("PZA", item.unit))


def _figures(item: Product) -> list[str]:
    return re.findall(r"\d+", item.name)


def _same_car(like: Product, item: Product) -> bool:
    cars = [set(fits.car(each.name).split()) for each in (like, item)]
    spans = [years.spans([each]) for each in (like, item)]
    return {w for w in cars[0] if w.isalpha()} <= cars[1] and (not all(spans) or _overlap(*spans))


def _overlap(one: str, other: str) -> bool:
    first, second = ([int(year) for year in re.findall(r"\d{4}", span)] for span in (one, other))
    return min(first) <= max(second) and min(second) <= max(first)


def _kind(item: Product) -> list[str]:
    """The words that say what kind of thing it is: no figures, no make, no colour."""
    named = [word for word in re.findall(r"[a-z]+", reading.fold(item.name)) if len(word) > 2]
    return [word for word in named if word != reading.fold(item.brand) and not variants.tells_apart(word)]


def _words(item: Product) -> list[str]:
    return [quoted.stem(word) for word in _kind(item)]


def _alike(like: Product, item: Product) -> int:
    every = [set(re.findall(r"\w+", reading.fold(each.name))) for each in (like, item)]
    return len(every[0] & every[1])


def _put(
    quote: Quote, line: QuoteLine, found: Mapping[str, choosing.Choice], wish: variants.Wanted, mode: str
) -> Plan:
    amounts = [part.amount for part in wish.parts]
    total = sum(each for each in amounts if each)
    skus = {choice.product.sku for choice in found.values()}
    if not mode:  # as many as there were, or some of the same one among them: these are instead of it
        mode = "instead" if total == line.quantity or line.product.sku in skus else ""
    lines = {each.product.sku: each.quantity for each in quote.sums.lines}
    if not mode:
        return Plan(line, asks=True, found=list(found.values()))
    if mode == "instead":
        del lines[line.product.sku]
    for choice in found.values():
        before = lines.get(choice.product.sku, Decimal(0))
        lines[choice.product.sku] = before + choice.quantity
    return Plan(line, list(lines.items()), list(found.values()))
