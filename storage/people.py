"""The queue of conversations that wait for a person."""

from typing import Any

from core.records import Waiting

MINUTES_EACH = 8  # that a person needs for a conversation, unless the tenant's setting `minutes_each` says otherwise


async def waiting(connection: Any, tenant: str, conversation: str) -> Waiting:
    """How many wait before `conversation`, and how long that is for as many `people` as the tenant says it has."""
    row = await connection.fetchrow(_WAITING, tenant, conversation)
    each, staff = int(row["each"] or MINUTES_EACH), max(1, int(row["people"] or 1))
    minutes = -(-(row["ahead"] + 1) * each // staff)
    return Waiting(ahead=row["ahead"], minutes=-(-minutes // 5) * 5)  # to the next five: an estimate, no promise


_WAITING = """
SELECT t.settings->>'minutes_each' AS each, t.settings->>'people' AS people, (
  SELECT count(*) FROM conversations c WHERE c.tenant_id = $1 AND c.mode = 'human' AND c.held_by IS NULL AND c.id <> $2
    AND c.last_message_at > now() - interval '1 day'  -- older ones nobody waits for any more
) AS ahead
FROM tenants t WHERE t.id = $1
"""
