-- Nothing leaves while a kill switch is on, save what was under way when it was thrown.
SELECT e.tenant_id, coalesce(m.conversation_id, '') || ' ' || coalesce(m.seq, 0) AS subject,
       format('%s since %s, sent at %s', k.scope, k.since, e.at) AS detail
FROM kill_switches k
JOIN message_events e ON e.kind = 'attempt' AND e.at > k.since + interval '30 seconds' AND e.at >= $1
JOIN tenants t ON t.id = e.tenant_id AND t.environment <> 'sandbox'
JOIN messages m ON m.id = e.message_id
JOIN conversations c ON c.id = m.conversation_id
WHERE k.scope IN ('global', 'tenant:' || e.tenant_id, 'channel:' || e.tenant_id || '/' || c.channel)
  AND e.status = 'sent'
