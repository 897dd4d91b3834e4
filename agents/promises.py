"""Takes down a customer's word to pay: a day for all, a part of it on a day, or several parts on days of their own."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from agents import noted, pointed, promised, reading
from agents.base import Answer, HandOff, Turn
from agents.noted import ASKED_DAY, ASKED_PARTS, ASKED_REST, ASKED_WHICH, CLOSED, ask, same, total
from agents.wording import Wording, choices, day
from core.dunning import Promised, Terms, shared, standing
from core.messages import Reply
from core.money import Money
from core.records import Invoice

say = Wording("dunning")
_Dated = tuple[date | None, Money]


class _Debt(NamedTuple):
    """What is spoken of: invoices, the tenant's rules for them, and what of them is promised already."""

    items: Sequence[Invoice]
    terms: Terms
    noted: Sequence[Promised]
    some: bool  # not all that is open

    @property
    def numbers(self) -> list[str]:
        return [item.number for item in self.items]

    @property
    def scope(self) -> dict[str, Any]:
        return {"promise_of": self.numbers} if self.some else {}

    @property
    def used_up(self) -> list[str]:
        return [number for number in self.numbers if self.terms.promises_left.get(number, 0) < 1]


async def promise(turn: Turn, wanted: Sequence[Invoice], *, some: bool = False) -> Answer | HandOff:
    """Note what is promised of the wanted invoices, within the tenant's rules; else ask, or pass to a person.

    `some`: not all that is open is wanted, so the answer says which.
    """
    terms, today = await turn.tools.terms(), turn.now.date()
    items = [item for item in wanted if item.number not in terms.split]
    if not items:
        return _person(turn, "split_again" if wanted else "promise_again")
    text = pointed.without(turn.text)
    said = promised.promised(text, today, month_first=turn.locale == "en")
    if told := _unclear(turn, items, said):
        return told
    items = _of_money(items, said)
    debt = _Debt(items, terms, standing(terms.promised, [item.number for item in same(items)]), some)
    on = _day(turn, text, today)
    if on is None and all(part.rest for part in said) and (left := _leaves(turn, debt.noted)):
        return left
    if firm := _firm(turn, on, said):
        return firm
    kept, new, over = _parts(turn, debt, said, on)
    if not new and kept:
        return noted.all_noted(turn, debt.noted)
    if new and (kept or new[0][1] < total(items)):
        return await _in_parts(turn, debt, kept, new)
    answer = await _whole(turn, debt, new[0][0] if new else on)
    return noted.more_than_owed(turn, answer, total(items)) if over else answer


async def _whole(turn: Turn, debt: _Debt, on: date | None, *, goes_on: bool = False) -> Answer | HandOff:
    """All of it by one day. `goes_on`: the rest of a part that was noted, no promise of its own."""
    terms, used_up = debt.terms, [] if goes_on else debt.used_up
    if on is None:
        key = "promise_when_or_parts" if terms.instalments > 1 else "promise_when"
        return ask(say(turn.locale, key, parts=terms.instalments), ASKED_DAY, **debt.scope)
    if late := noted.too_late(turn, on, terms.promise_days, **debt.scope):
        return late
    free = [number for number in debt.numbers if number not in used_up]
    if not free:
        return _person(turn, "promise_again")
    await turn.tools.promise(free, on)
    of = [item for item in debt.items if item.number in free] if debt.some else []
    return await noted.whole_told(turn, on, free, used_up, of)


def _parts(
    turn: Turn, debt: _Debt, said: Sequence[promised.Part], on: date | None
) -> tuple[list[_Dated], list[_Dated], bool]:
    """The parts that stand and are added to, those that are said now, and whether more was said than is owed.

    None of both: all is meant.
    """
    owed, moved = total(debt.items), promised.instead(turn.text)
    stands = list[_Dated](noted.sums(debt.noted))
    left = owed
    for _, amount in stands:
        left -= amount
    asked = turn.state.get("asked") if turn.state.get("expects") == "payment_promise" else None
    waits = _waits(turn) if asked == ASKED_DAY else None
    whole = reading.everything(turn.text)
    if waits and not said and not whole:
        amount, beside = waits
        return (stands, _some([(on, min(amount, left))]), False) if beside else ([], [(on, amount)], False)
    goes_on = asked == ASKED_REST and not moved and not whole
    if stands and (goes_on or (said and all(part.rest for part in said))):
        said = said or (promised.Part(on, rest=True),)
        return stands, _sums(said, owed, left), _more(said, left)
    if stands and moved and not said and left.amount_minor and not whole:
        return [], [(on, owed - left)], False  # `mejor el viernes`: the part, on another day
    return [], _sums(said, owed, owed), _more(said, owed)


