-- Stop 7: save many turns at once, each only if its conversation still has the version that the turn read.
-- last_message_at stays as the inbound message set it: no index changes, so the row's update stays on its page.
-- The first group of arrays is one element a turn, the second (r_) one element a reply part.
CREATE OR REPLACE FUNCTION commit_turns(
  conversation text[], version bigint[], agent text[], mode text[], locale text[], state text[], consent text[],
  from_seq bigint[], to_seq bigint[], outcome text[], intent text[], trace text[], replies int[], writes text[],
  r_conversation text[], r_part int[], r_author text[], r_text text[], r_content text[], r_bulk boolean[]
) RETURNS TABLE (conversation_id text, turn bigint, first_seq bigint, message_ids bigint[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM conversations c WHERE c.id = ANY (conversation) ORDER BY c.id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH d AS (
    SELECT * FROM unnest(conversation, version, agent, mode, locale, state, consent, from_seq, to_seq, outcome,
                         intent, trace, replies, writes)
      AS d(id, version, agent, mode, locale, state, consent, from_seq, to_seq, outcome, intent, trace, replies, writes)
  ), won AS (
    UPDATE conversations c
    SET version = c.version + 1, agent = d.agent, locale = d.locale, state = d.state::jsonb,
        last_seq = c.last_seq + d.replies,
        mode = d.mode,
        opted_out_seq = CASE d.consent WHEN 'opted_out' THEN d.to_seq WHEN 'opted_in' THEN NULL
                                       ELSE c.opted_out_seq END,
        bulk_stopped = CASE d.consent WHEN 'opted_out' THEN true WHEN 'opted_in' THEN false ELSE c.bulk_stopped END
    FROM d WHERE c.id = d.id AND c.version = d.version
    RETURNING c.id, c.version AS turn, c.last_seq - d.replies AS base, c.tenant_id, c.account_id, c.customer_id
  ), handled AS (
    DELETE FROM todo t USING won w JOIN d ON d.id = w.id
    WHERE t.conversation_id = w.id AND t.direction = 'in' AND t.seq <= d.to_seq
  ), recorded AS (
    INSERT INTO turns (conversation_id, turn, tenant_id, from_seq, to_seq, outcome, agent, intent, trace)
    SELECT w.id, w.turn, w.tenant_id, d.from_seq, d.to_seq, d.outcome, d.agent, d.intent, d.trace::jsonb
    FROM won w JOIN d ON d.id = w.id
  ), consented AS (
    INSERT INTO audit_log (tenant_id, actor, action, subject)
    SELECT w.tenant_id, 'customer', 'consent.' || d.consent, w.id FROM won w JOIN d ON d.id = w.id
    WHERE d.consent IS NOT NULL
  ), written AS (
    INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content,
                          status, turn, part)
    SELECT w.tenant_id, w.id, w.account_id, 'out', w.base + r.part, r.author, 'message', r.text,
           r.content::jsonb, 'pending', w.turn, r.part
    FROM unnest(r_conversation, r_part, r_author, r_text, r_content) AS r(id, part, author, text, content)
    JOIN won w ON w.id = r.id ORDER BY r.part
    RETURNING id, conversation_id, seq, part, tenant_id
  ), queued AS (
    INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction, bulk)
    SELECT x.conversation_id, x.seq, x.id, x.tenant_id, 'out', r.bulk
    FROM written x JOIN unnest(r_conversation, r_part, r_bulk) AS r(id, part, bulk)
      ON r.id = x.conversation_id AND r.part = x.part
  ), applied AS (
    SELECT apply_writes(w.tenant_id, w.customer_id, w.id, d.writes::jsonb) FROM won w JOIN d ON d.id = w.id
    WHERE d.writes IS NOT NULL
  )
  SELECT w.id::text, w.turn, w.base + 1,
         ARRAY(SELECT x.id FROM written x WHERE x.conversation_id = w.id ORDER BY x.part)
  FROM won w, (SELECT count(*) FROM applied) all_applied;  -- a SELECT that nobody reads would not run
END $$;
