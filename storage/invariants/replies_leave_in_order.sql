-- The replies of a conversation are sent in the order of their places.
SELECT x.tenant_id, x.conversation_id || ' ' || x.seq AS subject,
       format('sent at %s, the one before it at %s', x.sent_at, x.before) AS detail
FROM (
  SELECT m.tenant_id, m.conversation_id, m.seq, m.sent_at,
         lag(m.sent_at) OVER (PARTITION BY m.conversation_id ORDER BY m.seq) AS before
  FROM messages m
  WHERE m.direction = 'out' AND m.author <> 'human' AND m.sent_at IS NOT NULL AND m.created_at >= $1
    -- When a send of unknown outcome was really processed, nobody can say.
    AND NOT EXISTS (SELECT 1 FROM message_events e WHERE e.message_id = m.id AND e.status = 'unknown')) x
WHERE x.sent_at < x.before
