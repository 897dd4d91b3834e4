-- Stop 8, before the request: claim the head of each conversation's outbox, or say why it may not go.
-- Kill switch, stopped account, contact state, opt-out, takeover, session window, and whether a reminder is still due
-- are decided here and nowhere else, in the statement that makes the row `sending`. What a switch has held for longer
-- than the tenant's limit (settings: held_hours, 24 unless said) is of no use to anybody any more.
CREATE OR REPLACE FUNCTION claim_sends(
  conversation text[], place bigint[], worker text, windowed boolean[], templated boolean[]
) RETURNS TABLE (conversation_id text, seq bigint, verdict text, attempts int) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock_shared(45, 0);  -- whoever turns a switch on waits for the claims that did not see it
  RETURN QUERY
  WITH d AS (
    SELECT * FROM unnest(conversation, place, windowed, templated) AS d(id, seq, windowed, templated)
  ), judged AS (
    SELECT t.conversation_id, t.seq, t.message_id, CASE
      WHEN t.seq > (SELECT min(h.seq) FROM todo h WHERE h.conversation_id = t.conversation_id AND h.direction = 'out')
        THEN 'wait:not_head'
      WHEN n.environment <> 'sandbox' AND EXISTS (
        SELECT 1 FROM kill_switches k WHERE k.scope IN
          ('global', 'tenant:' || c.tenant_id, 'channel:' || c.tenant_id || '/' || c.channel))
        THEN 'held:kill_switch'
      WHEN a.stopped_reason IS NOT NULL THEN 'held:account_stopped'
      WHEN t.held_at IS NOT NULL AND m.created_at < now() - make_interval(secs => 3600 * CASE
        WHEN jsonb_typeof(n.settings -> 'held_hours') = 'number' THEN (n.settings ->> 'held_hours')::float8 ELSE 24 END)
        THEN 'dropped:too_old'
      WHEN c.contact IN ('blocked', 'unreachable', 'moved') THEN 'dropped:contact_' || c.contact
      WHEN c.opted_out_seq IS NOT NULL AND m.author <> 'system' AND (t.bulk OR t.seq < c.opted_out_seq)
        THEN 'dropped:opted_out'
      WHEN t.bulk AND c.bulk_stopped THEN 'dropped:opted_out'
      WHEN m.author = 'agent' AND c.mode = 'human' AND m.turn < c.taken_version THEN 'dropped:taken_over'
      WHEN r.reason IS NOT NULL THEN 'dropped:' || r.reason
      WHEN d.windowed AND NOT d.templated AND m.author <> 'human'
        AND coalesce(c.window_until, '-infinity') < tenant_now(c.tenant_id) THEN 'dropped:window_closed'
      ELSE 'sending' END AS verdict, n.timezone
    FROM d JOIN todo t ON t.conversation_id = d.id AND t.seq = d.seq AND t.direction = 'out'
      AND t.state IN ('waiting', 'held')
    JOIN messages m ON m.id = t.message_id
    JOIN conversations c ON c.id = t.conversation_id
    JOIN tenants n ON n.id = c.tenant_id
    JOIN channel_accounts a ON a.id = c.account_id
    CROSS JOIN LATERAL (
      SELECT CASE WHEN t.bulk THEN stop_reminder(m.id) END AS reason OFFSET 0  -- asked once, and of bulk rows only
    ) r
  ), claimed AS (
    UPDATE todo t
    SET state = CASE WHEN j.verdict = 'sending' THEN 'sending' ELSE 'held' END,
        worker = $3, claimed_at = now(), attempts = t.attempts + (j.verdict = 'sending')::int,
        held_at = CASE WHEN j.verdict = 'held:kill_switch' THEN coalesce(t.held_at, now()) ELSE t.held_at END
    FROM judged j
    WHERE t.conversation_id = j.conversation_id AND t.seq = j.seq AND t.state IN ('waiting', 'held')
      AND (j.verdict = 'sending' OR j.verdict LIKE 'held:%')
    RETURNING t.conversation_id, t.seq, t.attempts, t.message_id, t.tenant_id, t.bulk, j.verdict, j.timezone
  ), reminded AS (
    UPDATE dunning_steps s SET claimed_at = now(), local_at = tenant_now(x.tenant_id) AT TIME ZONE x.timezone
    FROM claimed x WHERE x.bulk AND x.verdict = 'sending' AND s.message_id = x.message_id
  ), gone AS (
    DELETE FROM todo t USING judged j
    WHERE t.conversation_id = j.conversation_id AND t.seq = j.seq AND t.state IN ('waiting', 'held')
      AND j.verdict LIKE 'dropped:%'
    RETURNING t.conversation_id, t.seq, t.message_id, j.verdict
  ), marked AS (
    UPDATE messages m SET status = split_part(x.verdict, ':', 1), reason = split_part(x.verdict, ':', 2)
    FROM (SELECT message_id, verdict FROM gone
          UNION ALL SELECT message_id, verdict FROM claimed WHERE verdict <> 'sending') x
    WHERE m.id = x.message_id
  )
  SELECT x.conversation_id::text, x.seq, x.verdict, x.attempts::int FROM claimed x
  UNION ALL SELECT x.conversation_id::text, x.seq, x.verdict, 0 FROM gone x
  UNION ALL SELECT j.conversation_id::text, j.seq, j.verdict, 0 FROM judged j WHERE j.verdict LIKE 'wait:%';
END $$;
