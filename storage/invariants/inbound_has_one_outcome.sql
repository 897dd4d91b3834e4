-- Every accepted message of a customer waits for its turn or was answered for by exactly one turn.
SELECT m.tenant_id, m.conversation_id || ' ' || m.seq AS subject,
       format('waiting %s, turns %s', n.waiting, n.turns) AS detail
FROM messages m
CROSS JOIN LATERAL (
  SELECT (SELECT count(*) FROM todo t WHERE t.conversation_id = m.conversation_id AND t.seq = m.seq) AS waiting,
         (SELECT count(*) FROM turns t
          WHERE t.conversation_id = m.conversation_id AND m.seq BETWEEN t.from_seq AND t.to_seq) AS turns) n
WHERE m.direction = 'in' AND m.kind IN ('message', 'callback', 'unsupported') AND m.created_at >= $1
  AND NOT coalesce((m.content ->> 'standby')::boolean, false) AND n.waiting + n.turns <> 1
