"""Takes down a customer's word to pay: a day for all, a part of it on a day, or several parts on days of their own."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from agents import promised, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, day
from core.dunning import Terms, shared
from core.messages import Reply
from core.money import Money
from core.records import Invoice

say = Wording("dunning")
ASKED_DAY, _ASKED_REST = "payment_promise", "rest"
_Dated = tuple[date | None, Money]


async def promise(turn: Turn, wanted: Sequence[Invoice]) -> Answer | HandOff:
    """Note what is promised of the wanted invoices, within the tenant's rules; else ask, or pass to a person."""
    terms, today = await turn.tools.terms(), turn.now.date()
    debts = [item for item in wanted if terms.promises_left.get(item.number, 0) > 0]
    if wanted and not debts:
        return _person(turn, "promise_again")
    said = promised.promised(turn.text, today, month_first=turn.locale == "en")
    on = _day(turn, today)
    if on is None and all(part.rest for part in said) and (left := _leaves(turn)):
        return left
    if debts and (parts := _parts(turn, debts, said, on)) is not None:
        return await _in_parts(turn, debts, parts, terms) if parts else _which_currency(turn, debts)
    return await _whole(turn, debts, said[0].day if said else on, terms)


async def _whole(turn: Turn, debts: Sequence[Invoice], on: date | None, terms: Terms) -> Answer:
    if on is None:
        key = "promise_when_or_parts" if terms.instalments > 1 else "promise_when"
        return ask(say(turn.locale, key, parts=terms.instalments), ASKED_DAY)
    if late := _too_late(turn, on, terms.promise_days):
        return late
    if debts:
        await turn.tools.promise([item.number for item in debts], on)
    draft = say(turn.locale, "promise", date=day(on, turn.locale))
    return Answer(
        reply=Reply(text=await turn.ask_llm(draft, {}), buttons=choices(turn.locale, "payment")),
        state={"promised_on": on.isoformat(), "asked": None, "promised_part": None},
    )


def _parts(
    turn: Turn, debts: Sequence[Invoice], said: Sequence[promised.Part], on: date | None
) -> list[_Dated] | None:
    """The sums that were said, and their days; None: all is meant; empty: a sum in a currency that is not owed."""
    total, noted = _total(debts), _noted(turn)
    if any(part.currency not in ("", total.currency) for part in said):
        return []
    if noted and turn.state.get("asked") == _ASKED_REST and not promised.instead(turn.text):
        said = said or (promised.Part(on, rest=True),)
        found = [noted, *_sums(said, total, total - noted[1])]
    elif noted and not said:
        found = [(on, noted[1])]
    else:
        found = _sums(said, total, total)
    return found if found and found[0][1] < total else None


def _sums(said: Sequence[promised.Part], total: Money, left: Money) -> list[_Dated]:
    found = list[_Dated]()
    for part in said:
        amount = left
        if part.share is not None:
            amount = Money(-(-total.amount_minor * part.share.numerator // part.share.denominator), total.currency)
        elif part.amount is not None and part.amount < left.major:
            amount = Money.of(part.amount, total.currency)
        amount = min(amount, left)
        if amount.amount_minor:
            found.append((part.day, amount))
        left -= amount
    return found


async def _in_parts(turn: Turn, debts: Sequence[Invoice], parts: list[_Dated], terms: Terms) -> Answer | HandOff:
    (first, amount), *_ = parts
    note = {"amount_minor": amount.amount_minor, "currency": amount.currency}
    if first is None:
        text = say(turn.locale, "promise_part_when", amount=amount.text(turn.locale))
        return ask(text, ASKED_DAY, promised_part={**note, "day": None})
    if late := _too_late(turn, first, terms.promise_days, promised_part={**note, "day": None}):
        return late
    dated = _by_day(parts)
    if len(dated) == 1 or terms.instalments < 2:
        return await _one(turn, debts, (first, amount), terms, {**note, "day": first.isoformat()})
    if any(item.number in terms.split for item in debts):
        return _person(turn, "split_again")
    if len(dated) > terms.instalments:
        return ask(say(turn.locale, "how_many_parts", parts=terms.instalments), "parts")
    days = max(terms.promise_days, terms.instalment_days * (len(dated) - 1))
    if late := _too_late(turn, max(dated), days, promised_part={**note, "day": first.isoformat()}, asked=_ASKED_REST):
        return late
    return await _plan(turn, debts, dated)


async def _one(
    turn: Turn, debts: Sequence[Invoice], part: tuple[date, Money], terms: Terms, note: Mapping[str, Any]
) -> Answer:
    """One part on one day; the rest stays open, and may be promised next."""
    on, amount = part
    of_each = shared(amount, [(item.number, item.due) for item in _same(debts)])
    await turn.tools.promise(list(of_each), on, of_each)
    left = _total(debts) - amount
    text = say(
        turn.locale, "promise_part", amount=amount.text(turn.locale), date=day(on, turn.locale),
        left=left.text(turn.locale),
    )  # fmt: skip
    if terms.instalments > 1:
        answer = ask(f"{text} {say(turn.locale, 'promise_rest')}", _ASKED_REST, promised_part=note)
        state = answer.state | {"promised_on": on.isoformat()}
        return Answer(reply=Reply(text=answer.reply.text, money=True), state=state)
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "payment"), money=True),
        state={"promised_on": on.isoformat(), "asked": None, "promised_part": None},
    )


