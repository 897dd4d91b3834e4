"""Payment links: what is owed according to our own rows, and one row for every link that was asked for."""

from datetime import datetime, timedelta
from typing import Any

from core.errors import Conflict, Invalid, NotFound
from core.messages import Struct
from core.money import Money
from core.payments import KINDS, Kind, LinkWish, MadeLink, PaymentLink
from storage.resources import Resources

_LEAST = timedelta(minutes=30)  # a link that ends sooner is not given to anybody
_KEY_HOURS = 20  # providers forget our key after a day: then a new one is needed


class Debt(Struct):
    """What remains to be paid for one invoice, quote or order."""

    kind: Kind
    number: str
    amount: Money
    customer_id: int
    conversation_id: str | None
    locale: str


async def owed(
    connection: Any, tenant: str, kind: str, number: str, customer_id: int | None = None, *, part: int | None = None
) -> Debt:
    """What remains to be paid, or a `part` of it in minor units; `customer_id` limits it to one customer.

    An order that was invoiced, a quote that became an order, mean that one. Raises NotFound, or Conflict when nothing
    is to be paid.
    """
    if kind not in KINDS:
        raise NotFound(f"{kind!r}: a link is for an invoice, a quote or an order")
    row = await connection.fetchrow(_OWED[kind], tenant, number, customer_id)
    if row is None:
        raise NotFound(f"there is no {kind} {number}")
    if row["instead"]:
        return await owed(connection, tenant, row["instead_kind"], row["instead"], customer_id, part=part)
    if not row["payable"] or row["minor"] <= 0:
        raise Conflict(f"{kind} {row['number']} is {row['status']}: nothing is to be paid", code="nothing_owed")
    most = row["most"] if kind == "invoice" else row["minor"]  # an instalment may be paid ahead
    if part is not None and not 0 < part <= most:
        raise Invalid(f"amount_minor: {part} is not from 1 to the {most} that remain of {kind} {row['number']}")
    return Debt(
        kind=kind, number=row["number"], amount=Money(part or row["minor"], row["currency"]),
        customer_id=row["customer_id"], conversation_id=row["conversation_id"], locale=row["locale"],
    )  # fmt: skip


_LOCALE = """
LEFT JOIN customers u ON u.id = x.customer_id JOIN tenants t ON t.id = x.tenant_id
LEFT JOIN LATERAL (SELECT c.locale FROM conversations c WHERE c.customer_id = x.customer_id
                   ORDER BY c.last_message_at DESC LIMIT 1) c ON true
"""
_COLUMNS = "x.number, x.status, x.currency, x.customer_id, coalesce(c.locale, u.locale, t.locale) AS locale"
_THIS = "x.tenant_id = $1 AND lower(x.number) = lower($2) AND ($3::bigint IS NULL OR x.customer_id = $3)"
_OWED = {
    "invoice": f"""
SELECT {_COLUMNS}, NULL::text AS conversation_id, coalesce((  -- a split debt is asked for part by part
    SELECT min(p.paid_by_then_minor) FROM instalments p
    WHERE p.tenant_id = x.tenant_id AND p.invoice_number = x.number AND p.paid_by_then_minor > x.paid_minor
  ), x.total_minor) - x.paid_minor AS minor, x.total_minor - x.paid_minor AS most,
  x.status IN ('open', 'partially_paid') AS payable, NULL::text AS instead_kind, NULL::text AS instead
FROM invoices x {_LOCALE} WHERE {_THIS}
""",
    "order": f"""
SELECT {_COLUMNS}, NULL::text AS conversation_id, x.total_minor - coalesce((
    SELECT sum(p.amount_minor - p.refunded_minor - p.lost_minor) FROM payments p
    WHERE p.tenant_id = x.tenant_id AND p.order_number = x.number AND p.rank >= 30 AND p.status <> 'flagged'
  ), 0)::bigint AS minor, x.status = 'new' AS payable, 'invoice' AS instead_kind,
  (SELECT max(i.number) FROM invoices i WHERE i.tenant_id = x.tenant_id AND i.order_number = x.number
     AND i.status IN ('open', 'partially_paid')) AS instead
FROM orders x {_LOCALE} WHERE {_THIS}
""",
    "quote": f"""
SELECT {_COLUMNS}, x.conversation_id, x.total_minor - coalesce((
    SELECT sum(p.amount_minor - p.refunded_minor - p.lost_minor) FROM payments p
    WHERE p.tenant_id = x.tenant_id AND p.quote_number = x.number AND p.rank >= 30 AND p.status <> 'flagged'
  ), 0)::bigint AS minor,
  x.status NOT IN ('void', 'expired', 'rejected', 'cancelled', 'paid')
    AND coalesce(x.valid_until >= (tenant_now(x.tenant_id) AT TIME ZONE t.timezone)::date, true) AS payable,
  'order' AS instead_kind,
  (SELECT max(o.number) FROM orders o WHERE o.tenant_id = x.tenant_id AND o.quote_number = x.number) AS instead
FROM quotes x {_LOCALE} WHERE {_THIS} ORDER BY x.version DESC LIMIT 1
""",
}


class Begun(Struct):
    """A link to be made, or one that is there already."""

    wish: LinkWish
    link: PaymentLink | None = None


