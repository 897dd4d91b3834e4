-- No reply is accepted by a provider twice, unless a second attempt was decided on and recorded.
SELECT m.tenant_id, m.conversation_id || ' ' || m.seq AS subject,
       format('sent %s times, sent again on purpose %s times', n.sent, n.again) AS detail
FROM messages m
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE e.kind = 'attempt' AND e.status = 'sent') AS sent,
         count(*) FILTER (WHERE e.kind = 'resend' AND e.code NOT IN ('never_begun', 'refused', 'absent_at_provider')) AS again
  FROM message_events e WHERE e.message_id = m.id) n
WHERE m.direction = 'out' AND m.created_at >= $1 AND n.sent > 1 + n.again
