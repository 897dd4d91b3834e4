"""What customer and dunning agent agree on: a day to pay by, or parts; within the tenant's rules, else a person."""

from collections.abc import Mapping, Sequence
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
    plans = turn.state.get("plans") if asked == ASKED_PLAN else None
    if plans and reading.agrees(turn.text):
        return await _take(turn, invoices, plans)
    of_parts = asked in (ASKED_PARTS, ASKED_PLAN)
    told: list[Answer] = []
    offered: list[Answer] = []
    taken: list[str] = []
    for clause in promised.clauses(turn.text):  # `la vencida el lunes y la otra en 3 pagos`
        said = msgspec.structs.replace(turn, text=clause)
        parts = promised.parts(clause, asked=of_parts)
        in_parts = parts is not None and (of_parts or not clause.strip(" .!?").isdigit())
        answer = await (_plan(said, invoices, parts or 0, taken) if in_parts else _promise(said, invoices, taken))
        if isinstance(answer, HandOff):
            return answer
        (offered if in_parts else told).append(answer)
    return _with_offers(told, offered)


def _with_offers(told: Sequence[Answer], offered: Sequence[Answer]) -> Answer:
    """What was noted, then what a yes takes, of all that was offered."""
    answer = together([*told, *offered])
    plans = {number: parts for each in offered for number, parts in (each.state.get("plans") or {}).items()}
    if len(offered) < 2 or not plans:
        return answer
    return msgspec.structs.replace(answer, state={**answer.state, "plans": plans, "promise_of": list(plans)})


async def _take(turn: Turn, invoices: Sequence[Invoice], plans: Mapping[str, int]) -> Answer | HandOff:
    """The plans that were offered, each of its own invoices."""
    told: list[Answer] = []
    for parts in dict.fromkeys(plans.values()):
        of = [item for item in invoices if plans.get(item.number) == parts and item.status != "disputed"]
        answer = await _split(turn, of, parts, sure=True)
        if isinstance(answer, HandOff):
            return answer
        told.append(answer)
    return together(told)


async def _plan(turn: Turn, invoices: Sequence[Invoice], parts: int, taken: list[str]) -> Answer | HandOff:
    """A plan of the invoices that are meant; of one among several it is shown first, for a yes."""
    open_ = [item for item in invoices if item.status != "disputed"]
    chosen = await _chosen(turn, open_, taken)
    if chosen is not None and not chosen:
        return which(turn, open_, overdue=pointed.asks_overdue(turn.text), when=None)
    wanted = chosen or meant(turn, invoices)
    taken += [item.number for item in wanted]
    sure = not paying.asks(turn.text) and (chosen is None or len(chosen) == len(open_))
    return await _split(turn, wanted, parts, sure=sure)


async def _chosen(turn: Turn, open_: Sequence[Invoice], taken: Sequence[str]) -> list[Invoice] | None:
    """The invoices that the text points to; empty: to one that is not known. None: it points to none."""
    chosen = pointed.pointed(turn.text, open_, taken or await _spoken_for(turn, open_))
    if chosen is not None or len(open_) < 2 or reading.everything(turn.text):
        return chosen
    unknown = pointed.speaks_of_other(turn.text) or (pointed.speaks_of_that(turn.text) and not _spoken_of(turn))
    return [] if unknown else None


async def _promise(turn: Turn, invoices: Sequence[Invoice], taken: list[str]) -> Answer | HandOff:
    """What is promised of the invoices that are meant; `taken` are those of the clauses before."""
    open_ = [item for item in invoices if item.status != "disputed"]
    chosen = await _chosen(turn, open_, taken)
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
    terms = await turn.tools.terms()
    noted = {*(each.number for each in terms.promised), *terms.split, *(turn.state.get("plans") or ())}
    noted &= {item.number for item in open_}
    last = list(turn.state.get("promised_of") or ())
    return sorted(noted or _spoken_of(turn)) if len(noted) < len(open_) else last


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


async def _split(turn: Turn, wanted: Sequence[Invoice], parts: int, *, sure: bool) -> Answer | HandOff:
    """All that is meant in so many parts: each invoice by itself, all told together; not `sure`: only offered."""
    terms = await turn.tools.terms()
    if not wanted or terms.instalments < 2:
        return ask(say(turn.locale, "no_parts"), ASKED_DAY)
    left = [item for item in wanted if item.number not in terms.split]
    if not left:
        return _person(turn)
    numbers = [item.number for item in left]
    if not 2 <= parts <= terms.instalments:
        key = "too_many_parts" if parts > terms.instalments else "how_many_parts"
        text = say(turn.locale, key, parts=terms.instalments, days=terms.instalment_days)
        return ask(text, ASKED_PARTS, promise_of=numbers)
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
