-- Every event of a payment provider is settled or given up within two hours.
SELECT e.tenant_id, e.source || ' ' || e.event_id AS subject, format('%s waits since %s', e.name, e.received_at) AS detail
FROM webhook_events e
WHERE e.due_at IS NOT NULL AND e.received_at < now() - interval '2 hours' AND e.received_at >= $1::timestamptz - interval '1 day'
