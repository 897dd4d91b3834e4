-- One invoice is reminded of at most once per stage, and once more only when another channel took over.
SELECT m.tenant_id, m.content #>> '{dunning,invoice}' || ' ' || (m.content #>> '{dunning,stage}') AS subject,
       format('%s messages left', count(*)) AS detail
FROM messages m
WHERE m.content ? 'dunning' AND m.status IN ('accepted', 'sent', 'delivered', 'read') AND m.created_at >= $1
GROUP BY m.tenant_id, m.content #>> '{dunning,invoice}', m.content #>> '{dunning,stage}'
HAVING count(*) FILTER (WHERE NOT (m.content #> '{dunning,fallback}')::boolean) > 1
    OR count(*) FILTER (WHERE (m.content #> '{dunning,fallback}')::boolean) > 1
