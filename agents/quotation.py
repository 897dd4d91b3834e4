"""Prices quantities of products as one quote, for the sales agent; all figures come from the tools."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from agents import catalog
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core.messages import Reply
from core.records import Product, QuoteTotal

say = Wording("quotation")
Lines = Sequence[tuple[Decimal | None, str]]
MAX_LINES = 20
_LOOK_AT = 8  # hits among which one that is in stock is preferred
_ORDINALS = (
    re.compile(r"(?:primer[oa]?|primeir[oa]|first|1[oa])"),
    re.compile(r"(?:segund[oa]|second|2[oa])"),
    re.compile(r"(?:tercer[oa]?|terceir[oa]|third|3[oa])"),
)
_THESE = re.compile(r"(?:es[oa]s?|ese|est[oa]s?|este|them|those|that|these|it|iss?o|dess?[ae]s?|ess[ae]s?)?")


class _Choice(NamedTuple):
    """The product taken for a phrase, and how many others fit it as well."""

    product: Product
    quantity: Decimal
    others: int


async def answer(turn: Turn, lines: Lines) -> Answer | None:
    """Quote the lines that name a quantity or a product; None when no line is a product that we know."""
    found: list[_Choice] = []
    missing: list[str] = []
    for quantity, phrase in lines[:MAX_LINES]:
        choice = await _choose(turn, phrase, quantity or Decimal(1))
        if choice:
            found.append(choice)
        elif phrase and quantity is not None:
            missing.append(phrase)
    if not found:
        return None
    total = await turn.tools.quote_total([(choice.product.sku, choice.quantity) for choice in found])
    draft = _draft(turn.locale, total, found, missing)
    text = await turn.ask_llm(draft, {"total": total.total.text(turn.locale)})
    quote = [[line.product.sku, amount(line.quantity), line.product.name] for line in total.lines]
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "purchase", "human")),
        state={"quote": quote, "quote_total": total.total.text(turn.locale), "offer": "purchase", "stage": "closing"},
    )


async def accepted(turn: Turn, lines: Lines) -> bool:
    """True when the customer takes the quote as it stands: it names no further product."""
    if not turn.state.get("quote"):
        return False
    named = [phrase for _, phrase in lines if phrase]
    return not named or not any([await _choose(turn, phrase, Decimal(1)) for phrase in named])


def close(turn: Turn) -> HandOff:
    """Pass the accepted quote to a person who closes the order."""
    quoted = ", ".join(f"{quantity} × {name} ({sku})" for sku, quantity, name in turn.state["quote"])
    summary = say(turn.locale, "close", lines=quoted, total=turn.state.get("quote_total", ""))
    return HandOff(to="human", reason="purchase", summary=summary)


async def _choose(turn: Turn, phrase: str, quantity: Decimal) -> _Choice | None:
    shown = [str(sku) for sku, _ in turn.state.get("shown", [])]
    if shown and _THESE.fullmatch(phrase):
        phrase = shown[0]
    for position, pattern in enumerate(_ORDINALS[: len(shown)]):
        if pattern.fullmatch(phrase):
            phrase = shown[position]
    if not phrase:
        return None
    hits = await turn.tools.search_products(phrase, _LOOK_AT)
    if not hits or hits[0].score < catalog.RELEVANT:
        return None
    fitting = [hit for hit in hits if hit.score >= 0.95 * hits[0].score]
    # what was just shown is meant; else what can be delivered comes before what cannot
    fitting.sort(key=lambda hit: (hit.sku not in shown, hit.stock < quantity))
    others = 0 if fitting[0].sku in shown or hits[0].score >= 1 else len(fitting) - 1
    return _Choice(fitting[0], quantity, others)


def _draft(locale: str, total: QuoteTotal, found: Sequence[_Choice], missing: Sequence[str]) -> str:
    text = [say(locale, "intro")]
    text += [
        say(
            locale, "line",
            quantity=amount(line.quantity), name=line.product.name, sku=line.product.sku,
            price=line.product.price.text(locale), total=line.total.text(locale),
        )
        for line in total.lines
    ]  # fmt: skip
    text += ["", *_sums(locale, total), ""]
    text += [_short(locale, choice) for choice in found if choice.product.stock < choice.quantity]
    if missing:
        text.append(say(locale, "missing", names=", ".join(missing)))
    if any(choice.others for choice in found):
        text.append(say(locale, "others"))
    return "\n".join([*text, say(locale, "next_step")])


def _short(locale: str, choice: _Choice) -> str:
    if choice.product.stock <= 0:
        return say(locale, "no_stock", name=choice.product.name)
    return say(locale, "short_stock", name=choice.product.name, count=amount(choice.product.stock))


def _sums(locale: str, total: QuoteTotal) -> list[str]:
    sums = []
    if total.discount.amount_minor or total.tax.amount_minor:
        sums.append(say(locale, "subtotal", amount=total.subtotal.text(locale)))
    if total.discount.amount_minor:
        sums.append(say(locale, "discount", amount=total.discount.text(locale)))
    if total.tax.amount_minor:
        rate = amount(total.tax_rate * 100)
        sums.append(say(locale, "tax", rate=rate, amount=total.tax.text(locale)))
    return [*sums, say(locale, "total", amount=total.total.text(locale))]
