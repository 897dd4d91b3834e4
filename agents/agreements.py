"""What customer and dunning agent agree on: a day to pay by, or parts; within the tenant's rules, else a person."""

from collections.abc import Sequence
from datetime import date

import msgspec

from agents import paying, pointed, promised, reading
from agents.base import Answer, HandOff, Turn
from agents.noted import ASKED_DAY, ASKED_PARTS, ASKED_PLAN, ask, plan_offered, plan_told, together, which
from agents.promises import promise
from agents.wording import Wording
from core.dunning import Instalment, split
from core.errors import Conflict
from core.money import Money
from core.records import Invoice

say = Wording("dunning")


async def agree(turn: Turn, invoices: Sequence[Invoice]) -> Answer | HandOff:
    """Take down a promise or split the debt, whichever the customer speaks of."""
    asked = turn.state.get("asked") if turn.state.get("expects") == "payment_promise" else None
    if asked == ASKED_PLAN and reading.agrees(turn.text):
        return await _split(turn, invoices, int(turn.state["plan_parts"]), sure=True)
    of_parts = asked in (ASKED_PARTS, ASKED_PLAN)
    parts = paying.parts(turn.text, asked=of_parts)
    if parts is not None and (of_parts or not turn.text.strip(" .!?").isdigit()):
        return await _split(turn, invoices, parts, sure=not paying.asks(turn.text))
    told: list[Answer] = []
    taken: list[str] = []
    for clause in promised.clauses(turn.text):  # `la vencida el lunes y la otra el viernes`
        answer = await _promise(msgspec.structs.replace(turn, text=clause), invoices, taken)
        if isinstance(answer, HandOff):
            return answer
        told.append(answer)
    return together(told)


async def _promise(turn: Turn, invoices: Sequence[Invoice], taken: list[str]) -> Answer | HandOff:
    """What is promised of the invoices that are meant; `taken` are those of the clauses before."""
    open_ = [item for item in invoices if item.status != "disputed"]
    chosen = pointed.pointed(turn.text, open_, taken or await _spoken_for(turn, open_))
    if chosen is not None and not chosen:
        when = promised.day(pointed.without(turn.text), turn.now.date(), month_first=turn.locale == "en")
        return which(turn, open_, overdue=pointed.asks_overdue(turn.text), when=when)
    wanted = chosen or meant(turn, invoices)
    taken += [item.number for item in wanted]
    return await promise(turn, wanted, some=len(wanted) < len(open_))


async def _spoken_for(turn: Turn, open_: Sequence[Invoice]) -> Sequence[str]:
    """What `the other one` is not: an invoice that is promised, or when all are, the one promised last."""
    if not pointed.speaks_of_other(turn.text):
        return []
    noted = [each.number for each in (await turn.tools.terms()).promised]
    return noted if len(noted) < len(open_) else list(turn.state.get("promised_of") or ())


def meant(turn: Turn, invoices: Sequence[Invoice]) -> list[Invoice]:
    """The open invoices that the customer speaks of: the one named, the one reminded of, or all."""
    named = pointed.pointed(turn.text, invoices)
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


async def _split(turn: Turn, invoices: Sequence[Invoice], parts: int, *, sure: bool) -> Answer | HandOff:
    """All that is meant in so many parts: each invoice by itself, all told together; not `sure`: only offered."""
    terms = await turn.tools.terms()
    wanted = meant(turn, invoices)
    if not wanted or terms.instalments < 2:
        return ask(say(turn.locale, "no_parts"), ASKED_DAY)
    left = [item for item in wanted if item.number not in terms.split]
    if not left:
        return _person(turn)
    if not 2 <= parts <= terms.instalments:
        key = "too_many_parts" if parts > terms.instalments else "how_many_parts"
        return ask(say(turn.locale, key, parts=terms.instalments, days=terms.instalment_days), ASKED_PARTS)
    numbers = [item.number for item in left]
    if not sure:
        offered = [each for item in left for each in _shares(item, parts, turn.now.date(), terms.instalment_days)]
        return plan_offered(turn, numbers, parts, _by_day(turn, offered))
    made: list[Instalment] = []
    for number in numbers:
        try:
            made += await turn.tools.split_debt(number, parts)
        except Conflict:  # split since the terms were read
            return _person(turn)
    return plan_told(turn, numbers, _by_day(turn, made))


def _shares(item: Invoice, parts: int, today: date, days: int) -> Sequence[Instalment]:
    return split(item.total, item.total - item.due, parts, today, days)


def _by_day(turn: Turn, plan: Sequence[Instalment]) -> list[tuple[str, date]]:
    """What is to be paid on each day, told in each currency."""
    sums: dict[date, dict[str, Money]] = {}
    for each in plan:
        of_day, currency = sums.setdefault(each.due_on, {}), each.amount.currency
        of_day[currency] = of_day[currency] + each.amount if currency in of_day else each.amount
    return [(" + ".join(each.text(turn.locale) for each in of_day.values()), on) for on, of_day in sums.items()]


def _person(turn: Turn) -> HandOff:
    return HandOff(to="human", reason="split_again", summary=say(turn.locale, "split_again", text=turn.text[:300]))
