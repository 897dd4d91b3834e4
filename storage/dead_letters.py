"""What nobody could do: listed for people, and tried again when they say so."""

from typing import Any

from core.errors import Conflict, NotFound
from storage import audit
from storage.resources import Resources


async def listed(
    resources: Resources, tenants: list[str] | None = None, *, retried: bool = False, most: int = 100
) -> list[dict[str, Any]]:
    """Dead letters, newest first: those that wait, or also those that were tried again."""
    rows = await resources.pg.fetch(
        """SELECT d.id, d.tenant_id AS tenant, d.source, d.conversation_id, d.message_id, d.reason, d.created_at,
                  d.retried_at, m.text
           FROM dead_letters d LEFT JOIN messages m ON m.id = d.message_id
           WHERE ($1::text[] IS NULL OR d.tenant_id = ANY ($1)) AND ($2 OR d.retried_at IS NULL)
           ORDER BY d.id DESC LIMIT $3""",
        tenants, retried, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def tenant_of(resources: Resources, letter_id: int) -> str:
    """Whose it is; raises NotFound."""
    found = await resources.pg.fetchval("SELECT tenant_id FROM dead_letters WHERE id = $1", letter_id)
    if found is None:
        raise NotFound(f"there is no dead letter {letter_id}")
    return str(found)


async def retry(resources: Resources, letter_id: int, actor: str) -> str:
    """Put the message to be done again; returns its conversation, which the caller rings.

    Raises NotFound, or Conflict when it was retried already or is a webhook that we cannot read.
    """
    async with resources.pg.acquire() as connection, connection.transaction():
        letter = await connection.fetchrow("SELECT * FROM dead_letters WHERE id = $1 FOR UPDATE", letter_id)
        if letter is None:
            raise NotFound(f"there is no dead letter {letter_id}")
        if letter["retried_at"]:
            raise Conflict("this dead letter was tried again already")
        if letter["message_id"] is None or letter["conversation_id"] is None:
            raise Conflict("a webhook that cannot be read cannot be tried again: look at its body")
        again = _AGAIN_IN if letter["source"] == "inbound" else _AGAIN_OUT
        if not await connection.fetchval(again, letter["message_id"]):
            raise Conflict("the message of this dead letter waits or has left already")
        await connection.execute("UPDATE dead_letters SET retried_at = now() WHERE id = $1", letter_id)
        await audit.write(
            connection, letter["tenant_id"], actor, "dead_letter.retry", str(letter_id), {"source": letter["source"]}
        )
    return str(letter["conversation_id"])


# The conversation went to a person when its turn was given up; the agents try again unless one has taken it.
_AGAIN_IN = """
WITH back AS (
  UPDATE conversations c SET version = version + 1, mode = CASE WHEN c.held_by IS NULL THEN 'bot' ELSE c.mode END
  FROM messages m WHERE m.id = $1 AND c.id = m.conversation_id RETURNING c.id
)
INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
SELECT m.conversation_id, m.seq, m.id, m.tenant_id, 'in' FROM messages m JOIN back b ON b.id = m.conversation_id
WHERE m.id = $1 ON CONFLICT DO NOTHING RETURNING seq
"""
_AGAIN_OUT = """
WITH again AS (
  UPDATE messages SET status = 'pending', reason = NULL WHERE id = $1 AND status = 'dead'
  RETURNING conversation_id, seq, id, tenant_id
)
INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
SELECT conversation_id, seq, id, tenant_id, 'out' FROM again ON CONFLICT DO NOTHING RETURNING seq
"""
