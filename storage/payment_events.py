"""Events of payment providers: stored once by (source, event id), taken up by a worker, kept for people to read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.messages import Struct
from storage.resources import Resources
from storage.storable import clean

_BODY_BYTES = 256 * 1024  # of an event that nobody reads, this much is kept
_PAUSES = (1, 2, 5, 15, 60, 300, 900, 3600)  # seconds before each new attempt; then it is a dead letter


class Event(Struct):
    """One that waits for a worker."""

    source: str
    event_id: str
    tenant: str
    name: str
    body: str
    attempts: int


def source(tenant: str, provider: str) -> str:
    """Where a tenant's events come from."""
    return f"{tenant}:{provider}"


async def put(
    resources: Resources, tenant: str, provider: str, *, event_id: str, name: str, body: str, status: str,
    reason: str = "",
) -> bool:  # fmt: skip
    """Keep one event: `waiting` for a worker, `ignored` or `unreadable`; False when it was there already."""
    row = await resources.pg.fetchrow(
        """
        WITH kept AS (
          INSERT INTO webhook_events (source, event_id, tenant_id, name, status, body, due_at)
          VALUES ($1, $2, $3, $4, $5::text, $6, CASE WHEN $5::text = 'waiting' THEN now() END)
          ON CONFLICT DO NOTHING RETURNING tenant_id
        ), told AS (
          INSERT INTO dead_letters (tenant_id, source, reason, payload)
          SELECT tenant_id, 'webhook', $7, left($6, 16000) FROM kept WHERE $5::text = 'unreadable'
        )
        SELECT 1 FROM kept
        """,
        source(tenant, provider), clean(event_id), tenant, clean(name), status,
        body if status == "waiting" else (clean(body) or "")[:_BODY_BYTES], clean(reason),
    )  # fmt: skip
    return row is not None


async def due(resources: Resources, *, most: int = 50) -> list[tuple[str, str, str]]:
    """(source, event id, tenant) of events that may be taken up now, the longest waiting first."""
    rows = await resources.pg.fetch(
        """SELECT source, event_id, tenant_id FROM webhook_events WHERE due_at <= now()
           ORDER BY due_at LIMIT $1""",
        most,
    )  # fmt: skip
    return [(row["source"], row["event_id"], row["tenant_id"]) for row in rows]


async def body(resources: Resources, source: str, event_id: str) -> str | None:
    """What came, while it waits."""
    found: str | None = await resources.pg.fetchval(
        "SELECT body FROM webhook_events WHERE source = $1 AND event_id = $2 AND due_at IS NOT NULL", source, event_id
    )
    return found


async def take(connection: Any, source: str, event_id: str) -> Event | None:
    """Hold one event until the transaction ends; None when somebody else has it or it is done."""
    row = await connection.fetchrow(
        """SELECT source, event_id, tenant_id AS tenant, name, body, attempts FROM webhook_events
           WHERE source = $1 AND event_id = $2 AND due_at IS NOT NULL FOR UPDATE SKIP LOCKED""",
        source, event_id,
    )  # fmt: skip
    return Event(**dict(row)) if row else None


async def done(connection: Any, event: Event, status: str = "handled") -> None:
    """Nothing more is to be done with it."""
    await connection.execute(
        """UPDATE webhook_events SET status = $3, handled_at = now(), due_at = NULL, attempts = attempts + 1
           WHERE source = $1 AND event_id = $2""",
        event.source, event.event_id, status,
    )  # fmt: skip


async def postpone(resources: Resources, source: str, event_id: str, reason: str) -> bool:
    """It failed: try again later, or keep it as a dead letter; False when it is given up."""
    row = await resources.pg.fetchrow(
        """
        WITH tried AS (
          UPDATE webhook_events SET attempts = attempts + 1,
            due_at = now() + make_interval(secs => ($3::float[])[attempts + 1]),
            status = CASE WHEN attempts >= cardinality($3::float[]) THEN 'failed' ELSE status END
          WHERE source = $1 AND event_id = $2 AND due_at IS NOT NULL RETURNING tenant_id, body, due_at
        ), told AS (
          INSERT INTO dead_letters (tenant_id, source, reason, payload)
          SELECT tenant_id, 'payment', $4, left(body, 16000) FROM tried WHERE due_at IS NULL
        )
        SELECT due_at IS NOT NULL AS again FROM tried
        """,
        source, event_id, [float(pause) for pause in _PAUSES], clean(reason),
    )  # fmt: skip
    return bool(row and row["again"])


async def give_up(resources: Resources, source: str, event_id: str, reason: str) -> None:
    """Nobody can read it: a dead letter at once."""
    await resources.pg.execute(
        """
        WITH given_up AS (
          UPDATE webhook_events SET status = 'unreadable', due_at = NULL, handled_at = now()
          WHERE source = $1 AND event_id = $2 AND due_at IS NOT NULL RETURNING tenant_id, body
        )
        INSERT INTO dead_letters (tenant_id, source, reason, payload)
        SELECT tenant_id, 'payment', $3, left(body, 16000) FROM given_up
        """,
        source, event_id, clean(reason),
    )  # fmt: skip


async def listed(
    resources: Resources, tenants: Sequence[str] | None = None, *, after: datetime | None = None, most: int = 100
) -> list[dict[str, Any]]:
    """The newest events, or those that came after a moment, without their bodies."""
    rows = await resources.pg.fetch(
        """SELECT source, event_id, tenant_id AS tenant, name, status, attempts, received_at, handled_at
           FROM webhook_events
           WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1)) AND ($2::timestamptz IS NULL OR received_at > $2)
           ORDER BY received_at DESC LIMIT $3""",
        None if tenants is None else list(tenants), after, most,
    )  # fmt: skip
    return [dict(row) for row in rows]
