"""Chooses by price: the cheapest of what was shown or of a kind, and something like it that costs less; for sales."""

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from agents import catalog, fits, pointing, reading, years
from agents.base import Answer, Turn
from agents.wording import Wording, amount, choices
from core.messages import Reply
from core.records import Product, ProductFilter

say = Wording("catalog")
LOOK_AT = 40  # hits among which the cheapest is looked for
_WHICH = re.compile(r"\b(?:cual(?:es)?|which|quais|qual)\b")
_CHOOSING = frozenset(
    ("mejor", "melhor", "better", "rather", "opcion", "option", "opcao", "prefiero", "prefiro", "instead")
)


async def placed(turn: Turn) -> Turn:
    """The turn with `la más barata` of what was just shown said by its place in that list: `número 2`."""
    found, shown = pointing.extreme(reading.fold(turn.text)), turn.state.get("shown") or []
    if found is None or not shown or (len(shown) == 1 and not _CHOOSING.isdisjoint(found.rest.split())):
        return turn
    named = [name for _, name in reading.lines(found.rest) if not reading.THESE.fullmatch(name)]
    words = [word for word in " ".join(named).split() if word not in _CHOOSING]
    fitting = [item for item in await catalog.again(turn, [str(sku) for sku, _ in shown]) if _has(item, words)]
    if not fitting:
        return turn
    prices = sorted(
        [item for item in fitting if item.stock > 0] or fitting, key=lambda item: item.price.amount_minor
    )
    best = prices[0] if found.end == "least" else prices[-1]
    at = [str(sku) for sku, _ in shown].index(best.sku) + 1
    if not words and (many := _how_many(found.rest)):  # `the cheapest one, 4 of them`
        return msgspec.structs.replace(turn, text=f"{amount(many)} numero {at}")
    text = reading.fold(turn.text).replace(found.said, f"numero {at}")
    return msgspec.structs.replace(turn, text=" ".join(word for word in text.split() if word not in _CHOOSING))


def _how_many(rest: str) -> Decimal | None:
    """The quantity in a text that names no product with it."""
    unnamed = [quantity for quantity, name in reading.lines(rest) if not name or reading.THESE.fullmatch(name)]
    found = [quantity for quantity in unnamed if quantity]
    return found[0] if len(found) == 1 else None


def _named(rest: str) -> str:
    """The product that is named beside the price, without a quantity: nothing in `20 sacos do mais barato`."""
    return " ".join(name for _, name in reading.lines(rest) if name)


def _has(item: Product, words: Sequence[str]) -> bool:
    name = reading.fold(item.name)
    return all(word.rstrip("s")[:5] in name for word in words)


async def answer(turn: Turn) -> Answer | None:
    """The cheapest, or dearest, of all that fit the words; None when that is not asked."""
    found = pointing.extreme(reading.fold(turn.text))
    if found is None:
        return None
    named = " ".join(word for word in _named(found.rest).split() if word not in _CHOOSING)
    phrase = named or str(turn.state.get("query") or "")  # `the cheapest one instead`: of what was looked for
    if not phrase:
        return None
    hits = await turn.tools.search_products(phrase, LOOK_AT, words_only=True)
    fitting = [item for item in hits if item.score >= max(catalog.RELEVANT, 0.95 * hits[0].score)]
    if not fitting:
        return catalog.unknown(turn, phrase)
    fitting = list(years.choose(fitting, years.named(turn.text))[0])
    fitting.sort(key=lambda item: (item.stock <= 0, item.price.amount_minor * (1 if found.end == "least" else -1)))
    intro = fits.intro(turn, fitting) or say(turn.locale, f"by_price_{found.end}")
    return await catalog.found(turn, fitting[:catalog.SHOWN], intro=intro)


async def cheaper(turn: Turn) -> Answer | None:
    """Something like what was just shown that costs less; None when nothing was shown or something else is wanted."""
    shown = [str(sku) for sku, _ in turn.state.get("shown") or []]
    if not shown or not pointing.cheaper(reading.fold(turn.text)):
        return None
    products = await catalog.again(turn, shown)
    if not products:
        return None
    if _WHICH.search(reading.fold(turn.text)) and (sorted_ := _of_one_kind(products)):
        return await catalog.found(turn, sorted_, intro=say(turn.locale, "by_price_least"))
    least = min([item for item in products if item.stock > 0] or products, key=lambda item: item.price.amount_minor)
    only = ProductFilter(most=least.price.amount_minor - 1, in_stock=True, category=least.category)
    hits = await turn.tools.search_products(catalog.kind(least), catalog.SHOWN, only, words_only=True)
    if found := [item for item in hits if item.score >= catalog.CERTAIN and not _for_another_car(turn, item)]:
        found.sort(key=lambda item: item.price.amount_minor)
        return await catalog.found(turn, found, intro=say(turn.locale, "cheaper"))
    text = say(turn.locale, "none_cheaper", name=least.name, sku=least.sku, price=least.price.text(turn.locale))
    buttons = choices(turn.locale, "quotation", "human")
    return Answer(reply=Reply(text=text, buttons=buttons), state={"shown": [[least.sku, least.name]]})


def _of_one_kind(products: Sequence[Product]) -> list[Product]:
    """Several of the kind that was shown first, the cheapest first; nothing when there is only one of it."""
    kind = reading.fold(products[0].name).split()[:1]
    same = [item for item in products if reading.fold(item.name).split()[:1] == kind]
    return sorted(same, key=lambda item: (item.stock <= 0, item.price.amount_minor)) if len(same) > 1 else []


def _for_another_car(turn: Turn, item: Product) -> bool:
    known = str(turn.state.get("car") or "")
    return bool(known and fits.car(item.name)) and fits.differs(known, item)
