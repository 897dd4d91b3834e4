"""What the control tower's first page shows: tenants, what waits, what needs a person, who works."""

from typing import Any

from core.records import Tenant
from storage import sweep, tenants
from storage.resources import Resources

ACTIVE = "last_message_at > now() - interval '24 hours'"


async def tiles(resources: Resources, of: list[str] | None) -> dict[str, Any]:
    """Counts over these tenants (None: all of them)."""
    row = await resources.pg.fetchrow(_TILES, of)
    found = dict(row)
    found["workers"] = int((await sweep.backlog(resources))["workers"])
    return found


async def waiting(resources: Resources, of: list[str] | None) -> dict[str, int]:
    """What waits in the todo table of these tenants, by state, and the age of the oldest."""
    row = await resources.pg.fetchrow(
        """SELECT count(*) FILTER (WHERE direction = 'in') AS inbound,
                  count(*) FILTER (WHERE direction = 'out' AND state = 'waiting') AS outbound,
                  count(*) FILTER (WHERE state = 'sending') AS sending, count(*) FILTER (WHERE state = 'held') AS held,
                  count(*) FILTER (WHERE state = 'unknown') AS unknown,
                  coalesce(extract(epoch FROM now() - min(due_at) FILTER (
                    WHERE state = 'waiting' AND due_at < now())), 0)::int AS oldest_seconds
           FROM todo WHERE $1::text[] IS NULL OR tenant_id = ANY ($1)""",
        of,
    )
    return dict(row)


async def by_tenant(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """One line a tenant: its name and environment, active conversations, those with a person, what is held."""
    rows = await resources.pg.fetch(_BY_TENANT, of)
    return [dict(row) for row in rows]


async def accounts(resources: Resources, of: list[str] | None) -> list[dict[str, Any]]:
    """Channel accounts with what stopped them, if anything did; no credentials."""
    rows = await resources.pg.fetch(
        """SELECT id, tenant_id AS tenant, channel, address, stopped_reason FROM channel_accounts
           WHERE $1::text[] IS NULL OR tenant_id = ANY ($1) ORDER BY tenant_id, channel""",
        of,
    )
    return [dict(row) for row in rows]


async def unknown(resources: Resources, of: list[str] | None, *, most: int = 100) -> list[dict[str, Any]]:
    """Sends whose outcome nobody knows, and those that are held: newest first."""
    rows = await resources.pg.fetch(
        """SELECT m.id, m.tenant_id AS tenant, m.conversation_id, m.status, m.reason, m.text, m.created_at AS at
           FROM messages m WHERE m.status IN ('unknown', 'held')
             AND ($1::text[] IS NULL OR m.tenant_id = ANY ($1)) ORDER BY m.id DESC LIMIT $2""",
        of, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def visible(resources: Resources, of: list[str] | None) -> list[Tenant]:
    """The tenants that a user may see."""
    return [tenant for tenant in await tenants.all_(resources) if of is None or tenant.id in of]


_TILES = f"""
WITH c AS (
  SELECT c.id, c.mode, c.last_seq, c.last_message_at, c.held_by FROM conversations c
  WHERE c.{ACTIVE} AND ($1::text[] IS NULL OR c.tenant_id = ANY ($1))
), person AS (
  SELECT c.*, m.direction FROM c JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq
  WHERE c.mode = 'human'
), listed AS (
  SELECT m.status, count(*) AS n FROM messages m
  WHERE m.status IN ('unknown', 'held', 'dead') AND ($1::text[] IS NULL OR m.tenant_id = ANY ($1)) GROUP BY 1
)
SELECT (SELECT count(*) FROM c)::int AS open,
       (SELECT count(*) FROM person)::int AS with_human,
       (SELECT count(*) FROM person WHERE held_by IS NULL)::int AS unassigned,
       (SELECT count(*) FROM person WHERE direction = 'in' OR held_by IS NULL)::int AS unanswered,
       (SELECT coalesce(extract(epoch FROM now() - min(last_message_at)), 0)::int FROM person
        WHERE direction = 'in' OR held_by IS NULL) AS oldest_wait_seconds,
       coalesce((SELECT n FROM listed WHERE status = 'unknown'), 0)::int AS unknown,
       coalesce((SELECT n FROM listed WHERE status = 'held'), 0)::int AS held,
       (SELECT count(*) FROM dead_letters d
        WHERE d.retried_at IS NULL AND ($1::text[] IS NULL OR d.tenant_id = ANY ($1)))::int AS dead
"""
_BY_TENANT = f"""
SELECT t.id, t.name, t.environment, t.locale, t.currency, t.timezone,
       (SELECT count(*) FROM conversations c WHERE c.tenant_id = t.id AND c.{ACTIVE})::int AS open,
       (SELECT count(*) FROM conversations c WHERE c.tenant_id = t.id AND c.{ACTIVE} AND c.mode = 'human')::int
         AS with_human,
       (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.status = 'held')::int AS held,
       (SELECT array_agg(DISTINCT a.channel ORDER BY a.channel) FROM channel_accounts a WHERE a.tenant_id = t.id)
         AS channels
FROM tenants t WHERE $1::text[] IS NULL OR t.id = ANY ($1) ORDER BY t.id
"""
