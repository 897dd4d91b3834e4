"""What people do with withdrawals and balances: pay out, give back, hold; each a booking that sums to zero."""

import uuid
from datetime import datetime
from typing import Any

from core.errors import Conflict, NotFound
from core.money import Money
from storage import ledger, royalties


async def pay(connection: Any, tenant: str, number: str, now: datetime, method: str = "transfer") -> Money:
    """The money has left: book it out. Raises NotFound, or Conflict when it was not waiting to be paid."""
    row = await _locked(connection, tenant, number, ("requested",))
    amount = Money(row["amount_minor"], row["currency"])
    entries = ((royalties.ASKED_OUT, row["customer_id"], ledger.minus(amount)), (royalties.PAID_OUT, None, amount))
    await ledger.book(connection, tenant, f"withdrawal:{number}:paid", entries, at=now, memo=method)
    await connection.execute(_MOVE, tenant, number, "paid", method, now)
    return amount


async def reverse(connection: Any, tenant: str, number: str, now: datetime, reason: str) -> Money:
    """Give the money back to the customer's balance, before or after it was paid (a bounced transfer)."""
    row = await _locked(connection, tenant, number, ("requested", "paid"))
    amount = Money(row["amount_minor"], row["currency"])
    source = (royalties.PAID_OUT, None) if row["status"] == "paid" else (royalties.ASKED_OUT, row["customer_id"])
    entries = ((*source, ledger.minus(amount)), (royalties.AVAILABLE, row["customer_id"], amount))
    await ledger.book(connection, tenant, f"withdrawal:{number}:reversed", entries, at=now, memo=reason)
    await connection.execute(_MOVE, tenant, number, "reversed", reason, now)
    return amount


async def hold(connection: Any, tenant: str, customer_id: int, amount: Money, now: datetime, reason: str) -> str:
    """Keep part of a balance from being withdrawn; a negative amount lets it go again. Raises Conflict."""
    await connection.execute(_LOCK, f"withdrawal:{tenant}:{customer_id}")
    balance = await royalties.balance(connection, tenant, customer_id)
    if balance is None or amount > balance.available or ledger.minus(amount) > balance.on_hold:
        raise Conflict("there is not so much to hold or to let go")
    transaction = f"hold:{uuid.uuid4().hex}"
    entries = ((royalties.AVAILABLE, customer_id, ledger.minus(amount)), (royalties.ON_HOLD, customer_id, amount))
    await ledger.book(connection, tenant, transaction, entries, at=now, memo=reason)
    return transaction


async def listed(connection: Any, tenant: str, most: int = 100) -> list[dict[str, Any]]:
    """The tenant's withdrawals, newest first."""
    rows = await connection.fetch(
        "SELECT number, customer_id, amount_minor, currency, status, method, requested_at FROM withdrawals "
        "WHERE tenant_id = $1 ORDER BY requested_at DESC, number DESC LIMIT $2",
        tenant, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def _locked(connection: Any, tenant: str, number: str, allowed: tuple[str, ...]) -> Any:
    row = await connection.fetchrow(
        "SELECT * FROM withdrawals WHERE tenant_id = $1 AND number = $2 FOR UPDATE", tenant, number
    )
    if row is None:
        raise NotFound(f"there is no withdrawal {number}")
    if row["status"] not in allowed:
        raise Conflict(f"withdrawal {number} is {row['status']}")
    return row


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_MOVE = "UPDATE withdrawals SET status = $3, method = $4, updated_at = $5 WHERE tenant_id = $1 AND number = $2"
