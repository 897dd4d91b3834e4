"""Takes the order of an accepted quote: the order, and a link to pay it or a person who arranges that."""

from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core.messages import Reply
from core.records import Order, Quote

say = Wording("closing")
_DONE = {"quote_number": None, "line": None, "bargain": None, "refused": None, "holds": None}


async def answer(turn: Turn, quote: Quote) -> Answer | HandOff:
    """Confirm the order; a quote that has expired is priced again first, and the customer asked again."""
    link = await payment_link(turn, quote)
    order = await turn.tools.confirm_order()
    if link is None:
        state = {**_DONE, "stage": "closing", "order_number": order.number}
        return HandOff(to="human", reason="purchase", summary=_summary(turn, quote, order), state=state)
    text = say(
        turn.locale, "ordered", order=order.number, quote=quote.number, total=order.total.text(turn.locale), link=link
    )
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "order_status"), money=True),
        state={**_DONE, "stage": "completed", "order_number": order.number},
    )


async def payment_link(turn: Turn, quote: Quote) -> str | None:
    """Where this quote is paid; None while the tenant has no payment provider."""
    tool = getattr(turn.tools, "payment_link", None)
    url = await tool("quote", quote.number) if tool else None
    return str(url) if url else None


def _summary(turn: Turn, quote: Quote, order: Order) -> str:
    lines = quote.sums.lines
    quoted = ", ".join(f"{amount(line.quantity)} × {line.product.name} ({line.product.sku})" for line in lines)
    total = order.total.text(turn.tenant.locale)
    return say(turn.tenant.locale, "summary", lines=quoted, total=total, order=order.number, quote=quote.number)
