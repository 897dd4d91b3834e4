"""A customer's orders: what was bought, where it is, when it comes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from core import returned
from core.money import Money
from core.records import Order, OrderLine
from storage.catalog import sku_key


async def of_customer(
    connection: Any, tenant: str, customer_id: int, number: str | None = None, limit: int = 10
) -> list[Order]:
    """The customer's newest orders, or the one whose number is meant (`a-1021`, `A1021` and `1021` are one)."""
    rows = await connection.fetch(_ORDERS, tenant, customer_id, sku_key(number) if number else None, limit)
    return [
        Order(
            number=row["number"], status=row["status"], total=Money(row["total_minor"], row["currency"]),
            placed_on=row["placed_on"], tracking=row["tracking"], eta=row["eta"], items=tuple(row["items"]),
            lines=tuple(_lines(row)),
        )
        for row in rows
    ]  # fmt: skip


def _lines(row: Any) -> Iterator[OrderLine]:
    """Each line with its part of the order's total: items are kept without tax, the total with it."""
    grosses = returned.shares(row["total_minor"], [line["total"] for line in row["lines"]])
    for line, gross in zip(row["lines"], grosses, strict=True):
        yield OrderLine(
            name=line["name"], quantity=Decimal(line["quantity"]), total=Money(gross, row["currency"])
        )


# The date is the tenant's: an order placed late in the evening is not of the next day.
_ORDERS = """
SELECT o.number, o.status, o.currency, o.total_minor, o.eta,
  CASE WHEN o.carrier IS NULL THEN o.tracking ELSE o.carrier || ' ' || o.tracking END AS tracking,
  (o.placed_at AT TIME ZONE t.timezone)::date AS placed_on,
  ARRAY(SELECT trim_scale(i.quantity) || ' x ' || i.name FROM order_items i
        WHERE i.tenant_id = o.tenant_id AND i.number = o.number ORDER BY i.line) AS items,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', i.name, 'quantity', i.quantity::text, 'total', i.total_minor)
     ORDER BY i.line), '[]') FROM order_items i WHERE i.tenant_id = o.tenant_id AND i.number = o.number) AS lines
FROM orders o JOIN tenants t ON t.id = o.tenant_id
WHERE o.tenant_id = $1 AND o.customer_id = $2
  AND ($3::text IS NULL OR regexp_replace(lower(o.number), '[^a-z0-9]', '', 'g') = $3
       OR regexp_replace(o.number, '[^0-9]', '', 'g') = $3)
ORDER BY o.placed_at DESC, o.number DESC LIMIT $4
"""
