-- A receipt moves its message up the rank, never down; one that comes before its message's provider id is known
-- waits for it (finish_sends takes it then). Each statement sees what was committed before it began, so whoever
-- takes the lock of a provider id second sees what the first one wrote.
CREATE OR REPLACE FUNCTION apply_receipt(
  account text, ours bigint, provider_id text, tenant text, word text, error_code text, error_text text
) RETURNS TABLE (conversation_id text, proven bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  target messages%ROWTYPE;
BEGIN
  IF ours IS NOT NULL THEN
    SELECT * INTO target FROM messages m WHERE m.id = ours AND m.account_id = $1 AND m.direction = 'out';
  ELSIF provider_id IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(provider_id, 43));
    SELECT * INTO target FROM messages m
      WHERE m.account_id = $1 AND m.direction = 'out' AND m.provider_message_id = provider_id
      ORDER BY m.id DESC LIMIT 1;
  END IF;
  INSERT INTO message_events (tenant_id, account_id, message_id, provider_message_id, kind, status, code, detail)
    VALUES (tenant, account, target.id, provider_id, 'receipt', word, error_code, error_text);
  -- Locked before the message, as everywhere: the worker may be writing the same send down at this moment.
  PERFORM 1 FROM todo d WHERE d.conversation_id = target.conversation_id AND d.seq = target.seq FOR UPDATE;
  RETURN QUERY
  WITH moved AS (
    UPDATE messages m
    SET status = CASE WHEN status_rank(word) > status_rank(m.status) THEN word ELSE m.status END,
        reason = CASE WHEN word = 'failed' AND status_rank(word) > status_rank(m.status) THEN error_code
                      ELSE m.reason END,
        provider_message_id = coalesce(m.provider_message_id, $3), sent_at = coalesce(m.sent_at, now())
    WHERE m.id = target.id AND m.status NOT IN ('dropped', 'dead')
  ), proven AS (
    -- The provider has it: whatever our own record of the send says, it is done.
    DELETE FROM todo d
    WHERE d.conversation_id = target.conversation_id AND d.seq = target.seq
      AND (d.state IN ('sending', 'unknown') OR (d.state = 'waiting' AND d.attempts > 0))  -- after a 5xx
    RETURNING d.seq
  )
  SELECT target.conversation_id::text, (SELECT count(*) FROM proven);
END $$;
