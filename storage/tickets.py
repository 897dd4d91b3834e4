"""Support tickets: opened once per problem, listed for their customer."""

from datetime import datetime
from typing import Any

from core.records import Ticket


async def open_ticket(
    connection: Any, tenant: str, customer_id: int, *, category: str, summary: str, now: datetime, priority: int = 5,
    conversation_id: str | None = None,
) -> Ticket:  # fmt: skip
    """Open a ticket and give it the tenant's next number, such as `T-1042`."""
    # The lock gives two tickets opened at once two numbers; it ends with the transaction.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('tickets:' || $1, 0))", tenant)
    row = await connection.fetchrow(
        _OPEN, tenant, customer_id, category, summary, now, priority, conversation_id
    )
    return _ticket(row)


async def of_customer(connection: Any, tenant: str, customer_id: int, limit: int = 10) -> list[Ticket]:
    """The customer's newest tickets."""
    rows = await connection.fetch(
        "SELECT number, category, status, opened_at FROM tickets WHERE tenant_id = $1 AND customer_id = $2 "
        "ORDER BY opened_at DESC, number DESC LIMIT $3",
        tenant, customer_id, limit,
    )  # fmt: skip
    return [_ticket(row) for row in rows]


def _ticket(row: Any) -> Ticket:
    return Ticket(number=row["number"], category=row["category"], status=row["status"], opened_at=row["opened_at"])


_OPEN = """
INSERT INTO tickets (tenant_id, number, customer_id, category, summary, opened_at, priority, conversation_id)
SELECT $1::text, 'T-' || (1 + coalesce(max(substring(number FROM '[0-9]+')::int), 1000)), $2, $3, $4, $5, $6, $7
FROM tickets WHERE tenant_id = $1::text
RETURNING number, category, status, opened_at
"""
