-- Where a provider allows free text only within 24 hours of the customer's last message, none goes out later.
SELECT m.tenant_id, m.conversation_id || ' ' || m.seq AS subject,
       format('sent at %s, last message of the customer %s', m.sent_at, i.at) AS detail
FROM messages m
JOIN conversations c ON c.id = m.conversation_id
CROSS JOIN LATERAL (
  SELECT max(x.created_at) AS at FROM messages x
  WHERE x.conversation_id = m.conversation_id AND x.direction = 'in' AND x.created_at <= m.sent_at) i
WHERE m.direction = 'out' AND m.author IN ('agent', 'system') AND m.sent_at IS NOT NULL AND m.created_at >= $1
  AND c.channel IN ('whatsapp_cloud', 'whatsapp_twilio', 'instagram')
  AND m.content -> 'part' ->> 'style' IS DISTINCT FROM 'template'
  AND (i.at IS NULL OR m.sent_at > i.at + interval '24 hours')
