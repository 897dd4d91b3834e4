"""The control tower's inbox: a tenant's conversations and one conversation's messages, read as that tenant."""

from datetime import datetime
from typing import Any

from storage.resources import Resources

VIEWS = ("all", "unanswered", "human", "bot")


async def conversations(
    resources: Resources, tenant: str, *, view: str = "all", channel: str = "", text: str = "",
    before: datetime | None = None, most: int = 50,
) -> list[dict[str, Any]]:  # fmt: skip
    """Conversations, the newest first; those that wait for a person first come first in `unanswered`.

    `text` is looked for in names and addresses.
    """
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(
            _UNANSWERED if view == "unanswered" else _LIST, tenant, view, channel, _pattern(text), before, most
        )
    return [dict(row) for row in rows]


async def conversation(resources: Resources, tenant: str, conversation_id: str) -> dict[str, Any] | None:
    """One conversation with its customer; None when this tenant has none of this id."""
    async with resources.tenant_connection(tenant) as connection:
        row = await connection.fetchrow(_ONE, conversation_id)
    return dict(row) if row else None


async def messages(
    resources: Resources, tenant: str, conversation_id: str, *, before: int | None = None, most: int = 50
) -> list[dict[str, Any]]:
    """Messages, newest last, each outbound one with the turn that wrote it."""
    async with resources.tenant_connection(tenant) as connection:
        rows = await connection.fetch(_MESSAGES, conversation_id, before, most)
    return [dict(row) for row in reversed(rows)]


def _pattern(text: str) -> str:
    cleaned = text.replace("\x00", "").strip()
    return "%" + cleaned.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" if cleaned else ""


_COLUMNS = """
SELECT c.id, c.tenant_id AS tenant, c.channel, c.peer, c.mode, c.held_by, c.agent, c.locale, c.contact,
       c.opted_out_seq IS NOT NULL AS opted_out, c.window_until, c.last_message_at, c.last_seq, c.version,
       u.name AS customer_name, m.text AS preview, m.direction AS last_direction, m.author AS last_author,
       m.kind AS last_kind, m.status AS last_status,
       c.mode = 'human' AND (m.direction = 'in' OR c.held_by IS NULL) AS unanswered
"""
_FROM = """
FROM conversations c JOIN customers u ON u.id = c.customer_id
LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq
"""
_FILTER = """
WHERE c.tenant_id = $1 AND ($3 = '' OR c.channel = $3)
  AND ($4 = '' OR c.peer ILIKE $4 OR u.name ILIKE $4)
"""
_LIST = f"""{_COLUMNS}{_FROM}{_FILTER}
  AND ($2 = 'all' OR c.mode = $2) AND ($5::timestamptz IS NULL OR c.last_message_at < $5)
ORDER BY c.last_message_at DESC LIMIT $6
"""
_UNANSWERED = f"""{_COLUMNS}{_FROM}{_FILTER}
  AND $2 = 'unanswered' AND c.mode = 'human' AND (m.direction = 'in' OR c.held_by IS NULL)
  AND ($5::timestamptz IS NULL OR c.last_message_at > $5)
ORDER BY c.last_message_at LIMIT $6
"""
_ONE = f"{_COLUMNS}, c.state->'summary' AS summary, c.state->'human_stretch' AS human_stretch{_FROM} WHERE c.id = $1"
_MESSAGES = """
SELECT m.id, m.seq, m.direction, m.author, m.kind, m.text, m.content, m.status, m.reason, m.created_at AS at,
       m.sent_at, m.part, t.agent, t.intent, t.outcome, t.trace
FROM messages m LEFT JOIN turns t ON t.conversation_id = m.conversation_id AND t.turn = m.turn AND m.author <> 'human'
WHERE m.conversation_id = $1 AND ($2::bigint IS NULL OR m.seq < $2) ORDER BY m.seq DESC LIMIT $3
"""
