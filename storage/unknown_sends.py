"""Sends of unknown outcome as people settle them: sent again, or closed as arrived or lost."""

from typing import Any

from core.errors import Conflict, NotFound
from storage import audit
from storage.resources import Resources


async def listed(resources: Resources, tenant: str | None = None, *, most: int = 100) -> list[dict[str, Any]]:
    """Newest first; `asking`: it is still being found out at the provider."""
    rows = await resources.pg.fetch(
        """SELECT m.id, m.tenant_id AS tenant, m.conversation_id, m.reason, m.text, m.created_at,
                  EXISTS (SELECT 1 FROM todo t WHERE t.conversation_id = m.conversation_id AND t.seq = m.seq) AS asking
           FROM messages m WHERE m.status = 'unknown' AND ($1::text IS NULL OR m.tenant_id = $1)
           ORDER BY m.id DESC LIMIT $2""",
        tenant, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def resend(resources: Resources, message_id: int, actor: str) -> str:
    """Let it go again; returns its conversation, which the caller rings. Raises NotFound or Conflict."""
    async with resources.pg.acquire() as connection, connection.transaction():
        message = await _unknown(connection, message_id)
        await connection.execute(
            """INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction) VALUES ($1, $2, $3, $4, 'out')
               ON CONFLICT (conversation_id, seq) DO UPDATE SET state = 'waiting', due_at = now(), worker = NULL""",
            message["conversation_id"], message["seq"], message_id, message["tenant_id"],
        )  # fmt: skip
        await connection.execute("UPDATE messages SET status = 'pending', reason = NULL WHERE id = $1", message_id)
        await _note(connection, message, actor, "resend", "pending")
    return str(message["conversation_id"])


async def close(resources: Resources, message_id: int, actor: str, *, arrived: bool) -> str:
    """Count it as sent or failed, as a person found out; returns the status. Raises NotFound or Conflict."""
    status = "sent" if arrived else "failed"
    async with resources.pg.acquire() as connection, connection.transaction():
        message = await _unknown(connection, message_id)
        await connection.execute(
            "DELETE FROM todo WHERE conversation_id = $1 AND seq = $2", message["conversation_id"], message["seq"]
        )
        await connection.execute(
            "UPDATE messages SET status = $2, reason = 'closed_by_person' WHERE id = $1", message_id, status
        )
        await _note(connection, message, actor, "close", status)
    return status


async def _unknown(connection: Any, message_id: int) -> Any:
    """The message, locked after its todo row as everywhere."""
    await connection.execute(
        """SELECT 1 FROM todo WHERE (conversation_id, seq) IN (SELECT conversation_id, seq FROM messages WHERE id = $1)
           FOR UPDATE""",
        message_id,
    )
    message = await connection.fetchrow("SELECT * FROM messages WHERE id = $1 FOR UPDATE", message_id)
    if message is None or message["direction"] != "out":
        raise NotFound(f"there is no sent message {message_id}")
    if message["status"] != "unknown":
        raise Conflict(f"message {message_id} is {message['status']}: only a send of unknown outcome can be settled")
    return message


async def _note(connection: Any, message: Any, actor: str, kind: str, status: str) -> None:
    await connection.execute(
        """INSERT INTO message_events (tenant_id, account_id, message_id, kind, status, code)
           VALUES ($1, $2, $3, $4, $5, 'by_person')""",
        message["tenant_id"], message["account_id"], message["id"], kind, status,
    )  # fmt: skip
    await audit.write(
        connection, message["tenant_id"], actor, f"unknown.{kind}", str(message["id"]), {"status": status}
    )
