"""What customer and dunning agent agree on: a day to pay by, or parts; within the tenant's rules, else a person."""

from collections.abc import Sequence
from datetime import timedelta

from agents import days, paying, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, day
from core.errors import Conflict, Invalid
from core.messages import Reply
from core.records import Invoice

say = Wording("dunning")
_ASKED_DAY, _ASKED_PARTS = "payment_promise", "parts"


async def agree(turn: Turn, invoices: Sequence[Invoice]) -> Answer | HandOff:
    """Take down a promise or split the debt, whichever the customer speaks of."""
    parts = paying.parts(turn.text)
    asked_parts = turn.state.get("asked") == _ASKED_PARTS
    if parts is not None and (asked_parts or not turn.text.strip(" .!?").isdigit()):
        return await _split(turn, invoices, parts)
    return await _promise(turn, invoices)


def meant(turn: Turn, invoices: Sequence[Invoice]) -> list[Invoice]:
    """The open invoices that the customer speaks of: the one named, the one reminded of, or all."""
    text = turn.text.upper()
    named = [item for item in invoices if item.number.upper() in text]
    reminded = [item for item in invoices if item.number == turn.state.get("reminded_of")]
    return [item for item in named or reminded or list(invoices) if item.status != "disputed"]


async def _promise(turn: Turn, invoices: Sequence[Invoice]) -> Answer | HandOff:
    terms, today = await turn.tools.terms(), turn.now.date()
    wanted = meant(turn, invoices)
    numbers = [item.number for item in wanted if terms.promises_left.get(item.number, 0) > 0]
    if wanted and not numbers:
        return HandOff(to="human", reason="promise", summary=say(turn.locale, "promise_again", text=turn.text[:300]))
    promised = days.promised_day(turn.text, today)
    if promised is None and turn.state.get("expects") == "payment_promise" and reading.refuses(turn.text):
        reply = Reply(text=say(turn.locale, "promise_left"), buttons=choices(turn.locale, "payment", "human"))
        return Answer(reply=reply, state={"asked": None})
    if promised is None:
        key = "promise_when_or_parts" if terms.instalments > 1 else "promise_when"
        return _ask(say(turn.locale, key, parts=terms.instalments), _ASKED_DAY)
    last = today + timedelta(days=terms.promise_days)
    if promised > last:
        return _ask(say(turn.locale, "promise_too_late", date=day(last, turn.locale)), _ASKED_DAY)
    if numbers:
        await turn.tools.promise(numbers, promised)
    draft = say(turn.locale, "promise", date=day(promised, turn.locale))
    return Answer(
        reply=Reply(text=await turn.ask_llm(draft, {}), buttons=choices(turn.locale, "payment")),
        state={"promised_on": promised.isoformat(), "asked": None},
    )


async def _split(turn: Turn, invoices: Sequence[Invoice], parts: int) -> Answer | HandOff:
    terms = await turn.tools.terms()
    wanted = next((item for item in meant(turn, invoices)), None)
    if wanted is None or terms.instalments < 2:
        return _ask(say(turn.locale, "no_parts"), _ASKED_DAY)
    if not parts:
        return _ask(say(turn.locale, "how_many_parts", parts=terms.instalments), _ASKED_PARTS)
    try:
        plan = await turn.tools.split_debt(wanted.number, parts)
    except Invalid:
        return _ask(say(turn.locale, "how_many_parts", parts=terms.instalments), _ASKED_PARTS)
    except Conflict:
        return HandOff(to="human", reason="promise", summary=say(turn.locale, "split_again", text=turn.text[:300]))
    lines = [
        say(turn.locale, "part", place=place, amount=each.amount.text(turn.locale), date=day(each.due_on, turn.locale))
        for place, each in enumerate(plan, 1)
    ]
    text = "\n".join([say(turn.locale, "parts", number=wanted.number), *lines, say(turn.locale, "parts_pay")])
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "payment", "human"), money=True), state={"asked": None}
    )


def _ask(text: str, what: str) -> Answer:
    return Answer(reply=Reply(text=text), state={"expects": "payment_promise", "asked": what})
