"""The pipeline of collecting in figures: what is owed at which stage, what reminders bring in, how long it takes."""

from typing import Any

from core.dunning import OFFSETS
from core.errors import Conflict, Invalid
from storage import audit
from storage.resources import Resources

COLUMNS = ("UPCOMING", *OFFSETS, "PROMISE", "DISPUTED", "PAID")
_SHOWN = 50  # invoices a column


async def columns(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """Count and amount of each column and currency."""
    rows = await resources.pg.fetch(_COLUMNS, of, list(OFFSETS), list(OFFSETS.values()))
    order = {name: place for place, name in enumerate(COLUMNS)}
    return sorted((dict(row) for row in rows), key=lambda row: (order[row["stage"]], row["currency"]))


async def invoices(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """The invoices of each column, those first that are looked at next."""
    rows = await resources.pg.fetch(_INVOICES, of, list(OFFSETS), list(OFFSETS.values()), _SHOWN)
    return [dict(row) for row in rows]


async def effectiveness(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """By stage and channel: how many reminders went out, how many arrived, and after how many the debt was settled.

    A settled debt counts for the last reminder that went out before.
    """
    return [dict(row) for row in await resources.pg.fetch(_EFFECT, of, list(OFFSETS))]


async def totals(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """By currency: collection rate of what fell due in the last 90 days, and how many days of sales are owed."""
    return [dict(row) for row in await resources.pg.fetch(_TOTALS, of)]


async def decide(resources: Resources, tenant: str, number: str, decision: str, reason: str, actor: str) -> str:
    """A person's word about a disputed invoice: `owed` after all, or `written_off`. Raises Invalid or Conflict."""
    if decision not in ("owed", "written_off"):
        raise Invalid("decision: owed or written_off")
    async with resources.pg.acquire() as connection, connection.transaction():
        status: str | None = await connection.fetchval(
            """UPDATE invoices SET status = CASE WHEN paid_minor > 0 THEN 'partially_paid' ELSE 'open' END,
                 updated_at = now() WHERE tenant_id = $1 AND number = $2 AND status = 'disputed' RETURNING status""",
            tenant, number,
        )  # fmt: skip
        if status is None:
            raise Conflict(f"invoice {number} is not disputed")
        if decision == "written_off":
            await connection.execute("SELECT write_off($1, $2, tenant_now($1))", tenant, number)
            status = "uncollectible"
        await audit.write(connection, tenant, actor, "invoice.decided", number, {"as": decision, "reason": reason})
    return status


_PLACED = """
WITH placed AS (
  SELECT i.*, (tenant_now(i.tenant_id) AT TIME ZONE t.timezone)::date AS today,
    CASE WHEN i.status = 'paid' THEN 'PAID' WHEN i.status = 'disputed' THEN 'DISPUTED'
      WHEN i.status = 'uncollectible' THEN 'WRITE_OFF'
      WHEN i.promised_for >= (tenant_now(i.tenant_id) AT TIME ZONE t.timezone)::date THEN 'PROMISE'
      ELSE coalesce((
        SELECT o.stage FROM unnest($2::text[], $3::int[]) o(stage, days)
        WHERE o.stage <> 'WRITE_OFF' AND i.due_on + o.days <= (tenant_now(i.tenant_id) AT TIME ZONE t.timezone)::date
        ORDER BY o.days DESC LIMIT 1), 'UPCOMING') END AS stage
  FROM invoices i JOIN tenants t ON t.id = i.tenant_id
  WHERE ($1::text[] IS NULL OR i.tenant_id = ANY ($1))
    AND (i.status IN ('open', 'partially_paid', 'disputed', 'uncollectible')
         OR (i.status = 'paid' AND i.settled_at > now() - interval '30 days')))
"""
_COLUMNS = f"""{_PLACED}
SELECT stage, currency, count(*)::int AS count,
  sum(CASE WHEN stage = 'PAID' THEN paid_minor ELSE total_minor - paid_minor END)::bigint AS amount_minor
FROM placed GROUP BY stage, currency
"""
_INVOICES = f"""{_PLACED}
SELECT p.tenant_id AS tenant, p.number, p.stage, u.name AS customer, p.currency,
  p.total_minor - p.paid_minor AS owed_minor, p.due_on::text AS due_on, p.today - p.due_on AS days_overdue,
  p.promised_for::text AS promised_for, CASE WHEN isfinite(p.dunning_at) THEN p.dunning_at END AS next_at
FROM (SELECT *, row_number() OVER (PARTITION BY stage ORDER BY dunning_at, number) AS place FROM placed) p
LEFT JOIN customers u ON u.id = p.customer_id WHERE p.place <= $4 ORDER BY p.stage, p.place
"""
_EFFECT = """
WITH sent AS (
  SELECT s.stage, s.channel, m.status, i.status = 'paid' AND i.settled_at > s.claimed_at AND NOT EXISTS (
      SELECT 1 FROM dunning_steps n WHERE n.tenant_id = s.tenant_id AND n.invoice_number = s.invoice_number
        AND n.claimed_at > s.claimed_at AND n.claimed_at < i.settled_at) AS settled, i.total_minor
  FROM dunning_steps s JOIN messages m ON m.id = s.message_id
  JOIN invoices i ON i.tenant_id = s.tenant_id AND i.number = s.invoice_number
  WHERE s.claimed_at > now() - interval '90 days' AND ($1::text[] IS NULL OR s.tenant_id = ANY ($1)))
SELECT stage, channel, count(*)::int AS sent,
  (count(*) FILTER (WHERE status IN ('delivered', 'read')))::int AS arrived,
  (count(*) FILTER (WHERE status IN ('failed', 'dead')))::int AS failed,
  (count(*) FILTER (WHERE settled))::int AS settled,
  round((count(*) FILTER (WHERE settled))::numeric / count(*), 4) AS rate
FROM sent GROUP BY stage, channel ORDER BY array_position($2::text[], stage), channel
"""
_TOTALS = """
WITH i AS (
  SELECT i.*, (tenant_now(i.tenant_id) AT TIME ZONE t.timezone)::date AS today
  FROM invoices i JOIN tenants t ON t.id = i.tenant_id
  WHERE ($1::text[] IS NULL OR i.tenant_id = ANY ($1)) AND i.status NOT IN ('draft', 'void'))
SELECT currency,
  coalesce(sum(total_minor - paid_minor) FILTER (WHERE status IN ('open', 'partially_paid', 'disputed')), 0)::bigint
    AS owed_minor,
  coalesce(sum(total_minor - paid_minor) FILTER (
    WHERE status IN ('open', 'partially_paid', 'disputed') AND due_on < today), 0)::bigint AS overdue_minor,
  round(sum(least(paid_minor, total_minor)) FILTER (WHERE due_on BETWEEN today - 90 AND today)
    / nullif(sum(total_minor) FILTER (WHERE due_on BETWEEN today - 90 AND today), 0), 4) AS collection_rate,
  round(90 * sum(total_minor - paid_minor) FILTER (WHERE status IN ('open', 'partially_paid', 'disputed'))
    / nullif(sum(total_minor) FILTER (WHERE issued_on > today - 90), 0), 1) AS days_outstanding
FROM i GROUP BY currency ORDER BY currency
"""
