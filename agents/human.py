"""Tells the customer, once, that a person takes over, how long that takes, and when people are there."""

from datetime import datetime

from agents.base import Answer, Turn
from agents.wording import Wording, day, vocative
from core import opening_hours
from core.messages import Reply

say = Wording("human")
_NOTICES = frozenset({
    "complaint", "return", "already_paid", "dispute", "purchase", "withdrawal", "withdrawal_made", "discount",
    "promised", "promise_again", "split_again", "promised_price", "promised_price_quote",
    "return_made", "personal_data",
})  # fmt: skip


class Human:
    """The last agent before silence: what it says is the only notice of a hand-off."""

    name = "human"
    intents = frozenset({"human"})
    tools = ()  # no model words what it says

    async def answer(self, turn: Turn) -> Answer:
        """Give the notice that fits the reason of the hand-off; no model may reword a promise of people."""
        reason = str(turn.state.get("reason", ""))
        key = reason if reason in _NOTICES else "notice"
        if reason == "return" and turn.state.get("return_case"):
            key = f"return_{turn.state['return_case']}"
        name = vocative(turn.customer_name)
        text = [say(turn.locale, key, business=turn.tenant.name, name=name), await when(turn)]
        if ticket := turn.state.get("ticket"):
            text.append(say(turn.locale, "ticket", ticket=ticket))
        if turn.tenant.hours:
            text.append(say(turn.locale, "hours", hours=_hours(turn)))
        reply = Reply(text=" ".join(filter(None, text)), author="system")
        return Answer(reply=reply, state={"ticket": None, "return_case": None})


async def when(turn: Turn) -> str:
    """How long it takes while people are there, else when they are back; nothing when the hours cannot be read."""
    spans = opening_hours.parse(turn.tenant.hours)
    if not spans:
        return ""
    if not opening_hours.open_at(spans, turn.now):
        back = opening_hours.opens_next(spans, turn.now)
        return say(turn.locale, "nobody", when=_moment(back, turn)) if back else ""
    waiting = await turn.tools.people_waiting()
    if waiting.ahead:
        return say(turn.locale, "ahead", ahead=waiting.ahead, minutes=waiting.minutes)
    return say(turn.locale, "wait", minutes=waiting.minutes)


def _hours(turn: Turn) -> str:
    """The hours in the customer's language: as the tenant wrote them when it is the tenant's, or cannot be read."""
    spans = opening_hours.parse(turn.tenant.hours)
    if turn.locale == turn.tenant.locale or not spans:
        return turn.tenant.hours
    days = say(turn.locale, "weekdays").split()
    return ", ".join(
        say(
            turn.locale, "stretch" if each.first != each.last else "stretch_day", first=days[each.first],
            last=days[each.last], opens=f"{each.opens:%H:%M}", closes=f"{each.closes:%H:%M}",
        )
        for each in opening_hours.stretches(spans)
    )  # fmt: skip


def _moment(back: datetime, turn: Turn) -> str:
    clock = f"{back:%H:%M}"
    if back.date() == turn.now.date():
        return say(turn.locale, "today", clock=clock)
    return say(turn.locale, "on_day", day=day(back.date(), turn.locale), clock=clock)


def summary(turn: Turn) -> str:
    """What the person reads when the customer asked for one without saying more."""
    customer = (turn.customer_name or "").strip() or say(turn.locale, "somebody")
    key = "summary_personal_data" if turn.state.get("reason") == "personal_data" else "summary"
    return say(turn.locale, key, customer=customer, text=turn.text[:300])
