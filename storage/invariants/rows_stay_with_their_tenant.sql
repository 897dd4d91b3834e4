-- No message, outbox row, turn, event or customer crosses from one tenant to another.
SELECT c.tenant_id, c.id AS subject, 'its account' AS detail
FROM conversations c JOIN channel_accounts a ON a.id = c.account_id
WHERE a.tenant_id <> c.tenant_id AND c.last_message_at >= $1
UNION ALL SELECT c.tenant_id, c.id, 'its customer'
FROM conversations c JOIN customers u ON u.id = c.customer_id
WHERE u.tenant_id <> c.tenant_id AND c.last_message_at >= $1
UNION ALL SELECT m.tenant_id, m.conversation_id || ' ' || m.seq, 'its conversation'
FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE (m.tenant_id <> c.tenant_id OR m.account_id <> c.account_id) AND m.created_at >= $1
UNION ALL SELECT t.tenant_id, t.conversation_id || ' ' || t.seq, 'its message'
FROM todo t JOIN messages m ON m.id = t.message_id
WHERE m.tenant_id <> t.tenant_id OR m.conversation_id <> t.conversation_id OR m.seq <> t.seq
UNION ALL SELECT t.tenant_id, t.conversation_id || ' turn ' || t.turn, 'its conversation'
FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.tenant_id <> t.tenant_id AND t.at >= $1
UNION ALL SELECT e.tenant_id, 'event ' || e.id, 'its message'
FROM message_events e JOIN messages m ON m.id = e.message_id WHERE m.tenant_id <> e.tenant_id AND e.at >= $1
UNION ALL SELECT p.tenant_id, p.account_id || ' ' || p.peer, 'its conversation'
FROM peers p JOIN conversations c ON c.id = p.conversation_id
WHERE c.tenant_id <> p.tenant_id OR c.account_id <> p.account_id
