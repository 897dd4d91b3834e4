"""A customer's invoices: what remains to pay and how late it is, by the tenant's own date."""

from datetime import datetime
from typing import Any

from core.money import Money
from core.records import Invoice


async def unpaid(connection: Any, tenant: str, customer_id: int, now: datetime) -> list[Invoice]:
    """Invoices with something still to pay, the most overdue first; `now` is the tenant's time from the clock."""
    rows = await connection.fetch(_UNPAID, tenant, customer_id, now)
    return [
        Invoice(
            number=row["number"], status="overdue" if row["days_overdue"] > 0 else row["status"],
            total=Money(row["total_minor"], row["currency"]), due=Money(row["due_minor"], row["currency"]),
            due_on=row["due_on"], days_overdue=row["days_overdue"], payment_url=row["payment_url"],
        )
        for row in rows
    ]  # fmt: skip


_UNPAID = """
SELECT i.number, i.status, i.currency, i.total_minor, i.total_minor - i.paid_minor AS due_minor, i.due_on,
  i.payment_url, ($3::timestamptz AT TIME ZONE t.timezone)::date - i.due_on AS days_overdue
FROM invoices i JOIN tenants t ON t.id = i.tenant_id
WHERE i.tenant_id = $1 AND i.customer_id = $2 AND i.status IN ('open', 'partially_paid', 'disputed')
  AND i.paid_minor < i.total_minor
ORDER BY i.due_on, i.number
"""