async def _plan(turn: Turn, debts: Sequence[Invoice], dated: Mapping[date, Money]) -> Answer:
    """Parts on several days, held against the invoices in their order: each is planned by itself."""
    owed = {item.number: item.due for item in _same(debts)}
    plans: dict[str, list[tuple[date, Money]]] = {}
    for on, amount in sorted(dated.items()):
        for number, part in shared(amount, list(owed.items())).items():
            plans.setdefault(number, []).append((on, part))
            owed[number] -= part
    for number, parts in plans.items():
        await turn.tools.plan_debt(number, parts)
    left = sum(each.amount_minor for each in owed.values())
    currency = _total(debts).currency
    return plan_told(
        turn, list(plans), [(amount.text(turn.locale), on) for on, amount in sorted(dated.items())],
        Money(left, currency).text(turn.locale) if left else "",
    )  # fmt: skip


def plan_told(turn: Turn, numbers: Sequence[str], parts: Sequence[tuple[str, date]], left: str = "") -> Answer:
    """The plan that was noted, its parts in order; `left` is what it leaves without a day."""
    lines = [
        say(turn.locale, "part", place=place, amount=amount, date=day(on, turn.locale))
        for place, (amount, on) in enumerate(parts, 1)
    ]
    after = [say(turn.locale, "parts_pay"), *([say(turn.locale, "parts_left", left=left)] if left else [])]
    text = "\n".join([say(turn.locale, "parts", number=", ".join(numbers)), *lines, *after])
    return Answer(
        reply=Reply(text=text, buttons=choices(turn.locale, "payment", "human"), money=True),
        state={"asked": None, "promised_part": None},
    )


def ask(text: str, what: str, **notes: object) -> Answer:
    """A question whose answer is expected next."""
    state = {"expects": "payment_promise", "asked": what, "promised_part": None, **notes}
    return Answer(reply=Reply(text=text), state=state)


def _day(turn: Turn, today: date) -> date | None:
    bare = turn.text.strip(" .!?")
    if bare.isdecimal() and len(bare) < 3 and turn.state.get("expects") == "payment_promise":  # `15`, asked which day
        return promised.day(f"el {bare}", today)
    return promised.day(turn.text, today, month_first=turn.locale == "en")


def _leaves(turn: Turn) -> Answer | None:
    """No day for the rest, a no to the question which day, or a condition; None: the day is simply not said."""
    if turn.state.get("expects") == "payment_promise":
        noted = _noted(turn)
        if noted and noted[0] and turn.state.get("asked") == _ASKED_REST:
            text = say(
                turn.locale, "promise_rest_left", amount=noted[1].text(turn.locale), date=day(noted[0], turn.locale)
            )
            return Answer(reply=Reply(text=text, money=True), state={"asked": None, "promised_part": None})
        if reading.refuses(turn.text):
            reply = Reply(text=say(turn.locale, "promise_left"), buttons=choices(turn.locale, "payment", "human"))
            return Answer(reply=reply, state={"asked": None, "promised_part": None})
    if promised.conditional(turn.text):
        return ask(say(turn.locale, "promise_firm"), ASKED_DAY)
    return None


def _too_late(turn: Turn, on: date, days: int, *, asked: str = ASKED_DAY, **notes: object) -> Answer | None:
    last = turn.now.date() + timedelta(days=days)
    if on <= last:
        return None
    return ask(say(turn.locale, "promise_too_late", date=day(last, turn.locale)), asked, **notes)


def _which_currency(turn: Turn, debts: Sequence[Invoice]) -> Answer:
    return ask(say(turn.locale, "promise_currency", currency=_total(debts).currency), ASKED_DAY)


def _person(turn: Turn, why: str) -> HandOff:
    return HandOff(to="human", reason="promise", summary=say(turn.locale, why, text=turn.text[:300]))


def _noted(turn: Turn) -> tuple[date | None, Money] | None:
    """The part that we last spoke of, while a question about it is open."""
    note = turn.state.get("promised_part")
    if not note or turn.state.get("expects") != "payment_promise":
        return None
    on = date.fromisoformat(note["day"]) if note["day"] else None
    return on, Money(note["amount_minor"], note["currency"])


def _by_day(parts: Sequence[_Dated]) -> dict[date, Money]:
    found: dict[date, Money] = {}
    for on, amount in parts:
        if on:
            found[on] = found[on] + amount if on in found else amount
    return found


def _same(debts: Sequence[Invoice]) -> list[Invoice]:
    """Those in the currency of the oldest: a sum that is said is of one currency."""
    return [item for item in debts if item.due.currency == debts[0].due.currency]


def _total(debts: Sequence[Invoice]) -> Money:
    return Money(sum(item.due.amount_minor for item in _same(debts)), debts[0].due.currency)
