-- What was settled when a reminder was claimed is not reminded of, save what was under way at that moment.
SELECT s.tenant_id, s.invoice_number || ' ' || s.stage AS subject,
       format('settled at %s, claimed at %s', i.settled_at, s.claimed_at) AS detail
FROM dunning_steps s JOIN invoices i ON i.tenant_id = s.tenant_id AND i.number = s.invoice_number
WHERE s.claimed_at > i.settled_at + interval '2 seconds' AND s.claimed_at >= $1
