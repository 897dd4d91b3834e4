"""Tells what a customer owes and gives the link to pay it; hears promises, disputes and `already paid`."""

import contextlib
import re
from collections.abc import Sequence

from agents import agreements, days, interest, marking, others, paying, promised, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, day, vocative
from core.errors import OrkestaError
from core.messages import Reply
from core.money import Money
from core.records import Invoice

say = Wording("dunning")
SHOWN = 5
_STATEMENT = re.compile(r"\b(?:extrato|statement|estado de cuenta|reporte de regalias)\b")


class Dunning:
    """Debts, payment links, promises and disputes."""

    name = "dunning"
    intents = frozenset({"debt", "payment", "payment_promise", "dispute"})
    tools = ("invoices", "orders", "search_products", "knowledge")

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent from the open invoices; money questions that a rule cannot settle go to a person."""
        return others.first(turn, marking.asked(turn) or await self._answer(turn))

    async def _answer(self, turn: Turn) -> Answer | HandOff:
        if turn.intent == "debt" and _earnings(turn):
            return HandOff(to="royalties", reason="royalties_earnings")
        invoices = await turn.tools.invoices()
        if turn.intent == "dispute":
            return await self._dispute(turn, invoices)
        if _paid(turn):
            return await self._already_paid(turn, invoices)
        if _pays_quote(turn, invoices):
            return HandOff(to="sales", reason="payment")
        if not invoices and turn.intent in ("payment_promise", "debt", "payment"):
            return await self._nothing(turn)
        if _agrees_on(turn, invoices):
            return await agreements.agree(turn, invoices)
        if turn.intent == "other":
            return HandOff(to="support", reason="other")
        return await self._owed(turn, invoices)

    async def _nothing(self, turn: Turn) -> Answer | HandOff:
        if paying.parts(turn.text) is not None and interest.of(turn):
            return HandOff(to="support", reason="payment")  # no debt: how what was shown can be paid
        text = say(turn.locale, "nothing", name=vocative(turn.customer_name))
        return Answer(reply=Reply(text=await turn.ask_llm(text, {})), state={"debt_told": True})

    async def _owed(self, turn: Turn, invoices: Sequence[Invoice]) -> Answer:
        locale, shown = turn.locale, invoices[:SHOWN]
        text = owed_lines(invoices, locale)
        links = await _links(turn, shown)
        if links:
            text += ["", *(say(locale, "pay_link", number=number, url=url) for number, url in links)]
        elif turn.intent == "payment":
            text += ["", say(locale, "no_link")]
        first, second = ("dispute", "human") if turn.intent == "payment" else ("payment", "dispute")
        buttons = choices(locale, first, second)
        reply = Reply(text=await turn.ask_llm("\n".join(text), {}), buttons=buttons, money=True)
        return Answer(reply=reply, state={"debt_told": True} | ({} if links else {"offer": "human"}))

    async def _dispute(self, turn: Turn, invoices: Sequence[Invoice]) -> HandOff:
        """Which invoice is meant is certain only when one is named, was reminded of, or is the only one."""
        meant = agreements.meant(turn, invoices)
        if len(meant) == 1:
            await turn.tools.dispute([meant[0].number], turn.text)
        return self._person(turn, "dispute", invoices)

    async def _already_paid(self, turn: Turn, invoices: Sequence[Invoice]) -> Answer | HandOff:
        """Look for the money first; what is not there, a person looks for."""
        if not invoices:
            return Answer(reply=Reply(text=say(turn.locale, "all_paid", name=vocative(turn.customer_name))))
        open_ = {item.number: item for item in invoices}
        found = [each for each in (await turn.tools.terms()).received if each.invoice in open_]
        if not found:
            return self._person(turn, "already_paid", invoices)
        newest = found[0]
        key = "received_pending" if newest.pending else "received_part" if newest.on else "received_undated"
        text = say(
            turn.locale, key, number=newest.invoice, amount=newest.amount.text(turn.locale),
            date=day(newest.on, turn.locale) if newest.on else "", left=open_[newest.invoice].due.text(turn.locale),
        )  # fmt: skip
        reply = Reply(text=text, buttons=choices(turn.locale, "payment", "human"), money=True)
        return Answer(reply=reply, state={"offer": "human"})

    def _person(self, turn: Turn, reason: str, invoices: Sequence[Invoice]) -> HandOff:
        numbers = ", ".join(f"{item.number} ({item.due.text(turn.locale)})" for item in invoices) or "0"
        return HandOff(
            to="human", reason=reason, summary=say(turn.locale, reason, text=turn.text[:300], invoices=numbers)
        )


def _paid(turn: Turn) -> bool:
    """True for `ya pagué`, also in answer to the question when it will be paid, or in how many parts."""
    if turn.intent == "payment_promise":
        return reading.has_paid(turn.text)
    return turn.intent in ("payment", "debt", "other") and reading.says_paid(turn.text)


def _pays_quote(turn: Turn, invoices: Sequence[Invoice]) -> bool:
    """True for a wish to pay when it is the open quote that is named, or when nothing else can be paid."""
    if turn.intent != "payment" or not turn.state.get("quote_number") or "sales" in turn.visited:
        return False
    return not invoices or bool(reading.names_quote(turn.text))


def _earnings(turn: Turn) -> bool:
    """True for `mi estado de cuenta` of an artist: its statement is of what it earned."""
    said = _STATEMENT.search(reading.fold(turn.text))
    return bool(said) and "royalties" in turn.tenant.agents and "royalties" not in turn.visited


def _agrees_on(turn: Turn, invoices: Sequence[Invoice]) -> bool:
    """True for a promise, and for a wish to pay in parts."""
    if turn.intent == "payment_promise":
        return True
    if not invoices or turn.intent not in ("payment", "debt", "other"):
        return False
    if promised.parts(turn.text) is not None or len(promised.clauses(turn.text)) > 1:
        return True
    if turn.intent == "payment":  # wants the link
        return False
    noted = "promised_on" in turn.state
    again = noted and (days.names(turn.text) if turn.intent == "other" else promised.changes(turn.text))
    return again or promised.says_when(turn.text)  # `mejor el martes`, `pago a vencida amanhã`


async def _links(turn: Turn, invoices: Sequence[Invoice]) -> list[tuple[str, str]]:
    """Where to pay: a link of the moment when it is asked for and can be had, else the invoice's own."""
    found = []
    for item in invoices:
        url = item.payment_url
        if turn.intent == "payment" and item.status != "disputed":
            with contextlib.suppress(OrkestaError):  # no provider, or it is away: then there is no link of the moment
                url = await turn.tools.payment_link("invoice", item.number)
        if url:
            found.append((item.number, url))
    return found


def owed_lines(invoices: Sequence[Invoice], locale: str) -> list[str]:
    """How much is owed in all, and a line for each of the oldest invoices."""
    rows = [
        say(locale, "invoice", number=item.number, due=item.due.text(locale), when=_when(item, locale))
        for item in invoices[:SHOWN]
    ]
    return [_intro(invoices, locale), *rows]


def _intro(invoices: Sequence[Invoice], locale: str) -> str:
    if len(invoices) == 1:
        return say(locale, "owes_one")
    totals: dict[str, Money] = {}
    for item in invoices:
        currency = item.due.currency
        totals[currency] = totals[currency] + item.due if currency in totals else item.due
    total = " + ".join(money.text(locale) for money in totals.values())
    return say(locale, "owes_many", count=len(invoices), total=total)


def _when(invoice: Invoice, locale: str) -> str:
    days = abs(invoice.days_overdue)
    key = "overdue" if invoice.days_overdue > 0 else "due_later" if days else "due_today"
    return say(
        locale, key, date=day(invoice.due_on, locale), days=days, unit=say(locale, "day" if days == 1 else "days")
    )
