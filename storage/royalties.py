"""A music customer's royalties: the balance from the ledger, earnings from the statements, releases."""

from typing import Any

from core.money import Money
from core.records import Earning, Release, RoyaltyBalance
from storage import ledger

AVAILABLE = "royalties_available"
ON_HOLD = "royalties_on_hold"
ASKED_OUT = "withdrawals_pending"  # confirmed, and on its way to the customer
PAID_OUT = "paid_out"


async def balance(connection: Any, tenant: str, customer_id: int) -> RoyaltyBalance | None:
    """What may be withdrawn and what is on hold; None for a customer without any royalties or plan."""
    person = await connection.fetchrow(_PERSON, tenant, customer_id)
    if person is None or not (person["plan"] or person["period"]):
        return None
    accounts = await ledger.balances(connection, tenant, customer_id)
    currency = person["currency"]

    def held(account: str) -> Money:
        return sum((money for money in accounts.get(account, ()) if money.currency == currency), Money(0, currency))

    return RoyaltyBalance(
        available=held(AVAILABLE), on_hold=held(ON_HOLD), plan=person["plan"], last_statement=person["period"],
        last_statement_total=Money(person["minor"], currency) if person["period"] else None,
    )  # fmt: skip


async def earnings(connection: Any, tenant: str, customer_id: int, period: str | None = None) -> list[Earning]:
    """Earnings per track and platform of one period (`2026-09`, or a year), by default of the last statement."""
    rows = await connection.fetch(_EARNINGS, tenant, customer_id, period)
    return [
        Earning(
            title=row["track"], platform=row["platform"], period=row["period"], streams=row["streams"],
            amount=Money(row["minor"], row["currency"]), release=row["release"],
        )
        for row in rows
    ]  # fmt: skip


async def releases(connection: Any, tenant: str, customer_id: int) -> list[Release]:
    """The customer's releases, newest first."""
    rows = await connection.fetch(
        "SELECT title, status, release_date, upc FROM releases WHERE tenant_id = $1 AND customer_id = $2 "
        "ORDER BY release_date DESC NULLS FIRST, title",
        tenant,
        customer_id,
    )
    return [Release(**dict(row)) for row in rows]


_PERSON = """
SELECT c.profile->>'plan' AS plan, t.currency, s.period, s.minor
FROM customers c JOIN tenants t ON t.id = c.tenant_id
LEFT JOIN LATERAL (
  SELECT period, sum(amount_minor)::bigint AS minor FROM royalty_lines r
  WHERE r.tenant_id = c.tenant_id AND r.customer_id = c.id GROUP BY period ORDER BY period DESC LIMIT 1) s ON true
WHERE c.tenant_id = $1 AND c.id = $2
"""
_EARNINGS = """
SELECT r.track, r.platform, r.period, r.currency, coalesce(l.title, '') AS release,
       sum(r.streams)::bigint AS streams, sum(r.amount_minor)::bigint AS minor
FROM royalty_lines r LEFT JOIN releases l ON l.tenant_id = r.tenant_id AND l.id = r.release_id
WHERE r.tenant_id = $1 AND r.customer_id = $2 AND starts_with(r.period, coalesce($3, (
  SELECT max(period) FROM royalty_lines WHERE tenant_id = $1 AND customer_id = $2)))
GROUP BY r.track, r.platform, r.period, r.currency, l.title
ORDER BY r.period DESC, minor DESC, r.track, r.platform
"""
