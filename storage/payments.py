"""Payments and their links as people read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import Conflict, Invalid, NotFound
from core.messages import Struct
from core.money import Money
from core.payment_facts import RECEIVED
from storage.resources import Resources


class Transaction(Struct):
    """One payment."""

    id: str
    tenant: str
    provider: str
    provider_id: str
    kind: str | None  # what it pays: invoice, order, quote
    number: str | None
    customer_id: int | None
    customer: str | None
    status: str
    method: str
    amount: Money
    refunded: Money
    lost: Money
    created_at: datetime
    updated_at: datetime


async def transactions(
    resources: Resources, tenants: Sequence[str] | None, *, status: str = "", number: str = "",
    before: datetime | None = None, most: int = 100,
) -> list[Transaction]:  # fmt: skip
    """Payments of these tenants (None: of all), newest first."""
    rows = await resources.pg.fetch(
        """SELECT p.*, u.name AS customer FROM payments p LEFT JOIN customers u ON u.id = p.customer_id
           WHERE ($1::text[] IS NULL OR p.tenant_id = ANY ($1)) AND $2 IN ('', p.status)
             AND ($3 = '' OR $3 IN (p.invoice_number, p.order_number, p.quote_number, p.provider_id))
             AND ($4::timestamptz IS NULL OR p.created_at < $4)
           ORDER BY p.created_at DESC, p.id LIMIT $5""",
        None if tenants is None else list(tenants), status, number, before, most,
    )  # fmt: skip
    return [_transaction(row) for row in rows]


def _transaction(row: Any) -> Transaction:
    named = {kind: row[f"{kind}_number"] for kind in ("invoice", "order", "quote") if row[f"{kind}_number"]}
    kind, number = next(iter(named.items()), (None, None))
    currency = row["currency"]
    return Transaction(
        id=row["id"], tenant=row["tenant_id"], provider=row["provider"], provider_id=row["provider_id"], kind=kind,
        number=number, customer_id=row["customer_id"], customer=row["customer"], status=row["status"],
        method=row["method"], amount=Money(row["amount_minor"], currency),
        refunded=Money(row["refunded_minor"], currency), lost=Money(row["lost_minor"], currency),
        created_at=row["created_at"], updated_at=row["updated_at"],
    )  # fmt: skip


async def refundable(resources: Resources, tenant: str, payment_id: str, part: int | None) -> tuple[Transaction, Money]:
    """One payment and how much of it is to go back: a part in minor units, or all that is left.

    Raises NotFound, Conflict (nothing is left, or it never came), or Invalid.
    """
    row = await resources.pg.fetchrow(
        """SELECT p.*, u.name AS customer FROM payments p LEFT JOIN customers u ON u.id = p.customer_id
           WHERE p.tenant_id = $1 AND $2 IN (p.id, p.provider_id)""",
        tenant, payment_id,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"there is no payment {payment_id}")
    left = row["amount_minor"] - row["refunded_minor"] - row["lost_minor"]
    if row["rank"] < RECEIVED or left <= 0:
        raise Conflict(f"payment {payment_id} is {row['status']}: nothing can be refunded", code="nothing_to_refund")
    if part is not None and not 0 < part <= left:
        raise Invalid(f"amount_minor: {part} is not from 1 to the {left} that are left")
    return _transaction(row), Money(part or left, row["currency"])


class Trace(Struct):
    """What one event left behind: how often it is stored, and what its payment came to."""

    stored: int
    waiting: int
    payments: int
    bookings: int
    receipts: int


async def trace(resources: Resources, tenant: str, event_id: str, payment_id: str) -> Trace:
    """Count the traces of one event and one payment; `payment_id` is the provider's."""
    row = await resources.pg.fetchrow(
        """
        WITH paid AS (
          SELECT * FROM payments WHERE tenant_id = $1 AND provider_id = $3
        )
        SELECT (SELECT count(*) FROM webhook_events WHERE tenant_id = $1 AND event_id = $2) AS stored,
          (SELECT count(*) FROM webhook_events
             WHERE tenant_id = $1 AND event_id = $2 AND due_at IS NOT NULL) AS waiting,
          (SELECT count(*) FROM paid) AS payments,
          (SELECT coalesce(sum(b.bookings), 0) FROM payment_books b JOIN paid p ON b.tenant_id = p.tenant_id
             AND b.number = coalesce(p.invoice_number, p.order_number, p.quote_number)) AS bookings,
          (SELECT count(*) FROM paid p WHERE p.detail->'said' ? 'receipt') AS receipts
        """,
        tenant, event_id, payment_id,
    )  # fmt: skip
    return Trace(**{name: int(value) for name, value in dict(row).items()})


async def debt(resources: Resources, tenant: str, kind: str, number: str) -> tuple[str, Money]:
    """The number as it is written, and what remains to be paid (the total when nothing does); raises NotFound."""
    tables = {"invoice": "total_minor - paid_minor", "order": "total_minor", "quote": "total_minor"}
    if kind not in tables:
        raise NotFound(f"{kind!r}: a payment is for an invoice, a quote or an order")
    row = await resources.pg.fetchrow(
        f"SELECT number, currency, total_minor, {tables[kind]} AS minor FROM {kind}s "
        "WHERE tenant_id = $1 AND lower(number) = lower($2) LIMIT 1",
        tenant, number,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"there is no {kind} {number}")
    return row["number"], Money(row["minor"] if row["minor"] > 0 else row["total_minor"], row["currency"])
