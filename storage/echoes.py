"""An echo: something was sent from our account. Ours is a receipt; a colleague's is a human turn and a takeover."""

from core.messages import Account, Envelope
from storage.inbox import clean
from storage.resources import Resources

_TAKE = """
WITH held AS (
  SELECT c.id FROM peers p JOIN conversations c ON c.id = p.conversation_id
  WHERE p.account_id = $1 AND p.peer = $2 FOR NO KEY UPDATE OF c
), known AS (
  SELECT 1 FROM messages m WHERE m.account_id = $1 AND m.direction = 'out' AND m.provider_message_id = $3
), ours AS (
  -- Sent by us, but the answer to the request has not come (or never will): the echo is the proof.
  SELECT t.conversation_id, t.seq, t.message_id FROM todo t JOIN held h ON h.id = t.conversation_id
  JOIN messages m ON m.id = t.message_id
  WHERE t.direction = 'out' AND t.state IN ('sending', 'unknown') AND m.text = $4
  ORDER BY t.seq LIMIT 1 FOR UPDATE OF t
), proven AS (
  UPDATE messages m SET status = 'sent', provider_message_id = $3, sent_at = now() FROM ours o
  WHERE m.id = o.message_id AND NOT EXISTS (SELECT 1 FROM known) RETURNING m.id
), closed AS (
  DELETE FROM todo t USING ours o WHERE t.conversation_id = o.conversation_id AND t.seq = o.seq
    AND EXISTS (SELECT 1 FROM proven)
), taken AS (
  UPDATE conversations c SET version = version + 1, taken_version = version + 1, mode = 'human',
         held_by = 'provider app', last_seq = last_seq + 1, last_message_at = now()
  FROM held h WHERE c.id = h.id AND NOT EXISTS (SELECT 1 FROM known) AND NOT EXISTS (SELECT 1 FROM ours)
  RETURNING c.id, c.tenant_id, c.last_seq
), told AS (
  INSERT INTO audit_log (tenant_id, actor, action, subject)
  SELECT tenant_id, 'provider app', 'conversation.takeover', id FROM taken
)
INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, status,
                      provider_message_id, sent_at)
SELECT tenant_id, id, $1, 'out', last_seq, 'human', 'message', $4, 'sent', $3, now() FROM taken
RETURNING conversation_id
"""


async def apply(resources: Resources, account: Account, echo: Envelope) -> str | None:
    """Store an echo once; returns the conversation that a colleague took over by it, if so.

    `echo.sender.id` is the customer's address: the other side of the conversation.
    """
    taken = await resources.pg.fetchval(
        _TAKE, account.id, clean(echo.sender.id), clean(echo.provider_message_id or echo.dedupe), clean(echo.text)
    )
    return None if taken is None else str(taken)
