"""A tenant's rows for its own people, streamed: what a table program or a script reads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Invalid
from core.money import Money
from core.records import Tenant
from storage.resources import Resources

_PREFETCH = 1000
# Each query takes tenant, since and until. An amount `x_minor` beside `currency` becomes the money `x`.
QUERIES = {
    "conversations": """
        SELECT c.id, c.channel, c.account_id AS account, c.peer, c.customer_id, u.name AS customer, c.mode, c.held_by,
               c.agent, c.locale, c.last_seq AS messages, c.last_message_at, c.created_at
        FROM conversations c LEFT JOIN customers u ON u.id = c.customer_id
        WHERE c.tenant_id = $1 AND ($2::timestamptz IS NULL OR c.last_message_at >= $2)
          AND ($3::timestamptz IS NULL OR c.last_message_at < $3)
        ORDER BY c.last_message_at DESC, c.id""",
    "messages": """
        SELECT m.id, m.conversation_id, m.seq, m.direction, m.author, m.kind, m.text, m.status, m.reason,
               m.provider_message_id, m.created_at, m.sent_at
        FROM messages m
        WHERE m.tenant_id = $1 AND ($2::timestamptz IS NULL OR m.created_at >= $2)
          AND ($3::timestamptz IS NULL OR m.created_at < $3)
        ORDER BY m.id""",
    "customers": """
        SELECT c.id, c.name, c.locale, c.profile, c.created_at,
               (SELECT array_agg(i.kind || ':' || i.value ORDER BY i.kind, i.value) FROM customer_identities i
                WHERE i.tenant_id = c.tenant_id AND i.customer_id = c.id) AS identities
        FROM customers c
        WHERE c.tenant_id = $1 AND ($2::timestamptz IS NULL OR c.created_at >= $2)
          AND ($3::timestamptz IS NULL OR c.created_at < $3)
        ORDER BY c.id""",
    "catalog": """
        SELECT sku, name, price_minor, currency, unit, stock, brand, category, aliases, attributes, active, updated_at
        FROM catalog_items
        WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR updated_at >= $2)
          AND ($3::timestamptz IS NULL OR updated_at < $3)
        ORDER BY sku""",
    "invoices": """
        SELECT i.number, i.customer_id, u.name AS customer, i.order_number, i.status, i.total_minor, i.paid_minor,
               i.currency, i.issued_on, i.due_on, i.promised_for, i.updated_at
        FROM invoices i LEFT JOIN customers u ON u.id = i.customer_id
        WHERE i.tenant_id = $1 AND ($2::date IS NULL OR i.issued_on >= $2) AND ($3::date IS NULL OR i.issued_on < $3)
        ORDER BY i.issued_on, i.number""",
}
_DATED = frozenset({"invoices"})  # counted by the tenant's days, not by moments


@asynccontextmanager
async def opened(
    resources: Resources, tenant: Tenant, what: str, *, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[tuple[list[str], AsyncIterator[dict[str, Any]]]]:
    """Give the column names, and the rows from `since` to before `until` as they are at one moment.

    Raises Invalid for what cannot be exported.
    """
    if what not in QUERIES:
        raise Invalid(f"{what!r} cannot be exported: choose {', '.join(QUERIES)}")
    limits = [_day(limit, tenant) if what in _DATED else limit for limit in (since, until)]
    async with resources.tenant_connection(tenant.id) as connection:
        query = await connection.prepare(QUERIES[what])
        names = [column.name.removesuffix("_minor") for column in query.get_attributes()]
        found = query.cursor(tenant.id, *limits, prefetch=_PREFETCH)
        yield names, (_with_money(dict(row)) async for row in found)


def _day(limit: datetime | None, tenant: Tenant) -> date | None:
    return limit.astimezone(ZoneInfo(tenant.timezone)).date() if limit else None


def _with_money(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_minor"): Money(value, row["currency"]) if name.endswith("_minor") else value
        for name, value in row.items()
    }