def _more(said: Sequence[promised.Part], owed: Money) -> bool:
    return sum(part.amount or 0 for part in said) > owed.major


def _sums(said: Sequence[promised.Part], owed: Money, left: Money) -> list[_Dated]:
    found = list[_Dated]()
    for part in said:
        amount = left
        if part.share is not None:
            amount = Money(-(-owed.amount_minor * part.share.numerator // part.share.denominator), owed.currency)
        elif part.amount is not None and part.amount < left.major:
            amount = Money.of(part.amount, owed.currency)
        found.append((part.day, min(amount, left)))
        left -= found[-1][1]
    return _some(found)


def _some(parts: list[_Dated]) -> list[_Dated]:
    return [each for each in parts if each[1].amount_minor]


async def _in_parts(turn: Turn, debt: _Debt, kept: list[_Dated], new: list[_Dated]) -> Answer | HandOff:
    (first, amount), terms = new[0], debt.terms
    if not kept and debt.used_up:
        return _person(turn, "promise_again")
    note: dict[str, Any] = {"promised_part": _note(amount, beside=bool(kept)), "promise_of": debt.numbers}
    if first is None:
        return noted.part_when(turn, amount, note)
    if late := noted.too_late(turn, first, terms.promise_days if not kept else _days(terms, 2), **note):
        return late
    dated = _by_day([*kept, *new])
    if len(dated) == 1:
        part = (first, dated[first])
        all_ = part[1] == total(debt.items)
        return await (_whole(turn, debt, first, goes_on=bool(kept)) if all_ else _one(turn, debt, part))
    if terms.instalments < 2:
        return noted.rest_left(turn, debt.noted) if kept else await _one(turn, debt, (first, amount))
    if len(dated) > terms.instalments:
        return ask(say(turn.locale, "how_many_parts", parts=terms.instalments), ASKED_PARTS)
    if late := noted.too_late(turn, max(dated), _days(terms, len(dated)), asked=ASKED_REST, promise_of=debt.numbers):
        return late if kept else noted.after(await _one(turn, debt, (first, amount)), late)
    return await _plan(turn, debt, kept, new)


def _days(terms: Terms, parts: int) -> int:
    return max(terms.promise_days, terms.instalment_days * (parts - 1))


async def _one(turn: Turn, debt: _Debt, part: tuple[date, Money]) -> Answer:
    """One part on one day, in the place of what was promised before; the rest may be promised next."""
    on, amount = part
    of_each = shared(amount, [(item.number, item.due) for item in same(debt.items)])
    await turn.tools.promise(list(of_each), on, of_each)
    await _take_back(turn, debt, list(of_each))
    return noted.part_told(
        turn, part, total(debt.items) - amount, changed=bool(debt.noted), more=debt.terms.instalments > 1,
        of=debt.numbers, some=debt.some,
    )  # fmt: skip


async def _plan(turn: Turn, debt: _Debt, kept: Sequence[_Dated], new: Sequence[_Dated]) -> Answer:
    """Parts on several days: those that stand on their own invoices, new ones held against the others in their order.

    Each invoice is planned by itself.
    """
    owed = {item.number: item.due for item in same(debt.items)}
    plans: dict[str, list[tuple[date, Money]]] = {}
    for each in debt.noted if kept else ():
        plans[each.number] = [(each.day, each.amount)]
        owed[each.number] -= each.amount
    for on, amount in sorted(_by_day(new).items()):
        for number, part in shared(amount, list(owed.items())).items():
            plans.setdefault(number, []).append((on, part))
            owed[number] -= part
    numbers = [number for number in owed if number in plans]
    for number in numbers:
        await turn.tools.plan_debt(number, _merged(plans[number]))
    await _take_back(turn, debt, numbers)
    left = Money(sum(each.amount_minor for each in owed.values()), total(debt.items).currency)
    told = [(amount.text(turn.locale), on) for on, amount in sorted(_by_day([*kept, *new]).items())]
    return noted.plan_told(turn, numbers, told, left.text(turn.locale) if left.amount_minor else "")


def _merged(parts: Sequence[tuple[date, Money]]) -> list[tuple[date, Money]]:
    return sorted(_by_day(parts).items())


async def _take_back(turn: Turn, debt: _Debt, reached: Sequence[str]) -> None:
    """What was promised of invoices that the new word does not reach no longer stands."""
    if gone := [each.number for each in debt.noted if each.number not in reached]:
        await turn.tools.take_back(gone)


def _day(turn: Turn, text: str, today: date) -> date | None:
    bare, asked = text.strip(" .!?"), turn.state.get("expects") == "payment_promise"
    if bare.isdecimal() and len(bare) < 3 and asked:  # `15`, asked which day
        return promised.day(f"el {bare}", today)
    found = promised.day(text, today, month_first=turn.locale == "en")
    before = turn.state.get("promise_when") if asked else None  # said with the question that is answered now
    if found is None and before and (_picks(turn) or reading.agrees(turn.text)):
        return date.fromisoformat(str(before))
    return found


def _picks(turn: Turn) -> bool:
    """True for an answer to the question which invoice is meant."""
    if turn.state.get("asked") != ASKED_WHICH:
        return False
    return pointed.points(turn.text) or reading.everything(turn.text)


def _unclear(turn: Turn, items: Sequence[Invoice], said: Sequence[promised.Part]) -> Answer | None:
    """A sum that cannot be noted: below one, or in money that is not owed."""
    if promised.unpayable(turn.text):
        return ask(say(turn.locale, "promise_unpayable"), ASKED_DAY)
    owed = [item.due.currency for item in items]
    if any(part.money and part.money.isdisjoint(owed) for part in said):
        return ask(say(turn.locale, "promise_currency", currency=owed[0]), ASKED_DAY)
    return None


def _of_money(items: Sequence[Invoice], said: Sequence[promised.Part]) -> list[Invoice]:
    """The invoices in the money that was named; else all."""
    named = next((part.money for part in said if part.money), frozenset[str]())
    return [item for item in items if item.due.currency in named] or list(items)


def _firm(turn: Turn, on: date | None, said: Sequence[promised.Part]) -> Answer | None:
    """The question for a firm day in place of a condition, whose own day may be just that."""
    if not promised.conditional(turn.text):
        return None
    if on is None or said or on < turn.now.date():
        return ask(say(turn.locale, "promise_firm"), ASKED_DAY)
    text = say(turn.locale, "promise_firm_day", date=day(on, turn.locale))
    return ask(text, ASKED_DAY, promise_when=on.isoformat())


def _leaves(turn: Turn, stands: Sequence[Promised]) -> Answer | None:
    """No day for the rest, or a no to the question which day; None: the day is simply not said."""
    if turn.state.get("expects") == "payment_promise":
        if stands and turn.state.get("asked") == ASKED_REST:
            return noted.rest_left(turn, stands)
        if reading.refuses(turn.text):
            reply = Reply(text=say(turn.locale, "promise_left"), buttons=choices(turn.locale, "payment", "human"))
            return Answer(reply=reply, state=CLOSED)
    return None


def _person(turn: Turn, why: str) -> HandOff:
    return HandOff(to="human", reason=why, summary=say(turn.locale, why, text=turn.text[:300]))


def _note(amount: Money, *, beside: bool) -> dict[str, Any]:
    return {"amount_minor": amount.amount_minor, "currency": amount.currency, "beside": beside}


def _waits(turn: Turn) -> tuple[Money, bool] | None:
    """A part whose day we asked for, and whether it comes beside what is noted."""
    note = turn.state.get("promised_part")
    return (Money(note["amount_minor"], note["currency"]), bool(note.get("beside"))) if note else None


def _by_day(parts: Sequence[_Dated]) -> dict[date, Money]:
    found: dict[date, Money] = {}
    for on, amount in parts:
        if on:
            found[on] = found[on] + amount if on in found else amount
    return found
