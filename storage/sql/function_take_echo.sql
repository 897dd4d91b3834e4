-- Something was sent from our account: ours proves a send, a colleague's is a human turn. Returns the conversation
-- that was taken over by it, if so. Copies of one echo come one after the other, each seeing what the last one did.
CREATE OR REPLACE FUNCTION take_echo(account text, customer text, provider_id text, body text)
RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  conversation text;
  taken text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(provider_id, 43));
  SELECT c.id INTO conversation FROM peers p JOIN conversations c ON c.id = p.conversation_id
    WHERE p.account_id = $1 AND p.peer = $2 FOR NO KEY UPDATE OF c;
  -- Locked before the message, as everywhere; and before asking whether we know it, for who holds the lock may just be
  -- writing down that we sent it.
  PERFORM 1 FROM todo t WHERE t.conversation_id = conversation AND t.direction = 'out' ORDER BY t.seq FOR UPDATE;
  IF conversation IS NULL OR EXISTS (
    SELECT 1 FROM messages m WHERE m.account_id = $1 AND m.direction = 'out' AND m.provider_message_id = $3
  ) THEN
    RETURN NULL;
  END IF;
  WITH ours AS (
    -- Sent by us, but the answer to the request has not come (or never will): the echo is the proof. It may come
    -- after nobody waits for it any more and the message is listed as unknown.
    SELECT m.conversation_id, m.seq, m.id AS message_id FROM messages m
    LEFT JOIN todo t ON t.conversation_id = m.conversation_id AND t.seq = m.seq
    WHERE m.conversation_id = conversation AND m.direction = 'out' AND m.provider_message_id IS NULL
      AND m.text = $4 AND (t.state IN ('sending', 'unknown') OR (t.state = 'waiting' AND t.attempts > 0)
                           OR (t.state IS NULL AND m.status = 'unknown'))
    ORDER BY m.seq LIMIT 1
  ), proven AS (
    UPDATE messages m SET status = 'sent', provider_message_id = $3, sent_at = now() FROM ours o
    WHERE m.id = o.message_id
  ), closed AS (
    DELETE FROM todo t USING ours o WHERE t.conversation_id = o.conversation_id AND t.seq = o.seq
  ), taken AS (
    UPDATE conversations c SET version = c.version + 1, taken_version = c.version + 1, mode = 'human',
           held_by = 'provider app', last_seq = c.last_seq + 1, last_message_at = now()
    WHERE c.id = conversation AND NOT EXISTS (SELECT 1 FROM ours)
    RETURNING c.id, c.tenant_id, c.last_seq
  ), told AS (
    INSERT INTO audit_log (tenant_id, actor, action, subject)
    SELECT tenant_id, 'provider app', 'conversation.takeover', id FROM taken
  )
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, status,
                        provider_message_id, sent_at)
  SELECT tenant_id, id, $1, 'out', last_seq, 'human', 'message', $4, 'sent', $3, now() FROM taken
  RETURNING conversation_id INTO taken;
  RETURN taken;
END $$;
