-- What is to be sent stands in the outbox until its outcome is written down, and not a moment longer.
SELECT m.tenant_id, m.conversation_id || ' ' || m.seq AS subject,
       format('%s, in the outbox: %s', m.status, coalesce(t.state, 'no')) AS detail
FROM messages m LEFT JOIN todo t ON t.conversation_id = m.conversation_id AND t.seq = m.seq AND t.direction = 'out'
WHERE m.direction = 'out' AND m.created_at >= $1 AND (
  (m.status IN ('pending', 'held') AND t.seq IS NULL)
  OR (m.status IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'dead', 'dropped') AND t.seq IS NOT NULL))
