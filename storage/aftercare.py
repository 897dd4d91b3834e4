"""What a turn does after the sale: tickets and return authorisations. Read from rows, written only with the turn."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from core import returned
from core.conversation import Write
from core.errors import NotFound
from core.money import Money
from core.records import Back, Order, Returnable, ReturnStep, Ticket
from storage import numbers, orders
from storage.resources import Resources


class Limits(NamedTuple):
    """What an agent may authorise by itself; the tenant's setting `return_limits` may say otherwise."""

    days: int = 30  # since the order was to arrive, or was placed when nobody knows
    amount: Decimal = Decimal(2000)  # of one return, in the tenant's currency
    credit: Decimal = Decimal(0)  # up to here the credit note is issued at once, and the goods stay where they are
    returns: int = 3  # returns of one customer within 90 days
    conditions: Mapping[str, str] = {}  # by language: what a customer confirms with a return
    zone: str = "UTC"
    locale: str = ""


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

    async def returnable(self, order: str, locale: str) -> Returnable:
        """What of an order is in returns already, and what a customer is to know before another. Raises NotFound."""
        async with self._resources.tenant_reader(self._tenant) as connection:
            found = await self._order(connection, order)
            limits = await limits_of(connection, self._tenant)
            backs = await _backs(connection, self._tenant, found)
        said = limits.conditions
        return Returnable(
            backs=tuple(backs), days=limits.days, late=self._late(found, limits),
            conditions=said.get(locale) or said.get(limits.locale, ""),
        )  # fmt: skip

    async def ask_return(
        self, order: str, lines: Sequence[int], why: str, summary: str, pieces: Sequence[Decimal] = ()
    ) -> ReturnStep:
        """Authorise a return within the tenant's limits, else open a ticket for a person. Raises NotFound."""
        now = self._now()
        async with self._resources.tenant_reader(self._tenant) as connection:
            found = await self._order(connection, order)
            wanted = _wanted(found, lines, pieces)
            limits = await limits_of(connection, self._tenant)
            backs = await _backs(connection, self._tenant, found)
            if any(some > returned.left(found.lines[line], backs[line]) for line, some in wanted.items()):
                if known := await _known(connection, self._tenant, found.number, lines):
                    return known
                raise NotFound(f"order {order} has not so many pieces")
            amount = returned.amount(found, backs, wanted)
            state = await self._judged(connection, found, amount, limits, now)
            ticket = await self._ticket(connection, "return", summary, 6)
            if state not in ("authorised", "credited"):
                return ReturnStep(state=state, amount=amount, ticket=ticket.number, days=limits.days)
            number = await numbers.take(connection, self._tenant, "returns")
            note = await numbers.take(connection, self._tenant, "credit_notes") if state == "credited" else ""
        credits = [returned.credit(found.lines[line], backs[line], some) for line, some in wanted.items()]
        self._writes.append(Write(kind="return", data={
            "number": number, "order": found.number, "lines": list(wanted), "why": why, "credit_note": note,
            "pieces": [str(some) for some in wanted.values()], "credits": credits,
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
        if self._late(order, limits):
            return "late"
        if amount > Money.of(limits.amount, amount.currency):
            return "over_limit"
        if await connection.fetchval(_RECENT, self._tenant, self._customer, now) >= limits.returns:
            return "too_many"
        return "credited" if amount <= Money.of(limits.credit, amount.currency) else "authorised"

    async def _order(self, connection: Any, number: str) -> Order:
        found = await orders.of_customer(connection, self._tenant, self._customer, number)
        if not found:
            raise NotFound(f"there is no order {number} of this customer")
        return found[0]

    def _late(self, order: Order, limits: Limits) -> bool:
        today = self._now().astimezone(ZoneInfo(limits.zone)).date()
        return _arrived(order) < today - timedelta(days=limits.days)

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
    row = await connection.fetchrow(_LIMITS, tenant)
    said, usual = (row["said"] or {}) if row else {}, Limits()
    return Limits(
        days=int(said.get("days", usual.days)), amount=Decimal(str(said.get("amount", usual.amount))),
        credit=Decimal(str(said.get("credit", usual.credit))), returns=int(said.get("count", usual.returns)),
        conditions=said.get("conditions", usual.conditions), zone=row["timezone"] if row else usual.zone,
        locale=row["locale"] if row else usual.locale,
    )  # fmt: skip


def _arrived(order: Order) -> date:
    """The day from which a return's days count: the day that the order was to arrive on."""
    return max(order.placed_on, order.eta) if order.eta else order.placed_on


def _wanted(order: Order, lines: Sequence[int], pieces: Sequence[Decimal]) -> dict[int, Decimal]:
    """The pieces of each line, as many as were bought where it is not said. Raises NotFound."""
    places = range(len(order.lines))
    if not lines or any(line not in places for line in lines) or (pieces and len(pieces) != len(lines)):
        raise NotFound(f"order {order.number} has no such lines")
    some = dict(zip(lines, pieces or [order.lines[line].quantity for line in lines], strict=True))
    if any(each <= 0 for each in some.values()):
        raise NotFound("nothing is to be returned")
    return dict(sorted(some.items()))


async def _backs(connection: Any, tenant: str, order: Order) -> list[Back]:
    """What of each line is in returns that were not rejected; one written before pieces were kept is of whole lines."""
    backs = [Back() for _ in order.lines]
    for row in await connection.fetch(_IN_RETURNS, tenant, order.number):
        for place, line in enumerate(row["lines"]):
            if line >= len(backs):
                continue  # an order of whose lines some are gone
            some = row["pieces"][place] if row["pieces"] else order.lines[line].quantity
            credited = row["credits"][place] if row["credits"] else order.lines[line].total.amount_minor
            backs[line] = Back(
                pieces=backs[line].pieces + some, credit_minor=backs[line].credit_minor + credited
            )
    return backs


async def _known(connection: Any, tenant: str, order: str, lines: Sequence[int]) -> ReturnStep | None:
    row = await connection.fetchrow(_OPEN, tenant, order, list(lines))
    if row is None:
        return None
    return ReturnStep(
        state="known", number=row["number"], amount=Money(row["credit_minor"], row["currency"]),
        ticket=row["ticket_number"] or "", credit_note=row["credit_note"] or "",
    )  # fmt: skip


_LIMITS = "SELECT settings->'return_limits' AS said, timezone, locale FROM tenants WHERE id = $1"
_IN_RETURNS = """
SELECT lines, pieces, credits FROM returns WHERE tenant_id = $1 AND order_number = $2 AND status <> 'rejected'
"""
_OPEN = """
SELECT number, credit_minor, currency, ticket_number, credit_note FROM returns
WHERE tenant_id = $1 AND order_number = $2 AND status <> 'rejected' AND lines && $3::int[]
ORDER BY created_at DESC, number DESC LIMIT 1
"""
_LAST = """
SELECT number, status, credit_minor, currency, ticket_number, credit_note FROM returns
WHERE tenant_id = $1 AND customer_id = $2 ORDER BY created_at DESC, number DESC LIMIT 3
"""
_RECENT = """
SELECT count(*) FROM returns
WHERE tenant_id = $1 AND customer_id = $2 AND status <> 'rejected' AND created_at > $3::timestamptz - interval '90 days'
"""
