"""Finds the line of an open quote that a customer speaks of: by its words, by the unit it is sold in, or the last."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from agents import reading
from core.records import Product, Quote
from core.synonyms import synonyms
from core.unit_words import CONVERSIONS, UNIT_CODES
from core.units import Quantity
from core.words import content_words

# `2 cajas` may be of anything that is counted; `2 litros` is of what is sold by litres. Pieces tell nothing.
_ANY_COUNT = frozenset({"JGO", "KIT", "CAJA", "PAQ", "PAR", "MES"})
_ANYTHING = frozenset({"", "PZA"})
_ALIKE = frozenset({"SACO", "BOLSA"})
_THOUSANDTH = Decimal("0.001")


def line(quote: Quote, phrase: str, last: str | None, unit: str = "") -> str | None:
    """The line that a phrase names: most words in common; without words, the last one of that unit."""
    products = {each.product.sku: each.product for each in quote.sums.lines}
    if phrase.split() and not reading.THESE.fullmatch(phrase):
        return _named(phrase, products)
    fitting = [sku for sku, product in products.items() if _sold_by(product, unit)]
    if not fitting and unit in _ANY_COUNT:
        fitting = list(products)
    return last if last in fitting else next(reversed(fitting), None)


def wholly(quote: Quote, phrase: str) -> bool:
    """True when a line has every word of the phrase, so that no other product can be meant."""
    wanted = {stem(word) for word in content_words(phrase)}
    known = [content_words(f"{each.product.name} {each.product.sku}") for each in quote.sums.lines]
    return any(wanted <= {stem(word) for word in [*words, *synonyms(set(words))]} for words in known)


def converted(amount: Decimal, unit: str, product: Product) -> Decimal:
    """The amount counted as the product is sold: 500 g of what is sold by the kilo are 0.5."""
    if unit == product.unit:
        return amount
    made = Quantity(amount, unit).in_unit(product.unit)
    return amount if made == amount else made.quantize(_THOUSANDTH)


def _sold_by(product: Product, unit: str) -> bool:
    if unit in _ANYTHING or unit == product.unit or {unit, product.unit} <= _ALIKE:
        return True
    if (unit, product.unit) in CONVERSIONS:
        return True
    return unit not in _ANY_COUNT and any(
        UNIT_CODES.get(word) == unit for word in reading.fold(product.name).split() if len(word) > 2
    )


def _named(phrase: str, products: Mapping[str, Product]) -> str | None:
    known = {sku: content_words(f"{product.name} {sku}") for sku, product in products.items()}
    return _best(content_words(phrase), known, {}) or _best(
        content_words(phrase), known, {sku: synonyms(set(words)) for sku, words in known.items()}
    )


def _best(wanted: Sequence[str], known: Mapping[str, list[str]], others: Mapping[str, set[str]]) -> str | None:
    """The line that has the most of the wanted words, at least half of them; `others` are its names elsewhere."""
    words = {stem(word) for word in wanted}
    scores = {
        sku: len(words & {stem(word) for word in [*name, *others.get(sku, ())]}) for sku, name in known.items()
    }
    best = max(scores.values(), default=0)
    first = next((sku for sku, score in scores.items() if score == best), None)
    return first if words and best * 2 >= len(words) else None


def stem(word: str) -> str:
    """Enough of a word to know it again in the plural."""
    return word.rstrip("s") if len(word) < 6 else word[:5]
