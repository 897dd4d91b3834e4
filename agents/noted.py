"""What a customer is told when a promise was noted, or when a question about it is open; pure but for the wording."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, day
from core.dunning import Promised
from core.messages import Reply
from core.money import Money
from core.records import Invoice

say = Wording("dunning")
ASKED_DAY, ASKED_REST, ASKED_PARTS, ASKED_WHICH = "payment_promise", "rest", "parts", "invoice"
ASKED_PLAN = "plan"
CLOSED: dict[str, Any] = dict.fromkeys(("asked", "promised_part", "promise_of", "promise_when", "plans"))


def ask(text: str, what: str, **notes: object) -> Answer:
    """A question whose answer is expected next."""
    state = {**CLOSED, "expects": "payment_promise", "asked": what, **notes}
    return Answer(reply=Reply(text=text), state=state)


def plan_told(turn: Turn, numbers: Sequence[str], parts: Sequence[tuple[str, date]], left: str = "") -> Answer:
    """The plan that was noted, its parts in order; `left` is what it leaves without a day."""
    after = [say(turn.locale, "parts_pay"), *([say(turn.locale, "parts_left", left=left)] if left else [])]
    text = "\n".join([say(turn.locale, "parts", number=", ".join(numbers)), *_lines(turn, parts), *after])
    reply = Reply(text=text, buttons=choices(turn.locale, "payment", "human"), money=True)
    return Answer(reply=reply, state={**CLOSED, "planned": True})


def plan_offered(turn: Turn, numbers: Sequence[str], parts: int, lines: Sequence[tuple[str, date]]) -> Answer:
    """The plan that could be had, which a yes takes."""
    text = "\n".join([
        say(turn.locale, "parts_offer", number=", ".join(numbers)), *_lines(turn, lines),
        say(turn.locale, "parts_take"),
    ])  # fmt: skip
    answer = ask(text, ASKED_PLAN, plans=dict.fromkeys(numbers, parts), promise_of=list(numbers))
    return Answer(reply=Reply(text=text, money=True), state=answer.state)


def _lines(turn: Turn, parts: Sequence[tuple[str, date]]) -> list[str]:
    return [
        say(turn.locale, "part", place=place, amount=amount, date=day(on, turn.locale))
        for place, (amount, on) in enumerate(parts, 1)
    ]


def part_told(
    turn: Turn, part: tuple[date, Money], left: Money, *, changed: bool, more: bool, of: Sequence[str], some: bool
) -> Answer:
    """One part that was noted. `changed`: it takes the place of another; `more`: the rest may have a day of its own.

    `some`: `of` are not all that is open.
    """
    on, amount = part
    text = say(
        turn.locale, "promise_part_of" if some else "promise_part", amount=amount.text(turn.locale),
        date=day(on, turn.locale), left=left.text(turn.locale), numbers=", ".join(of),
    )  # fmt: skip
    if changed:
        text += f" {say(turn.locale, 'promise_replaced')}"
    if not more:
        reply = Reply(text=text, buttons=choices(turn.locale, "payment"), money=True)
        return Answer(reply=reply, state=_promised(on, of))
    answer = ask(f"{text} {say(turn.locale, 'promise_rest')}", ASKED_REST, promise_of=of)
    return Answer(reply=Reply(text=answer.reply.text, money=True), state=_promised(on, of) | answer.state)


def _promised(on: date, numbers: Sequence[str]) -> dict[str, Any]:
    return {"promised_on": on.isoformat(), "promised_of": list(numbers), **CLOSED}


async def whole_told(
    turn: Turn, on: date, numbers: Sequence[str], used_up: Sequence[str], of: Sequence[Invoice]
) -> Answer:
    """All of these are noted, but for those whose promises are used up: a person is offered for them.

    `of`: those that are noted, when they are not all that is open.
    """
    if used_up:
        draft = say(
            turn.locale, "promise_of_some", numbers=", ".join(numbers), date=day(on, turn.locale),
            used_up=", ".join(used_up),
        )  # fmt: skip
    elif of:
        which = ", ".join(f"{item.number} ({item.due.text(turn.locale)})" for item in of)
        draft = say(turn.locale, "promise_of", numbers=which, date=day(on, turn.locale))
    else:
        draft = say(turn.locale, "promise", date=day(on, turn.locale))
    buttons = choices(turn.locale, "payment", *(["human"] if used_up else []))
    state = _promised(on, numbers) | ({"offer": "human"} if used_up else {})
    return Answer(reply=Reply(text=await turn.ask_llm(draft, {}), buttons=buttons), state=state)


def more_than_owed(turn: Turn, answer: Answer | HandOff, owed: Money) -> Answer | HandOff:
    """What was noted of a sum that is more than the debt: the debt."""
    if isinstance(answer, HandOff):
        return answer
    told = say(turn.locale, "promise_more", owed=owed.text(turn.locale))
    reply = msgspec.structs.replace(answer.reply, text=f"{told} {answer.reply.text}", money=True)
    return Answer(reply=reply, state=answer.state)


def which(turn: Turn, invoices: Sequence[Invoice], *, overdue: bool, when: date | None) -> Answer:
    """Which one is meant? Those that are open, and that none is overdue when that one was meant."""
    key = "none_overdue" if overdue else "which_invoice"
    lines = [f"• {item.number}: {item.due.text(turn.locale)}, {day(item.due_on, turn.locale)}" for item in invoices]
    answer = ask(
        "\n".join([say(turn.locale, key), *lines]), ASKED_WHICH, promise_when=when.isoformat() if when else None
    )
    return Answer(reply=Reply(text=answer.reply.text, money=True), state=answer.state)


def together(told: Sequence[Answer]) -> Answer:
    """Several answers as one: what each notes, and the question that the last one asks."""
    if len(told) == 1:
        return told[0]
    text = "\n".join(each.reply.text for each in told)
    state = {name: value for each in told for name, value in each.state.items()}
    return Answer(reply=msgspec.structs.replace(told[-1].reply, text=text, money=True), state=state)


def after(one: Answer, other: Answer) -> Answer:
    """What was noted, then the question that is left."""
    reply = Reply(text=f"{one.reply.text}\n{other.reply.text}", money=True)
    return Answer(reply=reply, state=one.state | other.state)


def part_when(turn: Turn, amount: Money, note: Mapping[str, Any]) -> Answer:
    """On which day is that part paid?"""
    return ask(say(turn.locale, "promise_part_when", amount=amount.text(turn.locale)), ASKED_DAY, **note)


def rest_left(turn: Turn, standing: Sequence[Promised]) -> Answer:
    """What is noted stays so, and the rest has no day."""
    told = ", ".join(
        say(turn.locale, "amount_on", amount=amount.text(turn.locale), date=day(on, turn.locale))
        for on, amount in sums(standing)
    )
    return Answer(reply=Reply(text=say(turn.locale, "promise_rest_left", noted=told), money=True), state=CLOSED)


def all_noted(turn: Turn, standing: Sequence[Promised]) -> Answer:
    """Nothing is left to be promised: all of it is noted."""
    told = ", ".join(
        say(turn.locale, "amount_on", amount=amount.text(turn.locale), date=day(on, turn.locale))
        for on, amount in sums(standing)
    )
    return Answer(
        reply=Reply(
            text=say(turn.locale, "promise_all_noted", noted=told), buttons=choices(turn.locale, "payment", "human"),
            money=True,
        ),
        state=CLOSED,
    )  # fmt: skip


def too_late(turn: Turn, on: date, days: int, *, asked: str = ASKED_DAY, **notes: Any) -> Answer | None:
    """A question for an earlier day, when that one lies too far away."""
    last = turn.now.date() + timedelta(days=days)
    if on <= last:
        return None
    return ask(say(turn.locale, "promise_too_late", date=day(last, turn.locale)), asked, **notes)


def sums(standing: Sequence[Promised]) -> list[tuple[date, Money]]:
    """How much of promises that stand is to come on which day."""
    found: dict[date, Money] = {}
    for each in standing:
        found[each.day] = found[each.day] + each.amount if each.day in found else each.amount
    return sorted(found.items())


def same(debts: Sequence[Invoice]) -> list[Invoice]:
    """Those in the currency of the oldest: a sum that is said is of one currency."""
    return [item for item in debts if item.due.currency == debts[0].due.currency]


def total(debts: Sequence[Invoice]) -> Money:
    """What is owed of them in the currency of the oldest."""
    return Money(sum(item.due.amount_minor for item in same(debts)), debts[0].due.currency)
