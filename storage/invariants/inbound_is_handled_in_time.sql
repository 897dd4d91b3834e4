-- No message of a customer waits for its first turn longer than a minute.
SELECT t.tenant_id, t.conversation_id || ' ' || t.seq AS subject,
       format('waits since %s', m.created_at) AS detail
FROM todo t JOIN messages m ON m.id = t.message_id
WHERE t.direction = 'in' AND t.attempts = 0 AND m.created_at < now() - interval '1 minute' AND m.created_at >= $1
