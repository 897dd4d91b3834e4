-- What a debt counts as paid is the sum of its payments, and an invoice says no less than that.
WITH net AS (
  SELECT b.tenant_id, b.kind, b.number, (b.booked->>'paid')::bigint AS counted, coalesce((
    SELECT sum(p.amount_minor - p.refunded_minor - p.lost_minor) FROM payments p
    WHERE p.tenant_id = b.tenant_id AND p.rank >= 30 AND p.status <> 'flagged'
      AND p.provider NOT IN ('transfer', 'cash')
      AND CASE b.kind WHEN 'invoice' THEN p.invoice_number WHEN 'order' THEN p.order_number
                      ELSE p.quote_number END = b.number), 0) AS paid
  FROM payment_books b
  WHERE EXISTS (SELECT 1 FROM payments p WHERE p.tenant_id = b.tenant_id AND p.updated_at >= $1
                  AND b.number IN (p.invoice_number, p.order_number, p.quote_number))
)
SELECT n.tenant_id, n.kind || ' ' || n.number AS subject,
       format('counted %s, payments %s, invoice %s', n.counted, n.paid, i.paid_minor) AS detail
FROM net n LEFT JOIN invoices i ON n.kind = 'invoice' AND i.tenant_id = n.tenant_id AND i.number = n.number
WHERE n.counted <> greatest(0, n.paid) OR i.paid_minor < n.counted
