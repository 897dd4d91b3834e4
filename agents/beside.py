"""What is named without a figure beside a change of the quote: the filter of `mejor solo 1 y un filtro`.

It is added where it is clear which one is meant; where there are several kinds of it, we ask which.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents import catalog, changes, choosing, fits, quoted, reading
from agents.base import Answer, Turn
from agents.wording import Wording
from core.records import Product, Quote

say = Wording("quotation")
_SHOWN = 4
_OF_KIND = 3  # words of a name that say what kind of thing it is


class Beside(NamedTuple):
    """What is to be added, what was not found, and of what there are several kinds."""

    found: Sequence[choosing.Choice] = ()
    missing: Sequence[str] = ()
    phrase: str = ""
    kinds: Sequence[Product] = ()


async def named(turn: Turn, quote: Quote) -> Beside:
    """Look up what the text names beside its changes, and the quote does not have."""
    lines = [line for line in changes.beside(turn.text, turn.locale) if not quoted.wholly(quote, line.phrase)]
    there = {line.product.sku for line in quote.sums.lines}
    found, missing, phrase = [], [], ""
    kinds: list[Product] = []
    for line in lines[:choosing.MAX_LINES]:
        choice = await choosing.choose(turn, line)
        if choice is None or (line.amount and _for_another_car(turn, line.phrase, choice.product)):
            missing += [line.phrase] if line.amount else []
        elif not line.amount and choice.product.score < choosing.PLAIN:
            continue  # words that only resemble a product name none
        elif several := _kinds(choice):
            phrase, kinds = line.phrase, several
        elif choice.product.sku not in there:
            found.append(choice._replace(line=line))
    return Beside(found, missing, phrase, kinds)


def _for_another_car(turn: Turn, phrase: str, product: Product) -> bool:
    """True when the only thing found is for another car than the one that was named before."""
    known = str(turn.state.get("car") or "")
    return bool(known and fits.car(product.name)) and not fits.car(phrase) and fits.differs(known, product)


def _kinds(choice: choosing.Choice) -> list[Product]:
    """One of each kind among what fits as well; nothing when all are of one kind."""
    first: dict[tuple[str, ...], Product] = {}
    for item in choice.among:
        words = [word for word in reading.fold(catalog.kind(item)).split() if word.isalpha()]
        first.setdefault(tuple(words[:_OF_KIND]), item)
    return list(first.values())[:_SHOWN] if len(first) > 1 else []


def asked(turn: Turn, answer: Answer, which: Beside) -> Answer:
    """The answer, with the question which kind of thing is to be added."""
    if not which.kinds:
        return answer
    rows = catalog.rows(which.kinds, turn.locale)
    text = "\n".join([answer.reply.text, "", say(turn.locale, "which_beside", what=which.phrase), *rows])
    state: Mapping[str, Any] = {
        "shown": [[item.sku, item.name] for item in which.kinds], "looking": True, "meant": None,
        "those": "agrega 1", "expects": "purchase", "offer": None,
    }  # fmt: skip
    reply = msgspec.structs.replace(answer.reply, text=text)
    return msgspec.structs.replace(answer, reply=reply, state={**answer.state, **state})