async def begin(
    connection: Any, tenant: str, debt: Debt, *, provider: str, now: datetime, lives: timedelta, return_url: str,
    conversation_id: str | None = None,
) -> Begun:  # fmt: skip
    """The open link of this debt, the one that somebody began to make, or a new one; in the caller's transaction."""
    await lock(connection, tenant, debt.kind, debt.number)  # two who ask at once get the same link
    row = await connection.fetchrow(
        "SELECT * FROM payment_links WHERE tenant_id = $1 AND kind = $2 AND number = $3 ORDER BY attempt DESC LIMIT 1",
        tenant, debt.kind, debt.number,
    )  # fmt: skip
    if not (row and _fits(row, debt, provider, now)):
        attempt = row["attempt"] + 1 if row else 1
        row = await connection.fetchrow(
            """INSERT INTO payment_links (tenant_id, id, provider, kind, number, attempt, customer_id, conversation_id,
                 currency, amount_minor, locale, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *""",
            tenant, f"cs:{tenant}:{debt.kind}:{debt.number}:{attempt}", provider, debt.kind, debt.number, attempt,
            debt.customer_id, conversation_id or debt.conversation_id, debt.amount.currency, debt.amount.amount_minor,
            debt.locale, (now + lives).replace(microsecond=0),
        )  # fmt: skip
    return Begun(wish=_wish(row, return_url), link=_link(row) if row["status"] == "open" else None)


async def lock(connection: Any, tenant: str, kind: str, number: str) -> None:
    """Be the only one who changes what is owed for one debt, until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 43))", f"{tenant}:{kind}:{number}")


def _fits(row: Any, debt: Debt, provider: str, now: datetime) -> bool:
    same = (row["provider"], row["amount_minor"], row["currency"]) == (
        provider, debt.amount.amount_minor, debt.amount.currency,
    )  # fmt: skip
    fresh = row["status"] == "open" or now - row["created_at"] < timedelta(hours=_KEY_HOURS)
    return same and fresh and row["status"] in ("open", "making") and row["expires_at"] > now + _LEAST


async def made(connection: Any, wish: LinkWish, link: MadeLink) -> PaymentLink:
    """Write down where a link is; its own webhook may have come before."""
    row = await connection.fetchrow(
        """UPDATE payment_links SET provider_id = $3, url = $4, updated_at = now(),
             status = CASE status WHEN 'making' THEN 'open' ELSE status END
           WHERE tenant_id = $1 AND id = $2 RETURNING *""",
        wish.tenant, wish.id, link.provider_id, link.url,
    )  # fmt: skip
    if wish.kind == "invoice" and row["status"] == "open":
        await connection.execute(
            "UPDATE invoices SET payment_url = $3, updated_at = now() WHERE tenant_id = $1 AND number = $2",
            wish.tenant, wish.number, link.url,
        )  # fmt: skip
    return _link(row)


async def failed(connection: Any, wish: LinkWish) -> None:
    """Give this attempt up: the next one has a new key."""
    await connection.execute(
        """UPDATE payment_links SET status = 'failed', updated_at = now()
           WHERE tenant_id = $1 AND id = $2 AND status = 'making'""",
        wish.tenant, wish.id,
    )  # fmt: skip


async def superseded(connection: Any, link: PaymentLink) -> list[PaymentLink]:
    """Older links of the same debt that can still be paid."""
    rows = await connection.fetch(
        """SELECT * FROM payment_links WHERE tenant_id = $1 AND kind = $2 AND number = $3 AND id <> $4
             AND status = 'open'""",
        link.tenant, link.kind, link.number, link.id,
    )  # fmt: skip
    return [_link(row) for row in rows]


async def close(connection: Any, tenant: str, link_id: str, status: str) -> None:
    """A link can be paid no more: `expired`, or `complete`, which nothing takes back."""
    await connection.execute(
        """UPDATE payment_links SET status = $3, updated_at = now()
           WHERE tenant_id = $1 AND id = $2 AND status <> 'complete'""",
        tenant, link_id, status,
    )  # fmt: skip
    await connection.execute(
        """UPDATE invoices i SET payment_url = NULL, updated_at = now() FROM payment_links l
           WHERE l.tenant_id = $1 AND l.id = $2 AND l.kind = 'invoice' AND i.tenant_id = l.tenant_id
             AND i.number = l.number AND i.payment_url = l.url""",
        tenant, link_id,
    )  # fmt: skip


async def lapse(resources: Resources, tenant: str, provider: str) -> None:
    """Links that ran out an hour ago, without a word from the provider, can be paid no more."""
    await resources.pg.execute(
        """
        WITH lapsed AS (
          UPDATE payment_links SET status = 'expired', updated_at = now()
          WHERE tenant_id = $1 AND provider = $2 AND status IN ('making', 'open')
            AND expires_at < now() - interval '1 hour' RETURNING *
        )
        UPDATE invoices i SET payment_url = NULL, updated_at = now() FROM lapsed l
        WHERE l.kind = 'invoice' AND i.tenant_id = l.tenant_id AND i.number = l.number AND i.payment_url = l.url
        """,
        tenant, provider,
    )  # fmt: skip


def _wish(row: Any, return_url: str) -> LinkWish:
    return LinkWish(
        id=row["id"], tenant=row["tenant_id"], kind=row["kind"], number=row["number"], attempt=row["attempt"],
        amount=Money(row["amount_minor"], row["currency"]), customer_id=row["customer_id"], locale=row["locale"],
        expires_at=row["expires_at"], return_url=return_url, conversation_id=row["conversation_id"],
    )  # fmt: skip


def _link(row: Any) -> PaymentLink:
    return PaymentLink(
        id=row["id"], tenant=row["tenant_id"], kind=row["kind"], number=row["number"], provider=row["provider"],
        provider_id=row["provider_id"], url=row["url"], amount=Money(row["amount_minor"], row["currency"]),
        expires_at=row["expires_at"],
    )  # fmt: skip
