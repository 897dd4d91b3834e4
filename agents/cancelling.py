"""A wish to cancel an order goes to a person, with the order's number: nothing is cancelled by itself."""

import re

from agents import reading, regrets
from agents.base import HandOff, Turn
from agents.wording import Wording

say = Wording("cancelling")
_ORDER = r"(?:pedidos?|orden(?:es)?|orders?|compras?|purchases?|encomendas?)"
_CANCELS = re.compile(
    rf"\b(?:cancel\w*|anul[aeo]\w*)(?: (?:ya|now|todo|please|por favor))?"
    rf"(?: (?:el|la|mi|este|ese|esta|esa|o|a|meu|minha|esse|essa|the|my|this|that|last|ultim[oa]|all))*"
    rf" {_ORDER}\b"
)
_ASKS = re.compile(r"\b(?:si puedo|puedo|se puede|podria|can i|could i|may i|posso|how|como|hasta cuando|until when)\b")
_OVER = ("delivered", "cancelled")


async def asked(turn: Turn) -> HandOff | None:
    """Hand over a wish to cancel an order; None for anything else, and for a question whether one may."""
    words = reading.fold(turn.text)
    if not _CANCELS.search(words) or _ASKS.search(words):
        return None
    orders = await turn.tools.orders()
    if not orders and turn.state.get("quote_number"):
        return None  # what is called an order is the quote
    named = turn.text.upper()
    meant = [order.number for order in orders if order.number.upper() in named]
    meant = meant or [order.number for order in orders if order.number == turn.state.get("order_number")]
    meant = meant or [order.number for order in orders if order.status not in _OVER]
    summary = say(turn.tenant.locale, "summary", orders=", ".join(meant[:5]) or "?", text=turn.text[:300])
    return HandOff(to="human", reason="cancel_order", summary=summary)


def regretted(turn: Turn) -> HandOff | None:
    """Hand over `ya no lo quiero` right after the order was taken; None when there is no such order."""
    number = turn.state.get("order_number")
    if not number or turn.state.get("stage") not in ("completed", "closing") or not regrets.said(turn.text):
        return None
    summary = say(turn.tenant.locale, "summary", orders=number, text=turn.text[:300])
    return HandOff(to="human", reason="cancel_order", summary=summary)
