-- The places of a conversation's messages are 1, 2, 3 … without a gap, up to the last one it gave out.
SELECT c.tenant_id, c.id AS subject,
       format('%s messages, places %s to %s, last given %s', n.many, n.first, n.last, c.last_seq) AS detail
FROM conversations c
CROSS JOIN LATERAL (
  SELECT count(*) AS many, coalesce(min(m.seq), 1) AS first, coalesce(max(m.seq), 0) AS last
  FROM messages m WHERE m.conversation_id = c.id) n
WHERE c.last_message_at >= $1 AND (n.many <> c.last_seq OR n.last <> c.last_seq OR n.first <> 1)
