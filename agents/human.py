"""Tells the customer, once, that a person takes over, and when people are there."""

from agents.base import Answer, Turn
from agents.wording import Wording, vocative
from core.messages import Reply

say = Wording("human")
_NOTICES = frozenset({"complaint", "return", "already_paid", "dispute", "purchase", "withdrawal"})


class Human:
    """The last agent before silence: what it says is the only notice of a hand-off."""

    name = "human"
    intents = frozenset({"human"})

    async def answer(self, turn: Turn) -> Answer:
        """Give the notice that fits the reason of the hand-off; no model may reword a promise of people."""
        reason = str(turn.state.get("reason", ""))
        key = reason if reason in _NOTICES else "notice"
        text = say(turn.locale, key, business=turn.tenant.name, name=vocative(turn.customer_name))
        if turn.tenant.hours:
            text += " " + say(turn.locale, "hours", hours=turn.tenant.hours)
        return Answer(reply=Reply(text=text, author="system"))


def summary(turn: Turn) -> str:
    """What the person reads when the customer asked for one without saying more."""
    customer = (turn.customer_name or "").strip() or say(turn.locale, "somebody")
    return say(turn.locale, "summary", customer=customer, text=turn.text[:300])
