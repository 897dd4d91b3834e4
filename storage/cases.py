"""What people do after the sale: tickets, returns with their credit notes, withdrawals and holds; each is audited."""

from typing import Any

import asyncpg

from core.errors import Conflict, NotFound
from core.money import Money
from storage import audit, clocks, numbers, payouts
from storage.resources import Resources


async def tickets(
    resources: Resources, tenants: list[str] | None, *, status: str = "", most: int = 100
) -> list[dict[str, Any]]:
    """Tickets, the most urgent first among the open ones, then newest first."""
    return [dict(row) for row in await resources.pg.fetch(_TICKETS, tenants, status, most)]


async def returns(
    resources: Resources, tenants: list[str] | None, *, status: str = "", most: int = 100
) -> list[dict[str, Any]]:
    """Returns, newest first."""
    return [dict(row) for row in await resources.pg.fetch(_RETURNS, tenants, status, most)]


async def withdrawals(
    resources: Resources, tenants: list[str] | None, *, status: str = "", most: int = 100
) -> list[dict[str, Any]]:
    """Withdrawals of royalties, newest first."""
    return [dict(row) for row in await resources.pg.fetch(_WITHDRAWALS, tenants, status, most)]


async def close_ticket(resources: Resources, tenant: str, number: str, actor: str) -> None:
    """The case is solved; closing it again changes nothing. Raises NotFound."""
    async with resources.pg.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT 1 FROM tickets WHERE tenant_id = $1 AND number = $2", tenant, number):
            raise NotFound(f"there is no ticket {number}")
        closed = await connection.fetchval(_CLOSE, tenant, number, await clocks.within(connection, tenant))
        if closed:
            await audit.write(connection, tenant, actor, "ticket.closed", number)


async def credit_return(resources: Resources, tenant: str, number: str, actor: str) -> str:
    """The goods are back: issue the credit note and return its number. Raises NotFound, or Conflict when settled."""
    async with resources.pg.acquire() as connection, connection.transaction():
        await _authorised(connection, tenant, number)
        note = await numbers.take(connection, tenant, "credit_notes")
        try:
            await connection.execute(
                "SELECT credit_return($1, $2, $3, $4, $5)",
                tenant, number, note, actor, await clocks.within(connection, tenant),
            )  # fmt: skip
        except asyncpg.CheckViolationError as fault:
            raise Conflict(f"return {number} is settled") from fault
    return note


async def reject_return(resources: Resources, tenant: str, number: str, actor: str, reason: str) -> None:
    """The goods did not come, or not as they should: no credit. Raises NotFound, Conflict."""
    async with resources.pg.acquire() as connection, connection.transaction():
        await _authorised(connection, tenant, number)
        await connection.execute(_REJECT, tenant, number, await clocks.within(connection, tenant))
        await audit.write(connection, tenant, actor, "return.rejected", number, {"reason": reason})


async def pay_withdrawal(resources: Resources, tenant: str, number: str, actor: str, method: str) -> Money:
    """The money has left for the customer. Raises NotFound, Conflict."""
    async with resources.pg.acquire() as connection, connection.transaction():
        amount = await payouts.pay(connection, tenant, number, await clocks.within(connection, tenant), method)
        await audit.write(connection, tenant, actor, "withdrawal.paid", number, {"method": method})
    return amount


async def reverse_withdrawal(resources: Resources, tenant: str, number: str, actor: str, reason: str) -> Money:
    """The money goes back to the customer's balance. Raises NotFound, Conflict."""
    async with resources.pg.acquire() as connection, connection.transaction():
        amount = await payouts.reverse(connection, tenant, number, await clocks.within(connection, tenant), reason)
        await audit.write(connection, tenant, actor, "withdrawal.reversed", number, {"reason": reason})
    return amount


async def hold(resources: Resources, tenant: str, customer: int, amount: Money, actor: str, reason: str) -> str:
    """Keep part of a balance from being withdrawn; a negative amount lets it go. Raises Conflict."""
    async with resources.pg.acquire() as connection, connection.transaction():
        at = await clocks.within(connection, tenant)
        booked = await payouts.hold(connection, tenant, customer, amount, at, reason)
        detail = {"amount_minor": amount.amount_minor, "currency": amount.currency, "reason": reason}
        await audit.write(connection, tenant, actor, "royalties.hold", str(customer), detail)
    return booked


async def _authorised(connection: Any, tenant: str, number: str) -> None:
    status = await connection.fetchval(
        "SELECT status FROM returns WHERE tenant_id = $1 AND number = $2 FOR UPDATE", tenant, number
    )
    if status is None:
        raise NotFound(f"there is no return {number}")
    if status != "authorised":
        raise Conflict(f"return {number} is {status}")


_SCOPE = "($1::text[] IS NULL OR x.tenant_id = ANY ($1)) AND ($2 = '' OR x.status = $2)"
_TICKETS = f"""
SELECT x.tenant_id AS tenant, x.number, x.category, x.priority, x.status, x.summary, x.conversation_id, x.opened_at,
       x.closed_at, x.external_ref, u.name AS customer_name, (
         SELECT jsonb_object_agg(f.kind, f.status) FROM ticket_forwards f
         WHERE f.tenant_id = x.tenant_id AND f.number = x.number) AS forwarded
FROM tickets x JOIN customers u ON u.id = x.customer_id WHERE {_SCOPE}
ORDER BY x.status <> 'open', CASE WHEN x.status = 'open' THEN -x.priority END, x.opened_at DESC, x.number DESC LIMIT $3
"""
_RETURNS = f"""
SELECT x.tenant_id AS tenant, x.number, x.order_number, x.status, x.reason, x.currency, x.credit_minor AS amount_minor,
       x.credit_note, x.ticket_number, x.created_at, u.name AS customer_name
FROM returns x JOIN customers u ON u.id = x.customer_id WHERE {_SCOPE}
ORDER BY x.created_at DESC, x.number DESC LIMIT $3
"""
_WITHDRAWALS = f"""
SELECT x.tenant_id AS tenant, x.number, x.customer_id, x.amount_minor, x.currency, x.status, x.method, x.requested_at,
       u.name AS customer_name
FROM withdrawals x JOIN customers u ON u.id = x.customer_id WHERE {_SCOPE}
ORDER BY x.requested_at DESC, x.number DESC LIMIT $3
"""
_CLOSE = """
UPDATE tickets SET status = 'closed', closed_at = $3 WHERE tenant_id = $1 AND number = $2 AND status = 'open'
RETURNING number
"""
_REJECT = "UPDATE returns SET status = 'rejected', updated_at = $3 WHERE tenant_id = $1 AND number = $2"
