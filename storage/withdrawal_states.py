"""How a customer's withdrawals stand: the one that waits for a code in this conversation, and confirmed ones."""

from datetime import datetime
from typing import Any

from core.money import Money
from core.records import WithdrawalState

_MOST = 3
# A code's status as its customer understands it; a used one is a confirmed withdrawal, told by its own row.
_ASKED = {"open": "code", "wrong": "refused", "replaced": "left"}


async def of_customer(
    connection: Any, tenant: str, customer_id: int, conversation: str, *, now: datetime, number: str | None = None
) -> list[WithdrawalState]:
    """The newest ones, or the one of this number; one that was not confirmed only while none is newer."""
    confirmed = await connection.fetch(_CONFIRMED, tenant, customer_id, number, _MOST)
    found = [
        WithdrawalState(
            state=row["status"], number=row["number"], amount=Money(row["amount_minor"], row["currency"]),
            at=row["requested_at"] if row["status"] == "requested" else row["updated_at"],
        )
        for row in confirmed
    ]  # fmt: skip
    asked = None if number else await connection.fetchrow(_NEWEST, tenant, customer_id, conversation)
    if asked is None or asked["status"] not in _ASKED:
        return found
    if confirmed and confirmed[0]["requested_at"] > asked["created_at"]:
        return found
    return [_unconfirmed(asked, now), *found]


def _unconfirmed(asked: Any, now: datetime) -> WithdrawalState:
    late = asked["status"] == "open" and asked["expires_at"] <= now
    state: Any = "expired" if late else _ASKED[asked["status"]]
    return WithdrawalState(
        state=state, amount=Money(asked["amount_minor"], asked["currency"]), sent_to=asked["sent_to"],
        at=asked["expires_at"] if state in ("code", "expired") else asked["created_at"],
    )  # fmt: skip


_CONFIRMED = """
SELECT number, amount_minor, currency, status, requested_at, updated_at FROM withdrawals
WHERE tenant_id = $1 AND customer_id = $2 AND number = coalesce($3, number)
ORDER BY requested_at DESC, number DESC LIMIT $4
"""
_NEWEST = """
SELECT status, amount_minor, currency, sent_to, created_at, expires_at FROM withdrawal_codes
WHERE tenant_id = $1 AND customer_id = $2 AND conversation_id = $3
ORDER BY created_at DESC, status = 'open' DESC LIMIT 1
"""
