"""Prices quantities of products as one quote, for the sales agent; all figures come from the tools."""

import re
from collections.abc import Sequence
from decimal import Decimal

from agents import catalog
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core.messages import Reply
from core.records import Product, QuoteTotal

say = Wording("quotation")
Lines = Sequence[tuple[Decimal | None, str]]
MAX_LINES = 20
_ORDINALS = (r"primer[oa]?|primeir[oa]|first|1[oa]", r"segund[oa]|second|2[oa]", r"tercer[oa]?|terceir[oa]|third|3[oa]")
_THESE = re.compile(r"^(?:eso|esa|ese|esos|esas|esto|este|them|those|that|it|isso|desses?|dessas?|essas?|esses?)?$")


async def answer(turn: Turn, lines: Lines) -> Answer | None:
    """Quote the lines that name a quantity or a product; None when no line is a product that we know."""
    found: list[tuple[Product, Decimal]] = []
    missing: list[str] = []
    for quantity, phrase in lines[:MAX_LINES]:
        product = await _product(turn, phrase)
        if product:
            found.append((product, quantity or Decimal(1)))
        elif phrase and quantity is not None:
            missing.append(phrase)
    if not found:
        return None
    total = await turn.tools.quote_total([(product.sku, quantity) for product, quantity in found])
    draft = _draft(turn.locale, total, missing)
    text = await turn.ask_llm(draft, {"total": total.total.text(turn.locale)})
    quote = [[line.product.sku, amount(line.quantity), line.product.name] for line in total.lines]
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "purchase", "human")),
        state={"quote": quote, "quote_total": total.total.text(turn.locale), "offer": "purchase", "stage": "closing"},
    )


def accepted(turn: Turn, lines: Lines) -> bool:
    """True when the customer takes the quote as it stands: it names no further product."""
    return bool(turn.state.get("quote")) and not any(phrase for _, phrase in lines)


def close(turn: Turn) -> HandOff:
    """Pass the accepted quote to a person who closes the order."""
    quoted = ", ".join(f"{quantity} × {name} ({sku})" for sku, quantity, name in turn.state["quote"])
    summary = say(turn.locale, "close", lines=quoted, total=turn.state.get("quote_total", ""))
    return HandOff(to="human", reason="purchase", summary=summary)


async def _product(turn: Turn, phrase: str) -> Product | None:
    shown = [str(sku) for sku, _ in turn.state.get("shown", [])]
    if shown and _THESE.match(phrase):
        phrase = shown[0]
    for position, pattern in enumerate(_ORDINALS[: len(shown)]):
        if re.fullmatch(rf"(?:{pattern})", phrase):
            phrase = shown[position]
    if not phrase:
        return None
    hits = await turn.tools.search_products(phrase, 1)
    return hits[0] if hits and hits[0].score >= catalog.RELEVANT else None


def _draft(locale: str, total: QuoteTotal, missing: Sequence[str]) -> str:
    text = [say(locale, "intro")]
    text += [
        say(
            locale, "line",
            quantity=amount(line.quantity), name=line.product.name, sku=line.product.sku,
            price=line.product.price.text(locale), total=line.total.text(locale),
        )
        for line in total.lines
    ]  # fmt: skip
    text += ["", *_sums(locale, total)]
    text += [
        say(locale, "short_stock", name=line.product.name, count=amount(line.product.stock))
        for line in total.lines
        if line.product.stock < line.quantity
    ]
    if missing:
        text.append(say(locale, "missing", names=", ".join(missing)))
    return "\n".join([*text, "", say(locale, "next_step")])


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
