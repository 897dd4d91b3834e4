"""Quotes as rows: the open one of a conversation, one by its number; and what a turn writes to make or change one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.conversation import Write
from core.errors import NotFound
from core.money import Money
from core.records import Product, Quote, QuoteLine, QuoteTotal
from storage import numbers, quotes

VALID_DAYS = 15  # unless the tenant's settings say `quote_days`
_OPEN = ("draft", "sent")


async def open_of(connection: Any, tenant: str, conversation: str, now: datetime) -> Quote | None:
    """The newest quote of a conversation, unless it is settled; one whose day has passed is `expired`."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE q.tenant_id = $1 AND q.conversation_id = $2 "
        "ORDER BY q.created_at DESC, q.number DESC, q.version DESC LIMIT 1",
        tenant, conversation,
    )  # fmt: skip
    found = _quote(row, now) if row else None
    return found if found and found.status in (*_OPEN, "expired") else None


async def get(connection: Any, tenant: str, number: str, version: int | None, now: datetime) -> tuple[Quote, str, int]:
    """One version of a quote, or its newest, with its customer's name and id; raises NotFound."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE q.tenant_id = $1 AND q.number = $2 AND ($3::int IS NULL OR q.version = $3) "
        "ORDER BY q.version DESC LIMIT 1",
        tenant, number, version,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"there is no quote {number}")
    return _quote(row, now), row["customer"] or "", row["customer_id"]


async def of_tenant(
    connection: Any, tenant: str, now: datetime, *, conversation: str | None = None, most: int = 50
) -> list[tuple[Quote, str, str | None]]:
    """The newest quotes with their customers' names and conversations, every version."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE q.tenant_id = $1 AND ($2::text IS NULL OR q.conversation_id = $2) "
        "ORDER BY q.created_at DESC, q.number DESC, q.version DESC LIMIT $3",
        tenant, conversation, most,
    )  # fmt: skip
    return [(_quote(row, now), row["customer"] or "", row["conversation_id"]) for row in rows]


async def new_version(
    connection: Any, tenant: str, before: Quote | None, lines: Sequence[tuple[str, Decimal]], extra: Decimal,
    now: datetime,
) -> Quote:  # fmt: skip
    """Price the lines as the next version of `before`, or as a new quote; nothing is written."""
    sums = await quotes.total(connection, tenant, lines, extra)
    terms = await connection.fetchrow(
        "SELECT timezone, coalesce((settings->>'quote_days')::int, $2) AS days FROM tenants WHERE id = $1",
        tenant, VALID_DAYS,
    )  # fmt: skip
    today = now.astimezone(ZoneInfo(terms["timezone"])).date()
    return Quote(
        number=before.number if before else await numbers.take(connection, tenant, "quotes"),
        version=before.version + 1 if before else 1, status="sent", sums=sums, extra=extra,
        created_on=today, valid_until=today + timedelta(days=terms["days"]),
    )  # fmt: skip


def written(quote: Quote, now: datetime) -> Write:
    """What the turn writes for it (storage/sql/function_write_quote.sql)."""
    sums = quote.sums
    lines = [
        {
            "line": at, "sku": line.product.sku, "name": line.product.name, "unit": line.product.unit,
            "quantity": line.quantity, "price": line.product.price.amount_minor,
            "discount": line.discount.amount_minor if line.discount else 0, "total": line.total.amount_minor,
        }
        for at, line in enumerate(sums.lines, 1)
    ]  # fmt: skip
    return Write(kind="quote", data={
        "number": quote.number, "version": quote.version, "status": quote.status, "currency": sums.total.currency,
        "subtotal": sums.subtotal.amount_minor, "discount": sums.discount.amount_minor, "extra": quote.extra,
        "tax_rate": sums.tax_rate, "tax": sums.tax.amount_minor, "total": sums.total.amount_minor,
        "valid_until": quote.valid_until, "at": now, "lines": lines,
    })  # fmt: skip


def _quote(row: Any, now: datetime) -> Quote:
    currency, today = row["currency"], now.astimezone(ZoneInfo(row["timezone"])).date()
    valid_until: date = row["valid_until"] or today
    expired = row["status"] in _OPEN and valid_until < today
    return Quote(
        number=row["number"], version=row["version"], status="expired" if expired else row["status"],
        sums=_sums(row, currency), created_on=row["created_at"].astimezone(ZoneInfo(row["timezone"])).date(),
        valid_until=valid_until, extra=row["extra_rate"].normalize(), reason=row["reason"],
    )  # fmt: skip


def _sums(row: Any, currency: str) -> QuoteTotal:
    lines = tuple(
        QuoteLine(
            product=Product(
                sku=line["sku"], name=line["name"], price=Money(line["price"], currency), unit=line["unit"],
                stock=Decimal(line["quantity"]),
            ),
            quantity=_plain(Decimal(line["quantity"])), total=Money(line["total"], currency),
            discount=Money(line["discount"], currency),
        )
        for line in row["lines"]
    )  # fmt: skip
    return QuoteTotal(
        lines=lines, subtotal=Money(row["subtotal_minor"], currency), discount=Money(row["discount_minor"], currency),
        tax_rate=row["tax_rate"].normalize(), tax=Money(row["tax_minor"], currency),
        total=Money(row["total_minor"], currency),
    )  # fmt: skip


def _plain(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


_SELECT = """
SELECT q.*, t.timezone, u.name AS customer,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'unit', l.unit,
     'quantity', l.quantity::text, 'price', l.unit_price_minor, 'discount', l.discount_minor, 'total', l.total_minor)
     ORDER BY l.line), '[]')
   FROM quote_lines l WHERE l.tenant_id = q.tenant_id AND l.number = q.number AND l.version = q.version) AS lines
FROM quotes q JOIN tenants t ON t.id = q.tenant_id JOIN customers u ON u.id = q.customer_id
"""
