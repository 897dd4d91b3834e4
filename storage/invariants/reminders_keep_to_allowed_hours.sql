-- No reminder leaves outside the hours that its tenant allows (settings: dunning.opens, dunning.closes; 8 to 21).
SELECT s.tenant_id, s.invoice_number || ' ' || s.stage AS subject,
       format('sent at %s of the tenant''s day, allowed from %s to %s', s.local_at, h.opens, h.closes) AS detail
FROM dunning_steps s JOIN tenants t ON t.id = s.tenant_id
CROSS JOIN LATERAL (
  SELECT coalesce((t.settings #> '{dunning,opens}')::int, 8) AS opens,
         coalesce((t.settings #> '{dunning,closes}')::int, 21) AS closes) h
WHERE s.claimed_at >= $1 AND s.local_at IS NOT NULL AND h.opens < h.closes
  AND NOT (extract(hour FROM s.local_at) >= h.opens AND extract(hour FROM s.local_at) < h.closes)
