"""Takes the order of an accepted quote: the order, and a link to pay it or a person who arranges that."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core.errors import OrkestaError
from core.messages import Reply
from core.records import Order, Product, Quote

say = Wording("closing")
_DONE = dict.fromkeys(("quote_number", "line", "bargain", "refused", "holds", "holder", "debt_told", "stock_asked"))
_FRESH = timedelta(hours=20)  # a link lives for a day


async def answer(turn: Turn, quote: Quote) -> Answer | HandOff:
    """Confirm the order; a quote that has expired is priced again first, and the customer asked again."""
    link = await payment_link(turn, "quote", quote.number)
    order = await turn.tools.confirm_order()
    if link is None:
        state = {**_DONE, "stage": "closing", "order_number": order.number}
        return HandOff(to="human", reason="purchase", summary=_summary(turn, quote, order), state=state)
    text = say(
        turn.locale, "ordered", order=order.number, quote=quote.number, total=order.total.text(turn.locale), link=link
    )
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "order_status"), money=True),
        state={
            **_DONE, "stage": "completed", "order_number": order.number, "holds": ["payment"], "holder": "sales",
            "order_link": [link, turn.now.isoformat()],
        },
    )  # fmt: skip


def asks_of_stock(turn: Turn, quote: Quote, short: Sequence[tuple[Product, Decimal]]) -> Answer | None:
    """Ask once more, before anything is ordered, when the quote wants more than there is; None when it was asked."""
    asked = f"{quote.number}-{quote.version}"
    if not short or turn.state.get("stock_asked") == asked:
        return None
    text = [
        say(
            turn.locale, "short" if product.stock > 0 else "gone",
            name=product.name, count=amount(max(product.stock, Decimal(0))), quantity=amount(quantity),
        )
        for product, quantity in short
    ]  # fmt: skip
    last = short[-1][0]
    text.append(say(turn.locale, "as_it_is" if last.stock > 0 else "or_without", count=amount(last.stock)))
    reply = Reply(text="\n".join(text), buttons=choices(turn.locale, "purchase", "human"), money=True)
    return Answer(reply=reply, state={"offer": "purchase", "stock_asked": asked, "line": last.sku})


def asks(turn: Turn, quote: Quote) -> Answer:
    """Ask whether the order is to be made, after words that may mean something else."""
    text = say(turn.locale, "sure", quote=quote.number, total=quote.sums.total.text(turn.locale))
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "purchase", "human"), money=True),
        state={"offer": "purchase", "looking": None},
    )


async def which(turn: Turn, quote: Quote) -> Answer:
    """Ask what is to be paid, when debts were spoken of after the quote: no order is taken by mistake."""
    owes = bool(await turn.tools.invoices())
    total = quote.sums.total.text(turn.locale)
    text = say(turn.locale, "which" if owes else "only_quote", quote=quote.number, total=total)
    buttons = choices(turn.locale, "purchase", *(("debt",) if owes else ()))
    return Answer(reply=Reply(text=text, buttons=buttons, money=True), state={} if owes else {"offer": "purchase"})


async def pay(turn: Turn, number: str) -> Answer | None:
    """Where an order that was taken is paid; None when nothing of it is to be paid here."""
    link = await _given(turn, number) or await payment_link(turn, "order", number)
    if link is None:
        return None
    return Answer(reply=Reply(text=say(turn.locale, "pay", order=number, link=link), money=True))


async def paid(turn: Turn, number: str) -> Answer | None:
    """What we know of a payment for the order that the customer says was made; None when there is no such order."""
    order = next(iter(await turn.tools.orders(number)), None)
    if order is None:
        return None
    waiting = order.status == "new"
    text = say(turn.locale, "not_seen" if waiting else "seen", order=number)
    buttons = choices(turn.locale, "human") if waiting else choices(turn.locale, "order_status")
    return Answer(reply=Reply(text=text, buttons=buttons, money=True), state={"offer": "human" if waiting else None})


async def _given(turn: Turn, number: str) -> str | None:
    """The link that the customer already has, while it lives and nothing is paid: nobody shall pay twice."""
    link, at = turn.state.get("order_link") or ("", "")
    if not link or turn.now - datetime.fromisoformat(at) > _FRESH:
        return None
    return str(link) if any(order.status == "new" for order in await turn.tools.orders(number)) else None


async def payment_link(turn: Turn, kind: str, number: str) -> str | None:
    """Where this is paid; None when the tenant has no provider, or it makes no link now."""
    try:
        return await turn.tools.payment_link(kind, number)
    except OrkestaError:  # no provider, nothing to pay, or it is away: told to the log where links are made
        return None


def _summary(turn: Turn, quote: Quote, order: Order) -> str:
    lines = quote.sums.lines
    quoted = ", ".join(f"{amount(line.quantity)} × {line.product.name} ({line.product.sku})" for line in lines)
    total = order.total.text(turn.tenant.locale)
    return say(turn.tenant.locale, "summary", lines=quoted, total=total, order=order.number, quote=quote.number)
