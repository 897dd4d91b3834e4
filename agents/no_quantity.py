"""What looks like a quantity and is none: a quote's number, `-3`, a code typed late, half a piece; asks back."""

import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from agents import changes, reading
from agents.base import Answer, Turn
from agents.wording import Wording, choices
from core.messages import Reply
from core.records import Product, Quote

say = Wording("no_quantity")
_COUNTED = frozenset(
    {"PZA", "JGO", "KIT", "PAR", "CAJA", "ROLLO", "BOLSA", "SACO", "PAQ", "BARRA", "CUBETA", "LATA", "MES"}
)
_NUMBER = re.compile(
    r"\b(?:cotizacion|presupuesto|quote|quotation|orcamento|cotacao)(?: (?:no|num|numero|number|n))?[ .:#]+"
    r"(?P<number>[a-z]{1,4}-\d{3,}|[a-z]\d{3,}"
    r"|\d{3,}(?= *(?:$|[.,;!?]|again|otra vez|de nuevo|de novo|por favor|please)))"
)
_NEGATIVE = re.compile(r"^(?P<before>(?:.* )?)-\d{1,6}(?![\w/-]|[.,]\d| ?%)")
_PART = re.compile(r"(?P<before>.+ )(?P<n>\d{1,6}[.,]\d+)")
_VERB_TO = re.compile(r"\b(?:a|pra|para|to|por|em)\b")
_LATE_CODE = re.compile(r"\s*\d{3}[ -]?\d{3}\s*")


async def asked(turn: Turn, quote: Quote | None) -> Answer | None:
    """Ask back about a figure that is no quantity, or tell of a quote that is not this customer's; else None."""
    if (number := _quote_named(turn.text)) and not _same(number, quote) and not await _known(turn, number):
        text = [say(turn.locale, "not_yours", number=number.upper())]
        text += [say(turn.locale, "yours", number=quote.number)] if quote else []
        buttons = () if quote else choices(turn.locale, "human")
        return Answer(reply=Reply(text=" ".join(text), buttons=buttons))
    if _negative(turn.text):
        return Answer(reply=Reply(text=say(turn.locale, "negative")))
    if _LATE_CODE.fullmatch(turn.text) and not await _known(turn, turn.text.strip()):
        return Answer(reply=Reply(text=say(turn.locale, "code")))
    return _part(turn, quote) if quote else None


def without_number(turn: Turn, quote: Quote | None) -> Turn:
    """The turn without the number of the customer's own quote, which counts nothing."""
    if quote is None:
        return turn
    named = _quote_named(turn.text)
    mine = re.compile(rf"\b{re.escape(named if named and _same(named, quote) else quote.number)}\b", re.IGNORECASE)
    return msgspec.structs.replace(turn, text=mine.sub(" ", turn.text).strip())


def not_whole(locale: str, wanted: Iterable[tuple[Product, Decimal]]) -> Answer | None:
    """Ask for a whole number where something that is counted is wanted in parts."""
    for product, quantity in wanted:
        if product.unit in _COUNTED and quantity % 1:
            return Answer(reply=Reply(text=say(locale, "whole", name=product.name)))
    return None


def _part(turn: Turn, quote: Quote) -> Answer | None:
    """Half of what was talked about last: `make it 2.5`."""
    found = _PART.fullmatch(reading.fold(turn.text).strip(" .!?"))
    if not found or not _only_verbs(found["before"]):
        return None
    products = {line.product.sku: line.product for line in quote.sums.lines}
    last = products.get(str(turn.state.get("line"))) or next(reversed(products.values()))
    return not_whole(turn.locale, [(last, Decimal(found["n"].replace(",", ".")))])


def _only_verbs(words: str) -> bool:
    return not reading.product_phrase(_VERB_TO.sub(" ", changes.without_verbs(words)))


def _quote_named(text: str) -> str | None:
    found = _NUMBER.search(reading.fold(text))
    return found["number"] if found else None


def _same(number: str, quote: Quote | None) -> bool:
    """True for the number of this quote, with or without what stands before its digits."""
    return quote is not None and number in (reading.fold(quote.number), re.sub(r"\D", "", quote.number))


async def _known(turn: Turn, number: str) -> bool:
    """True for a product's code or an order's number."""
    code = number.upper()
    return any(hit.sku == code for hit in await turn.tools.search_products(code, 1)) or bool(
        await turn.tools.orders(code)
    )


def _negative(text: str) -> bool:
    """True for `quiero -3`, `muda pra -1`; an antifreeze of -37 is a product, and a dash begins a list's row."""
    found = _NEGATIVE.search(reading.fold(text).replace("−", "-").strip())
    if not found:
        return False
    if not found["before"]:
        return not reading.product_phrase(text.partition("-")[2].lstrip("0123456789"))
    return _only_verbs(found["before"])
