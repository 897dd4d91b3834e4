"""What the client API shows of a tenant's conversations: read as the tenant, by row-level security."""

from datetime import datetime
from typing import Any

import msgspec

from core.messages import Button, Media, Struct
from storage.resources import Resources

SHOWN = ("accepted", "sent", "delivered", "read")  # what has left; held and dropped replies were never said
_UNDER_WAY = ("pending", "sending", "unknown")
_RECENT_TURNS = 50  # a message that was just put is handled by one of these
_COLUMNS = "m.id, m.seq, m.direction, m.author, m.kind, m.text, m.content, m.status, m.created_at"


class Said(Struct):
    """One message of a conversation as a chat window shows it."""

    id: int
    seq: int
    author: str
    kind: str
    text: str
    status: str
    at: datetime
    buttons: tuple[Button, ...] = ()
    media: Media | None = None


class Progress(Struct):
    """How far an inbound message has come. `settled`: its turn is over and its replies have left or never will."""

    settled: bool
    outcome: str | None = None
    agent: str | None = None
    intent: str | None = None
    replies: tuple[Said, ...] = ()


async def received(resources: Resources, tenant: str, account: str, dedupe: str) -> tuple[int, str] | None:
    """The id and text of the inbound message with this id of the client's, if it was put before."""
    async with resources.tenant_connection(tenant) as connection:
        row = await connection.fetchrow(
            """SELECT id, text FROM messages
               WHERE account_id = $1 AND provider_message_id = $2 AND direction = 'in'""",
            account, dedupe,
        )  # fmt: skip
    return (row["id"], row["text"]) if row else None


async def progress(resources: Resources, tenant: str, conversation: str, message_id: int) -> Progress:
    """What became of an inbound message so far."""
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(_PROGRESS, conversation, message_id, _RECENT_TURNS)
        if rows and not rows[0]["waits"] and rows[0]["turn"] is None:
            rows = await connection.fetch(_PROGRESS, conversation, message_id, None)
    if not rows or rows[0]["turn"] is None:
        return Progress(settled=False)
    written = [row for row in rows if row["id"] is not None]
    return Progress(
        settled=not any(row["status"] in _UNDER_WAY for row in written), outcome=rows[0]["outcome"],
        agent=rows[0]["agent"], intent=rows[0]["intent"],
        replies=tuple(_said(row) for row in written if row["status"] in SHOWN),
    )  # fmt: skip


async def history(
    resources: Resources, tenant: str, conversation: str, *, before: int | None, most: int
) -> list[Said] | None:
    """The newest messages before a seq, newest last; None when there is no such conversation."""
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(
            f"""SELECT {_COLUMNS} FROM messages m
                WHERE m.conversation_id = $1 AND ($2::bigint IS NULL OR m.seq < $2)
                  AND (m.direction = 'in' OR m.status = ANY ($4)) ORDER BY m.seq DESC LIMIT $3""",
            conversation, before, most, SHOWN,
        )  # fmt: skip
        if not rows and not await connection.fetchval("SELECT 1 FROM conversations WHERE id = $1", conversation):
            return None
    return [_said(row) for row in reversed(rows)]


async def said_after(resources: Resources, tenant: str, conversation: str, seq: int, *, most: int = 200) -> list[Said]:
    """What was said to the customer after a seq, oldest first."""
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(
            f"""SELECT {_COLUMNS} FROM messages m
                WHERE m.conversation_id = $1 AND m.seq > $2 AND m.direction = 'out' AND m.status = ANY ($4)
                ORDER BY m.seq LIMIT $3""",
            conversation, seq, most, SHOWN,
        )  # fmt: skip
    return [_said(row) for row in rows]


async def last_seq(resources: Resources, tenant: str, conversation: str) -> int:
    """The seq of the newest message; 0 before the first."""
    async with resources.tenant_connection(tenant) as connection:
        found = await connection.fetchval("SELECT last_seq FROM conversations WHERE id = $1", conversation)
    return int(found or 0)


async def active(resources: Resources, tenant: str, *, since: datetime, most: int) -> list[dict[str, Any]]:
    """Conversations with a message since then, newest first."""
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(
            """SELECT id, channel, peer, mode, agent, locale, last_message_at FROM conversations
               WHERE tenant_id = $1 AND last_message_at >= $2 ORDER BY last_message_at DESC LIMIT $3""",
            tenant, since, most,
        )  # fmt: skip
    return [dict(row) for row in rows]


_PROGRESS = f"""
WITH asked AS (
  SELECT m.seq, EXISTS (SELECT 1 FROM todo d WHERE d.conversation_id = $1 AND d.seq = m.seq) AS waits
  FROM messages m WHERE m.id = $2 AND m.conversation_id = $1
), handled AS (
  SELECT t.turn, t.outcome, t.agent, t.intent
  FROM (SELECT * FROM turns WHERE conversation_id = $1 ORDER BY turn DESC LIMIT $3) t, asked a
  WHERE NOT a.waits AND a.seq BETWEEN t.from_seq AND t.to_seq ORDER BY t.turn DESC LIMIT 1
)
SELECT a.waits, h.turn, h.outcome, h.agent, h.intent, {_COLUMNS}
FROM asked a LEFT JOIN handled h ON true
LEFT JOIN messages m ON m.conversation_id = $1 AND m.direction = 'out' AND m.turn = h.turn
ORDER BY m.part
"""


def _said(row: Any) -> Said:
    part = row["content"].get("part", {}) if row["direction"] == "out" else {}
    buttons = tuple(Button(id=each["id"], title=each["title"]) for each in part.get("buttons", ()))
    return Said(
        id=row["id"], seq=row["seq"], author=row["author"], kind=row["kind"], text=row["text"],
        status=row["status"], at=row["created_at"], buttons=buttons,
        media=msgspec.convert(part["media"], Media) if part.get("media") else None,
    )  # fmt: skip
