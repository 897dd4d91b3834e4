"""Double-entry bookings: money only moves between accounts, and each transaction sums to zero."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.money import Money

# (account, customer or None, amount); credits of a customer are negative in no account: the sign is the direction.
Entry = tuple[str, int | None, Money]


async def book(
    connection: Any, tenant: str, transaction_id: str, entries: Sequence[Entry], *, at: datetime, memo: str = ""
) -> None:
    """Book one transaction; PostgreSQL refuses the commit unless its entries sum to zero per currency."""
    await connection.executemany(
        "INSERT INTO ledger_entries (tenant_id, transaction_id, account, customer_id, currency, amount_minor, memo, "
        "booked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (tenant, transaction_id, account, customer_id, amount.currency, amount.amount_minor, memo, at)
            for account, customer_id, amount in entries
        ],
    )


def minus(amount: Money) -> Money:
    """The other side of a booking."""
    return Money(-amount.amount_minor, amount.currency)


async def balances(connection: Any, tenant: str, customer_id: int) -> dict[str, list[Money]]:
    """What each account holds for a customer, one amount per currency."""
    rows = await connection.fetch(
        "SELECT account, currency, sum(amount_minor)::bigint AS minor FROM ledger_entries "
        "WHERE tenant_id = $1 AND customer_id = $2 GROUP BY account, currency ORDER BY account, currency",
        tenant,
        customer_id,
    )
    found: dict[str, list[Money]] = {}
    for row in rows:
        found.setdefault(row["account"], []).append(Money(row["minor"], row["currency"]))
    return found
