"""What customer and dunning agent agree on: a day to pay by, or parts; within the tenant's rules, else a person."""

from collections.abc import Sequence
from datetime import date

from agents import paying, promised, reading
from agents.base import Answer, HandOff, Turn
from agents.noted import ASKED_DAY, ASKED_PARTS, ask, plan_told
from agents.promises import promise
from agents.wording import Wording
from core.errors import Conflict
from core.money import Money
from core.records import Invoice

say = Wording("dunning")


async def agree(turn: Turn, invoices: Sequence[Invoice]) -> Answer | HandOff:
    """Take down a promise or split the debt, whichever the customer speaks of."""
    asked = turn.state.get("asked") == ASKED_PARTS and turn.state.get("expects") == "payment_promise"
    parts = paying.parts(turn.text, asked=asked)
    if parts is not None and (asked or not turn.text.strip(" .!?").isdigit()):
        return await _split(turn, invoices, parts)
    return await promise(turn, meant(turn, invoices))


def meant(turn: Turn, invoices: Sequence[Invoice]) -> list[Invoice]:
    """The open invoices that the customer speaks of: the one named, the one reminded of, or all."""
    text = turn.text.upper()
    named = [item for item in invoices if item.number.upper() in text]
    before = _spoken_of(turn)
    spoken = [] if reading.everything(turn.text) else [item for item in invoices if item.number in before]
    return [item for item in named or spoken or list(invoices) if item.status != "disputed"]


def _spoken_of(turn: Turn) -> Sequence[str]:
    """The invoices of our open question, of the promise that is changed now, or of the newest reminder."""
    state = turn.state
    if state.get("expects") == "payment_promise" and state.get("promise_of"):
        return list(state["promise_of"])
    if promised.instead(turn.text) and state.get("promised_of"):
        return list(state["promised_of"])
    return [str(state["reminded_of"])] if state.get("reminded_of") else []


async def _split(turn: Turn, invoices: Sequence[Invoice], parts: int) -> Answer | HandOff:
    """All that is meant in so many parts: each invoice by itself, all told together."""
    terms = await turn.tools.terms()
    wanted = meant(turn, invoices)
    if not wanted or terms.instalments < 2:
        return ask(say(turn.locale, "no_parts"), ASKED_DAY)
    left = [item.number for item in wanted if item.number not in terms.split]
    if not left:
        return _person(turn)
    if not 2 <= parts <= terms.instalments:
        key = "too_many_parts" if parts > terms.instalments else "how_many_parts"
        return ask(say(turn.locale, key, parts=terms.instalments, days=terms.instalment_days), ASKED_PARTS)
    sums: dict[date, dict[str, Money]] = {}
    for number in left:
        try:
            plan = await turn.tools.split_debt(number, parts)
        except Conflict:  # split since the terms were read
            return _person(turn)
        for each in plan:
            of_day, currency = sums.setdefault(each.due_on, {}), each.amount.currency
            of_day[currency] = of_day[currency] + each.amount if currency in of_day else each.amount
    told = [(" + ".join(each.text(turn.locale) for each in of_day.values()), on) for on, of_day in sums.items()]
    return plan_told(turn, left, told)


def _person(turn: Turn) -> HandOff:
    return HandOff(to="human", reason="split_again", summary=say(turn.locale, "split_again", text=turn.text[:300]))
