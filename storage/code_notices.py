"""A message that a customer did not just ask for in this place: a code that goes to an address of theirs."""

from typing import Any

import msgspec

from core.messages import Part, Struct
from storage.conversations import OutContent

# Where a code goes, best first: places that a stolen chat window does not show.
_PLACES = ("email", "sms", "telegram")


class Place(Struct):
    """An address of a customer that a provider has vouched for, on one of the tenant's accounts."""

    account: str
    channel: str
    peer: str

    @property
    def masked(self) -> str:
        """The address as it may be shown to whoever asks: enough for its owner to know it again."""
        if self.channel == "email":
            name, _, host = self.peer.partition("@")
            return f"{name[:1]}•••@{host}"
        shown = self.channel.partition("_")[0].capitalize()
        return f"{shown} •••{self.peer[-4:]}" if self.channel != "telegram" else "Telegram"


async def places(connection: Any, tenant: str, customer_id: int, conversation_id: str) -> list[Place]:
    """Where this customer can be reached, best first; the conversation itself last, and only when a provider knows
    who writes there (in a web chat nobody does)."""
    rows = await connection.fetch(_KNOWN, tenant, customer_id, list(_PLACES), conversation_id)
    return [Place(account=row["account"], channel=row["channel"], peer=row["peer"]) for row in rows]


async def put(connection: Any, tenant: str, customer_id: int, place: Place, text: str) -> str | None:
    """Put a message of the house into the outbox of that address; returns its conversation, which the caller rings.

    None: the address turned out to belong to somebody else.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 41))", tenant)  # as ingest does
    await connection.execute(_OPEN, place.account, place.peer, tenant, place.channel, customer_id)
    content = msgspec.json.encode(OutContent(part=Part(text=text))).decode()
    row = await connection.fetchrow(_WRITE, place.account, place.peer, tenant, customer_id, text, content)
    return row["conversation_id"] if row else None


_KNOWN = """
WITH here AS (SELECT account_id, channel, peer FROM conversations WHERE id = $4 AND tenant_id = $1)
SELECT a.id AS account, a.channel, i.value AS peer, array_position($3::text[], a.channel::text) AS rank
FROM customer_identities i JOIN channel_accounts a ON a.tenant_id = i.tenant_id
  AND a.channel = CASE i.kind WHEN 'phone' THEN 'sms' ELSE i.kind END
WHERE i.tenant_id = $1 AND i.customer_id = $2 AND a.channel = ANY ($3) AND a.stopped_reason IS NULL
  AND NOT EXISTS (SELECT 1 FROM here h WHERE h.channel = a.channel)
  AND NOT EXISTS (SELECT 1 FROM peers p JOIN conversations c ON c.id = p.conversation_id
    WHERE p.account_id = a.id AND p.peer = i.value AND (c.customer_id <> $2 OR c.contact <> 'ok'))
UNION ALL
SELECT account_id, channel, peer, 99 FROM here WHERE channel <> 'web'
ORDER BY rank, account, peer
"""
_OPEN = """
WITH opened AS (
  INSERT INTO conversations (id, tenant_id, account_id, channel, peer, customer_id)
  SELECT $1::text || ':' || $2::text, $3, $1, $4, $2, $5::bigint
  WHERE NOT EXISTS (SELECT 1 FROM peers WHERE account_id = $1 AND peer = $2)
  ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO peers (account_id, peer, tenant_id, conversation_id) SELECT $1, $2, $3, id FROM opened
ON CONFLICT DO NOTHING
"""
_WRITE = """
WITH c AS (
  UPDATE conversations SET version = version + 1, last_seq = last_seq + 1
  WHERE id = (SELECT conversation_id FROM peers WHERE account_id = $1 AND peer = $2)
    AND tenant_id = $3 AND customer_id = $4 RETURNING *
), written AS (
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                        turn, part)
  SELECT tenant_id, id, account_id, 'out', last_seq, 'system', 'message', $5, $6::text::jsonb, 'pending', version, 1
  FROM c RETURNING id, conversation_id, seq, tenant_id
), queued AS (
  INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
  SELECT conversation_id, seq, id, tenant_id, 'out' FROM written
) SELECT conversation_id FROM written
"""
