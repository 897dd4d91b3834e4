"""What a turn does after the sale: tickets and return authorisations. Read from rows, written only with the turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from core.conversation import Write
from core.errors import NotFound
from core.money import Money
from core.records import Order, ReturnStep, Ticket
from storage import numbers, orders
from storage.resources import Resources


class Limits(NamedTuple):
    """What an agent may authorise by itself; the tenant's setting `return_limits` may say otherwise."""

    days: int = 30  # since the order was placed
    amount: Decimal = Decimal(2000)  # of one return, in the tenant's currency
    credit: Decimal = Decimal(0)  # up to here the credit note is issued at once, and the goods stay where they are
    returns: int = 3  # returns of one customer within 90 days


class Aftercare:
    """One turn's tickets and returns of one customer; `writes` is the turn's."""

    def __init__(
        self, resources: Resources, tenant: str, customer: int, conversation: str, writes: list[Write]
    ) -> None:
        self._resources, self._tenant, self._customer = resources, tenant, customer
        self._conversation, self._writes = conversation, writes

    async def open_ticket(self, category: str, summary: str, priority: int) -> Ticket:
        """Open a ticket with the turn."""
        async with self._resources.tenant_reader(self._tenant) as connection:
            return await self._ticket(connection, category, summary, priority)

    async def ask_return(self, order: str, lines: Sequence[int], why: str, summary: str) -> ReturnStep:
        """Authorise a return within the tenant's limits, else open a ticket for a person. Raises NotFound."""
        now = self._now()
        async with self._resources.tenant_reader(self._tenant) as connection:
            found = await orders.of_customer(connection, self._tenant, self._customer, order)
            if not found or any(line not in range(len(found[0].lines)) for line in lines):
                raise NotFound(f"there is no order {order} of this customer with these lines")
            limits = await limits_of(connection, self._tenant)
            if known := await _known(connection, self._tenant, found[0].number, lines):
                return known
            amount = _sum(found[0], lines)
            state = await self._judged(connection, found[0], amount, limits, now)
            ticket = await self._ticket(connection, "return", summary, 6)
            if state not in ("authorised", "credited"):
                return ReturnStep(state=state, amount=amount, ticket=ticket.number, days=limits.days)
            number = await numbers.take(connection, self._tenant, "returns")
            note = await numbers.take(connection, self._tenant, "credit_notes") if state == "credited" else ""
        self._writes.append(Write(kind="return", data={
            "number": number, "order": found[0].number, "lines": sorted(set(lines)), "why": why, "credit_note": note,
            "ticket": ticket.number, "currency": amount.currency, "amount": amount.amount_minor, "at": now,
        }))  # fmt: skip
        return ReturnStep(
            state=state, number=number, amount=amount, ticket=ticket.number, credit_note=note, days=limits.days
        )

    async def returns(self) -> list[ReturnStep]:
        """This customer's last returns, newest first, as they stand."""
        async with self._resources.tenant_reader(self._tenant) as connection:
            rows = await connection.fetch(_LAST, self._tenant, self._customer)
        return [
            ReturnStep(
                state=row["status"], number=row["number"], amount=Money(row["credit_minor"], row["currency"]),
                ticket=row["ticket_number"] or "", credit_note=row["credit_note"] or "",
            )
            for row in rows
        ]  # fmt: skip

    async def _judged(self, connection: Any, order: Order, amount: Money, limits: Limits, now: datetime) -> Any:
        if order.placed_on < now.date() - timedelta(days=limits.days):
            return "late"
        if amount > Money.of(limits.amount, amount.currency):
            return "over_limit"
        if await connection.fetchval(_RECENT, self._tenant, self._customer, now) >= limits.returns:
            return "too_many"
        return "credited" if amount <= Money.of(limits.credit, amount.currency) else "authorised"

    async def _ticket(self, connection: Any, category: str, summary: str, priority: int) -> Ticket:
        number, now = await numbers.take(connection, self._tenant, "tickets"), self._now()
        data = {"number": number, "category": category, "priority": priority, "summary": summary, "at": now}
        self._writes.append(Write(kind="ticket", data=data))
        return Ticket(
            number=number, category=category, status="open", opened_at=now, priority=priority, summary=summary
        )

    def _now(self) -> datetime:
        return self._resources.clock.now(self._tenant)


async def limits_of(connection: Any, tenant: str) -> Limits:
    """What this tenant lets its agents authorise."""
    said = await connection.fetchval("SELECT settings->'return_limits' FROM tenants WHERE id = $1", tenant) or {}
    usual = Limits()
    return Limits(
        days=int(said.get("days", usual.days)), amount=Decimal(str(said.get("amount", usual.amount))),
        credit=Decimal(str(said.get("credit", usual.credit))), returns=int(said.get("count", usual.returns)),
    )  # fmt: skip


def _sum(order: Order, lines: Sequence[int]) -> Money:
    if len(set(lines)) == len(order.lines):
        return order.total
    return Money(sum(order.lines[line].total.amount_minor for line in set(lines)), order.total.currency)


async def _known(connection: Any, tenant: str, order: str, lines: Sequence[int]) -> ReturnStep | None:
    row = await connection.fetchrow(_OPEN, tenant, order, list(lines))
    if row is None:
        return None
    return ReturnStep(
        state="known", number=row["number"], amount=Money(row["credit_minor"], row["currency"]),
        ticket=row["ticket_number"] or "", credit_note=row["credit_note"] or "",
    )  # fmt: skip


_OPEN = """
SELECT number, credit_minor, currency, ticket_number, credit_note FROM returns
WHERE tenant_id = $1 AND order_number = $2 AND status <> 'rejected' AND lines && $3::int[] LIMIT 1
"""
_LAST = """
SELECT number, status, credit_minor, currency, ticket_number, credit_note FROM returns
WHERE tenant_id = $1 AND customer_id = $2 ORDER BY created_at DESC, number DESC LIMIT 3
"""
_RECENT = """
SELECT count(*) FROM returns
WHERE tenant_id = $1 AND customer_id = $2 AND status <> 'rejected' AND created_at > $3::timestamptz - interval '90 days'
"""
