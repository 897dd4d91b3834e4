"""Messages that nobody asked for: as a campaign or a reminder writes them into the outbox."""

import msgspec

from core.messages import Part
from storage.conversations import OutContent
from storage.resources import Resources

_WRITE = """
WITH c AS (
  UPDATE conversations SET version = version + 1, last_seq = last_seq + 1 WHERE id = ANY ($1) RETURNING *
), written AS (
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                        turn, part)
  SELECT tenant_id, id, account_id, 'out', last_seq, 'agent', 'message', $2, $3::jsonb, 'pending', version, 1 FROM c
  RETURNING id, conversation_id, seq, tenant_id
)
INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction, bulk)
SELECT conversation_id, seq, id, tenant_id, 'out', true FROM written
"""


async def bulk(resources: Resources, conversations: list[str], text: str) -> None:
    """One bulk message to each conversation; whoever wants it sent soon rings."""
    content = msgspec.to_builtins(OutContent(part=Part(text=text)))
    await resources.pg.execute(_WRITE, conversations, text, content)
