-- After an opt-out nothing goes out that was written before it.
SELECT m.tenant_id, m.conversation_id || ' ' || m.seq AS subject,
       format('opted out at %s (place %s), sent at %s', a.at, c.opted_out_seq, m.sent_at) AS detail
FROM conversations c
JOIN LATERAL (
  SELECT max(l.at) AS at FROM audit_log l
  WHERE l.tenant_id = c.tenant_id AND l.subject = c.id AND l.action IN ('consent.opted_out', 'contact.opted_out')) a
  ON true
JOIN messages m ON m.conversation_id = c.id
WHERE c.opted_out_seq IS NOT NULL AND m.direction = 'out' AND m.author <> 'system' AND m.seq < c.opted_out_seq
  AND m.sent_at > a.at + interval '30 seconds' AND m.created_at >= $1
