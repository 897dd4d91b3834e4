-- Stop 8, after the request: write down what became of each send that this worker had claimed.
-- result: sent | retry (again at `due`) | unknown (outcome to be found out from `due` on) | failed | dead | held.
CREATE OR REPLACE FUNCTION finish_sends(
  conversation text[], place bigint[], worker text, result text[], provider_id text[], code text[], detail text[],
  wait_seconds double precision[], free boolean[]
) RETURNS TABLE (conversation_id text, seq bigint, status text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  -- A receipt of the same provider id, or an echo, comes wholly before or wholly after this.
  PERFORM pg_advisory_xact_lock(k.key) FROM (
    SELECT DISTINCT hashtextextended(p, 43) AS key FROM unnest(provider_id) p WHERE p IS NOT NULL ORDER BY 1) k;
  RETURN QUERY
  WITH d AS (
    SELECT * FROM unnest(conversation, place, result, provider_id, code, detail, wait_seconds, free)
      AS d(id, seq, result, provider_id, code, detail, wait_seconds, free)
  ), mine AS (
    SELECT d.*, t.message_id FROM d JOIN todo t ON t.conversation_id = d.id AND t.seq = d.seq
    WHERE t.state = 'sending' AND t.worker = $3 FOR UPDATE OF t
  ), done AS (
    DELETE FROM todo t USING mine x
    WHERE t.conversation_id = x.id AND t.seq = x.seq AND x.result IN ('sent', 'failed', 'dead')
  ), later AS (
    UPDATE todo t
    SET state = CASE x.result WHEN 'retry' THEN 'waiting' ELSE x.result END,
        due_at = CASE x.result WHEN 'held' THEN 'infinity'
                               ELSE now() + make_interval(secs => x.wait_seconds) END,
        attempts = t.attempts - x.free::int, worker = NULL
    FROM mine x
    WHERE t.conversation_id = x.id AND t.seq = x.seq AND x.result IN ('retry', 'unknown', 'held')
  ), early AS (
    -- Receipts that came before the answer to our request.
    UPDATE message_events e SET message_id = x.message_id
    FROM mine x JOIN messages m ON m.id = x.message_id
    WHERE x.result = 'sent' AND e.account_id = m.account_id AND e.provider_message_id = x.provider_id
      AND e.message_id IS NULL
    RETURNING e.message_id, e.status, e.code
  ), marked AS (
    UPDATE messages m
    SET status = CASE
          WHEN x.result = 'retry' THEN 'pending'
          WHEN x.result <> 'sent' THEN x.result
          ELSE coalesce((SELECT e.status FROM early e WHERE e.message_id = m.id
                         ORDER BY status_rank(e.status) DESC LIMIT 1), 'sent') END,
        provider_message_id = coalesce(x.provider_id, m.provider_message_id),
        reason = CASE WHEN x.result = 'sent' THEN NULL ELSE x.code END,
        sent_at = CASE WHEN x.result = 'sent' THEN now() ELSE m.sent_at END
    FROM mine x WHERE m.id = x.message_id
    RETURNING m.id, m.conversation_id, m.seq, m.status, m.tenant_id, m.account_id
  ), lettered AS (
    INSERT INTO dead_letters (tenant_id, source, conversation_id, message_id, reason)
    SELECT m.tenant_id, 'outbound', m.conversation_id, m.id, x.code FROM marked m JOIN mine x ON x.message_id = m.id
    WHERE x.result = 'dead'
  ), attempted AS (
    INSERT INTO message_events (tenant_id, account_id, message_id, provider_message_id, kind, status, code, detail)
    SELECT m.tenant_id, m.account_id, m.id, x.provider_id, 'attempt', x.result, x.code, x.detail
    FROM marked m JOIN mine x ON x.message_id = m.id
  )
  SELECT m.conversation_id::text, m.seq, m.status::text FROM marked m;
END $$;
