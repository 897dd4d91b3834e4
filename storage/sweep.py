"""What waits without anybody knowing: found by an index, rung again; and the heartbeats of workers."""

from storage.doorbell import FIRST
from storage.resources import Resources

_HOT = ["messages", "todo", "conversations", "peers", "customers", "customer_identities", "turns", "message_events"]
_GROWTH = 4  # times as many pages as when the planner last looked

_LOCK = 827192  # advisory lock: one sweeper at a time over all processes


async def forgotten(
    resources: Resources, *, older_than_seconds: float, answered_seconds: float, most: int = 2000
) -> dict[str, int] | None:
    """Conversations with something overdue but bulk, and the place of each in the queue as the doorbell takes it: as
    many ms less than 0 as it waits, or FIRST when an answer of it is overdue by `answered_seconds`. None: another
    process is sweeping."""
    async with resources.pg.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return None
        rows = await connection.fetch(
            """
            SELECT conversation_id, direction = 'out' AS answered,
                   (extract(epoch FROM now() - due_at) * 1000)::bigint AS waits
            FROM todo t
            WHERE due_at < now() - make_interval(secs => least($1::float8, $2::float8)) AND NOT bulk
              AND (due_at < now() - make_interval(secs => $1) OR direction = 'out')
              AND (state IN ('waiting', 'unknown')
                   OR (state = 'sending' AND claimed_at < now() - interval '30 seconds'))
              AND NOT (direction = 'out' AND EXISTS (  -- what stands behind a held message is held too
                SELECT 1 FROM todo h WHERE h.conversation_id = t.conversation_id AND h.state = 'held'))
            ORDER BY due_at LIMIT $3
            """,
            older_than_seconds, answered_seconds, most,
        )  # fmt: skip
    places: dict[str, int] = {}
    for row in rows:
        conversation, place = row["conversation_id"], FIRST if row["answered"] else -row["waits"]
        places[conversation] = min(place, places.get(conversation, 0))
    return places


async def refresh_statistics(resources: Resources) -> list[str]:
    """Analyze the tables that have outgrown what the planner knows of them: plans are kept, and one that was made
    for an almost empty table reads all of it. Autovacuum notices only much later."""
    grown = await resources.pg.fetch(
        """
        SELECT c.relname::text AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname::text = ANY ($1::text[])
          AND pg_relation_size(c.oid) / current_setting('block_size')::int > $2 * greatest(c.relpages, 8)
        """,
        _HOT, _GROWTH,
    )  # fmt: skip
    names = [row["name"] for row in grown]
    for name in names:
        await resources.pg.execute(f"ANALYZE {name}")
    return names


async def forgotten_bulk(resources: Resources, *, older_than_seconds: float, most: int = 2000) -> list[str]:
    """The same for bulk; whoever is known to Redis keeps its turn there."""
    rows = await resources.pg.fetch(
        """
        SELECT conversation_id FROM todo
        WHERE due_at < now() - make_interval(secs => $1) AND bulk
          AND (state IN ('waiting', 'unknown')
               OR (state = 'sending' AND claimed_at < now() - interval '30 seconds'))
        ORDER BY due_at LIMIT $2
        """,
        older_than_seconds, most,
    )  # fmt: skip
    return list(dict.fromkeys(row["conversation_id"] for row in rows))


async def heartbeat(resources: Resources, worker: str) -> None:
    """Say that this worker lives."""
    await resources.pg.execute(
        "INSERT INTO workers (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = now()", worker
    )


async def farewell(resources: Resources, worker: str) -> None:
    """Take an ending worker, and those long dead, off the list."""
    await resources.pg.execute(
        "DELETE FROM workers WHERE id = $1 OR seen_at < now() - interval '1 hour'", worker
    )


async def backlog(resources: Resources) -> dict[str, float]:
    """Sizes of what waits: `waiting`, `sending`, `unknown`, `held`; `oldest_seconds`, the age of the oldest message
    that waits for its turn (a reply may rightly wait for the provider's pace); and how many `workers` live."""
    row = await resources.pg.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
               count(*) FILTER (WHERE state = 'sending') AS sending,
               count(*) FILTER (WHERE state = 'unknown') AS unknown, count(*) FILTER (WHERE state = 'held') AS held,
               coalesce(extract(epoch FROM now() - min(due_at) FILTER (
                 WHERE direction = 'in' AND due_at < now())), 0) AS oldest_seconds,
               (SELECT count(*) FROM workers WHERE seen_at > now() - interval '5 seconds') AS workers
        FROM todo
        """
    )
    return {key: float(value) for key, value in row.items()}


async def postpone(resources: Resources, conversation_id: str, to_seq: int, *, seconds: float) -> int:
    """A turn failed: count the failure on its inbound messages and try again later; returns the failures so far."""
    failures = await resources.pg.fetchval(
        """
        WITH tried AS (
          UPDATE todo SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
          WHERE conversation_id = $1 AND direction = 'in' AND seq <= $2 RETURNING attempts
        ) SELECT max(attempts) FROM tried
        """,
        conversation_id, to_seq, seconds,
    )  # fmt: skip
    return int(failures or 0)


async def bury(resources: Resources, conversation_id: str, message_id: int, *, reason: str) -> None:
    """Keep an inbound message that no turn could answer as a dead letter."""
    await resources.pg.execute(
        """
        INSERT INTO dead_letters (tenant_id, source, conversation_id, message_id, reason)
        SELECT tenant_id, 'inbound', id, $2, $3 FROM conversations WHERE id = $1
        """,
        conversation_id, message_id, reason,
    )  # fmt: skip
