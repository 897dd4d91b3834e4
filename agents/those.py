"""Finds what `3 of those` or a bare `dame 2` means; where nothing was shown, or several things, it asks which.

`looking` among the notes: products were shown after the open quote, so `those` are these and not the quote's lines.
"""

import re
from collections.abc import Sequence

import msgspec

from agents import catalog, changes, pointing, reading, sizes
from agents.base import Answer, Turn
from agents.wording import Wording, amount
from core.messages import Reply
from core.records import Product, Quote

say = Wording("those")
_LONGEST = 200
_THESE = re.compile(rf"(?<![\w-])(?:{reading.THESE.pattern})(?![\w-])")
_IT = re.compile(
    r"\b(?:(?:me )?l[oa]s? (?:quiero|compro|llevo|tomo)|i'?ll (?:take|have) (?:it|them|that|those|this|these|one)"
    r"|i want (?:it|them|that|this)|(?:eu )?quero (?:sim|ess[ea]s?|est[ea]s?|isso)|vou (?:levar|querer|ficar com)"
    r"|quiero (?:es[eao]s?|est[eao]s?))\b"
)

_CLOSES = re.compile(
    r"\b(?:fech\w+|cierr\w+|cerra\w+|confirm\w+|pedido|order|cotizacion|quote|orcamento|presupuesto)\b"
)


async def named(turn: Turn, quote: Quote | None) -> Turn | Answer:
    """The turn with what it points to said by its code; a question where that is unclear."""
    turn = _of_link(_answered(turn), quote)
    wanted = _vague(turn, quote)
    if wanted is None:
        return turn
    shown = [str(sku) for sku, _ in turn.state.get("shown") or []]
    if not shown:
        return _which_product(turn, wanted)
    if len(shown) == 1:
        return _with(turn, shown[0], 1) if quote else turn
    products = await catalog.again(turn, shown)
    there = [item.sku for item in products if item.stock > 0]
    there = [sku for sku in there if sku == turn.state.get("meant")] or there
    if len(there) == 1:
        return _with(turn, there[0], shown.index(there[0]) + 1)
    return await _which_of(turn, wanted, products)


async def taken(turn: Turn) -> Turn | Answer | None:
    """`lo quiero` of what was shown after the quote: one more line of it, or a question which one; else None."""
    words = reading.fold(turn.text)
    if not turn.state.get("looking") or _CLOSES.search(words):
        return None
    if not reading.agrees(turn.text) and not _IT.search(words):
        return None
    shown = [str(sku) for sku, _ in turn.state.get("shown") or []]
    if len(shown) == 1:
        return msgspec.structs.replace(turn, text=f"agrega 1 {shown[0]}", intent="quotation")
    return await which(turn)


async def which(turn: Turn) -> Answer:
    """Ask which of the things shown is wanted."""
    shown = [str(sku) for sku, _ in turn.state.get("shown") or []]
    return await catalog.found(turn, await catalog.again(turn, shown), intro=say(turn.locale, "which"))


def _answered(turn: Turn) -> Turn:
    """The turn with the answer to our question put into what was said before it: `la primera` into `dame 3 de esas`."""
    before = str(turn.state.get("those") or "")
    if not before or turn.state.get("expects") != "purchase" or reading.refuses(turn.text):
        return turn
    phrase = reading.product_phrase(turn.text)
    own = any(line.amount is not None for line in reading.counted(turn.text))
    if not phrase or (own and pointing.place(phrase, pointing.MOST, bare=True) is None):
        return turn
    if own:  # `2`: the second one, we asked which
        phrase = f"numero {phrase}"
    text = _THESE.sub(f" {phrase} ", before, count=1) if _THESE.search(before) else f"{before} {phrase}"
    return msgspec.structs.replace(turn, text=text, intent="quotation")


def _of_link(turn: Turn, quote: Quote | None) -> Turn:
    """`link for the first one`, of a list: whoever wants to pay it wants it quoted."""
    rest, count = pointing.without_link(reading.fold(turn.text)), len(turn.state.get("shown") or [])
    if rest is None or (quote and not turn.state.get("looking")):
        return turn
    if pointing.place(reading.product_phrase(rest), count) is None:
        return turn
    return msgspec.structs.replace(turn, text=rest, intent="purchase")


def _vague(turn: Turn, quote: Quote | None) -> str | None:
    """How many are wanted of what is not named; None when all is named, or the open quote is meant."""
    if turn.intent not in catalog.LOOKING or (quote and not turn.state.get("looking")) or changes.tells(turn.text):
        return None
    lines = [line for line in reading.counted(turn.text) if line.amount is not None]
    vague = [line for line in lines if not line.phrase or reading.THESE.fullmatch(line.phrase)]
    if len(lines) > len(vague):  # `uma trena de 5 m e uma de 10 m`: a size of what was named before
        vague = [line for line in vague if line.phrase or not sizes.is_measure(line)]
    if not vague or (turn.intent == "other" and not vague[0].phrase):
        return None
    return amount(vague[0].amount) if vague[0].amount else None


def _with(turn: Turn, sku: str, place: int) -> Turn:
    name = sku if sku[:1].isalpha() else f"numero {place}"
    words = reading.fold(turn.text)
    text = _THESE.sub(f" {name} ", words, count=1) if _THESE.search(words) else f"{words} {name}"
    return msgspec.structs.replace(turn, text=text)


def _which_product(turn: Turn, wanted: str) -> Answer:
    return Answer(reply=Reply(text=say(turn.locale, "which_product", count=wanted)), state=_asked(turn))


async def _which_of(turn: Turn, wanted: str, products: Sequence[Product]) -> Answer:
    intro, outro = say(turn.locale, "which_of", count=wanted), say(turn.locale, "say_which")
    told = await catalog.found(turn, products, intro=intro, outro=outro)
    return msgspec.structs.replace(told, state={**told.state, **_asked(turn)})


def _asked(turn: Turn) -> dict[str, str]:
    return {"those": reading.fold(turn.text)[:_LONGEST], "expects": "purchase"}
