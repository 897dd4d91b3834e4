"""Takes down a customer's word to pay: a day for all, a part of it on a day, or several parts on days of their own."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from agents import noted, promised, reading
from agents.base import Answer, HandOff, Turn
from agents.noted import ASKED_DAY, ASKED_PARTS, ASKED_REST, CLOSED, ask, same, total
from agents.wording import Wording, choices
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

    @property
    def numbers(self) -> list[str]:
        return [item.number for item in self.items]

    @property
    def used_up(self) -> list[str]:
        return [number for number in self.numbers if self.terms.promises_left.get(number, 0) < 1]


async def promise(turn: Turn, wanted: Sequence[Invoice]) -> Answer | HandOff:
    """Note what is promised of the wanted invoices, within the tenant's rules; else ask, or pass to a person."""
    terms, today = await turn.tools.terms(), turn.now.date()
    items = [item for item in wanted if item.number not in terms.split]
    if not items:
        return _person(turn, "split_again" if wanted else "promise_again")
    debt = _Debt(items, terms, standing(terms.promised, [item.number for item in same(items)]))
    said = promised.promised(turn.text, today, month_first=turn.locale == "en")
    on = _day(turn, today)
    if on is None and all(part.rest for part in said) and (left := _leaves(turn, debt.noted)):
        return left
    if any(part.currency not in ("", items[0].due.currency) for part in said):
        return ask(say(turn.locale, "promise_currency", currency=items[0].due.currency), ASKED_DAY)
    kept, new = _parts(turn, debt, said, on)
    owed = total(items)
    if not new and kept:
        return noted.all_noted(turn, debt.noted)
    if new and (kept or new[0][1] < owed):
        return await _in_parts(turn, debt, kept, new)
    return await _whole(turn, debt, new[0][0] if new else on)


async def _whole(turn: Turn, debt: _Debt, on: date | None, *, goes_on: bool = False) -> Answer | HandOff:
    """All of it by one day. `goes_on`: the rest of a part that was noted, no promise of its own."""
    terms, used_up = debt.terms, [] if goes_on else debt.used_up
    if on is None:
        key = "promise_when_or_parts" if terms.instalments > 1 else "promise_when"
        return ask(say(turn.locale, key, parts=terms.instalments), ASKED_DAY)
    if late := noted.too_late(turn, on, terms.promise_days):
        return late
    free = [number for number in debt.numbers if number not in used_up]
    if not free:
        return _person(turn, "promise_again")
    await turn.tools.promise(free, on)
    return await noted.whole_told(turn, on, free, used_up)


def _parts(
    turn: Turn, debt: _Debt, said: Sequence[promised.Part], on: date | None
) -> tuple[list[_Dated], list[_Dated]]:
    """The parts that stand and are added to, and those that are said now; neither: all is meant."""
    owed, moved = total(debt.items), promised.instead(turn.text)
    stands = list[_Dated](noted.sums(debt.noted))
    left = owed
    for _, amount in stands:
        left -= amount
    asked = turn.state.get("asked") if turn.state.get("expects") == "payment_promise" else None
    waits = _waits(turn) if asked == ASKED_DAY else None
    if waits and not said and not reading.everything(turn.text):
        amount, beside = waits
        return (stands, _some([(on, min(amount, left))])) if beside else ([], [(on, amount)])
    if said and all(part.rest for part in said):
        return (stands, _sums(said, owed, left)) if stands else ([], _sums(said, owed, owed))
    if asked == ASKED_REST and stands and not moved and not reading.everything(turn.text):
        return stands, _sums(said or (promised.Part(on, rest=True),), owed, left)
    if stands and moved and not said and left.amount_minor and not reading.everything(turn.text):
        return [], [(on, owed - left)]  # `mejor el viernes`: the part, on another day
    return [], _sums(said, owed, owed)


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
    return await _plan(turn, debt, dated)


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
        of=debt.numbers,
    )  # fmt: skip


async def _plan(turn: Turn, debt: _Debt, dated: dict[date, Money]) -> Answer:
    """Parts on several days, held against the invoices in their order: each is planned by itself."""
    owed = {item.number: item.due for item in same(debt.items)}
    plans: dict[str, list[tuple[date, Money]]] = {}
    for on, amount in sorted(dated.items()):
        for number, part in shared(amount, list(owed.items())).items():
            plans.setdefault(number, []).append((on, part))
            owed[number] -= part
    for number, parts in plans.items():
        await turn.tools.plan_debt(number, parts)
    await _take_back(turn, debt, list(plans))
    left = sum(each.amount_minor for each in owed.values())
    return noted.plan_told(
        turn, list(plans), [(amount.text(turn.locale), on) for on, amount in sorted(dated.items())],
        Money(left, total(debt.items).currency).text(turn.locale) if left else "",
    )  # fmt: skip


async def _take_back(turn: Turn, debt: _Debt, reached: Sequence[str]) -> None:
    """What was promised of invoices that the new word does not reach no longer stands."""
    if gone := [each.number for each in debt.noted if each.number not in reached]:
        await turn.tools.take_back(gone)


def _day(turn: Turn, today: date) -> date | None:
    bare = turn.text.strip(" .!?")
    if bare.isdecimal() and len(bare) < 3 and turn.state.get("expects") == "payment_promise":  # `15`, asked which day
        return promised.day(f"el {bare}", today)
    return promised.day(turn.text, today, month_first=turn.locale == "en")


def _leaves(turn: Turn, stands: Sequence[Promised]) -> Answer | None:
    """No day for the rest, a no to the question which day, or a condition; None: the day is simply not said."""
    if turn.state.get("expects") == "payment_promise":
        if stands and turn.state.get("asked") == ASKED_REST:
            return noted.rest_left(turn, stands)
        if reading.refuses(turn.text):
            reply = Reply(text=say(turn.locale, "promise_left"), buttons=choices(turn.locale, "payment", "human"))
            return Answer(reply=reply, state=CLOSED)
    if promised.conditional(turn.text):
        return ask(say(turn.locale, "promise_firm"), ASKED_DAY)
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
