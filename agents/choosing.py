"""Chooses the product that each line of an order means, for the quote: one just shown, or the best of a search."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from agents import catalog, fits, pointing, quoted, reading, variants, years
from agents.base import Turn
from core.records import Product
from core.unit_words import AND, ARTICLES

MAX_LINES = 20
LOOK_AT = 8  # hits among which one that is in stock is preferred
PLAIN = 0.75  # score above which a product without a quantity is ordered beside others that have one


_LOOK_FAR = 40  # of these the cheapest is taken
_CHEAP = re.compile(
    r"\b(?:(?:las?|los|el|as|os|das?|dos?|the) )?(?:barat[oa]s?|cheap|em conta)(?: ones?)?\b"
)
_BEHIND_AND = frozenset({",", *AND})
_ARTICLES = frozenset({*ARTICLES, "unos", "unas", "uns", "umas", "some"})


class Choice(NamedTuple):
    """The product taken for a phrase, and how many others fit it as well."""

    product: Product
    quantity: Decimal
    others: int
    not_for: tuple[int, ...] = ()  # model years that were named, and that it is not for
    line: reading.Counted = reading.Counted(None, "")  # as the customer said it
    among: Sequence[Product] = ()  # what fits, the product with it


async def choose_all(turn: Turn, lines: Sequence[reading.Counted]) -> tuple[list[Choice], list[str]]:
    found: list[Choice] = []
    missing: list[str] = []
    counted = any(line.amount is not None for line in lines)
    for line in lines[:MAX_LINES]:
        if line.phrase and line.amount is None and not _CHEAP.sub("", line.phrase).strip():
            continue  # `4 tyres, the cheap ones`
        choice = await choose(turn, line)
        if counted and line.amount is None and (choice is None or choice.product.score < PLAIN):
            # beside what is counted, words that only resemble a product name none: but nothing is left out unsaid
            missing += [line.phrase] if line.phrase and (choice or _is_named(turn.text, line.phrase)) else []
            continue
        if choice:
            wanted = quoted.converted(choice.quantity, line.unit, choice.product)
            before = () if fits.car(line.phrase) else fits.unfit(turn, choice.product)
            found.append(choice._replace(quantity=wanted, not_for=choice.not_for or before, line=line))
        elif line.phrase and line.amount is not None:
            missing.append(line.phrase)
    return found, missing


def by_cheapness(text: str) -> bool:
    """True for `de las baratas`, `the cheap ones`: of what fits, what costs least is meant."""
    return bool(_CHEAP.search(reading.fold(text)))


def _is_named(text: str, phrase: str) -> bool:
    """True for words behind an and that name a thing: `2 filters and a hose`, `2 valves and teflon tape`."""
    words, (first, *more) = re.findall(r"[\w/-]+|,", reading.fold(text)), phrase.split()
    return any(
        (words[at - 1] in _ARTICLES and words[at - 2] in _BEHIND_AND) or (more and words[at - 1] in AND)
        for at, word in enumerate(words) if at > 1 and word == first
    )  # fmt: skip


async def choose(turn: Turn, line: reading.Counted) -> Choice | None:
    phrase, quantity = line.phrase, line.amount or Decimal(1)
    shown = [str(sku) for sku, _ in turn.state.get("shown", [])]
    months = phrase == "mes" and len(shown) == 1  # `dame 12 meses` of the plan
    if shown and (not phrase or months or reading.THESE.fullmatch(phrase)):
        phrase = shown[0]
    if (position := pointing.place(phrase, len(shown))) is not None:
        phrase = shown[position]
    if not phrase:
        return None
    if chosen := await _of_shown(turn, phrase, quantity):
        return chosen
    if variants.is_bare(phrase):
        return await _of_kind_shown(turn, phrase, quantity)
    return await _searched(turn, phrase, quantity, shown)


async def _searched(turn: Turn, phrase: str, quantity: Decimal, shown: Sequence[str]) -> Choice | None:
    """The best of what fits the words, if it can be had; what costs least where that is asked for."""
    cheap, asked = by_cheapness(turn.text), years.named(phrase)
    if cheap:
        phrase = " ".join(_CHEAP.sub(" ", phrase).split()) or phrase
    most = _LOOK_FAR if cheap else years.LOOK_AT if asked else LOOK_AT
    hits = await turn.tools.search_products(phrase, most, words_only=True)  # what is only likened is not quoted
    if not hits or hits[0].score < catalog.RELEVANT or fits.code(phrase, hits[:1]):
        return None
    suited, suits = years.choose([hit for hit in hits if hit.score >= catalog.RELEVANT], asked)
    fitting = [hit for hit in suited if hit.score >= 0.95 * suited[0].score]
    if len(fitting) > 1 and not fits.car(phrase):
        fitting = await _for_the_car(turn, phrase) or fitting
    # what was just shown is meant; else what can be delivered comes before what cannot
    fitting.sort(
        key=lambda hit: (hit.sku not in shown, hit.stock < quantity, hit.price.amount_minor if cheap else 0)
    )
    others = 0 if fitting[0].sku in shown or hits[0].score >= 1 else len(fitting) - 1
    return Choice(fitting[0], quantity, others, () if suits else asked, among=fitting)


async def _of_kind_shown(turn: Turn, phrase: str, quantity: Decimal) -> Choice | None:
    """A size alone is of the kind of thing that was just shown; it names nothing by itself."""
    shown = turn.state.get("shown") or []
    words = re.findall(r"[a-z]+", reading.fold(str(shown[0][1]))) if shown else []
    hits = await turn.tools.search_products(f"{words[0]} {phrase}", LOOK_AT, words_only=True) if words else []
    fitting = [hit for hit in hits if _stems(words[0]) <= _stems(hit.name) and variants.has(hit.name, phrase)]
    fitting.sort(key=lambda hit: hit.stock < quantity)
    return Choice(fitting[0], quantity, len(fitting) - 1, among=fitting) if fitting else None


async def _for_the_car(turn: Turn, phrase: str) -> list[Product]:
    """Of several that fit a phrase without a car, those for the car that was named before."""
    car = str(turn.state.get("car") or "")
    if not car:
        return []
    hits = await turn.tools.search_products(f"{phrase} {car}", LOOK_AT, words_only=True)
    asked = years.named(car)
    return [hit for hit in hits if years.suits(hit, asked) and not years.lacking(hit, asked)]


async def _of_shown(turn: Turn, phrase: str, quantity: Decimal) -> Choice | None:
    """Of the products just shown, one that has every word of the phrase: `dame 3 balatas` means one of these."""
    wanted, shown = _stems(phrase) - {"one"}, turn.state.get("shown", [])  # `the Bosch one`
    # the stems of PAS105 and PAS106 are the same: a code that is written out means this one alone
    named = [sku for sku, _ in shown if reading.fold(sku) == reading.fold(phrase)]
    named = named or [sku for sku, name in shown if wanted and wanted <= _stems(f"{name} {sku}")]
    found = [hit for sku in named for hit in await turn.tools.search_products(sku, 1) if hit.sku == sku]
    found.sort(key=lambda hit: hit.stock < quantity)
    return Choice(found[0], quantity, len(found) - 1) if found else None


def _stems(text: str) -> set[str]:
    return {quoted.stem(word) for word in re.findall(r"\w+", reading.fold(text))}
