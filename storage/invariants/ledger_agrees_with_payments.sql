-- The ledger holds for every debt what its payment book says, account by account.
SELECT b.tenant_id, b.kind || ' ' || b.number || ' ' || a.name AS subject,
       format('book %s, ledger %s', a.value, held.minor) AS detail
FROM payment_books b
CROSS JOIN LATERAL (
  SELECT e.key AS name, e.value::bigint AS value FROM jsonb_each_text(b.booked) e
  WHERE e.key IN ('cash', 'receivable', 'customer_credit', 'refunds', 'chargebacks', 'bad_debt')) a
CROSS JOIN LATERAL (
  SELECT coalesce(sum(l.amount_minor), 0)::bigint AS minor FROM ledger_entries l
  WHERE l.tenant_id = b.tenant_id AND l.account = a.name AND l.transaction_id = ANY (
    SELECT 'payments:' || b.kind || ':' || b.number || ':' || n FROM generate_series(1, b.bookings) n)) held
WHERE a.value <> held.minor AND EXISTS (
  SELECT 1 FROM payments p WHERE p.tenant_id = b.tenant_id AND p.updated_at >= $1
    AND b.number IN (p.invoice_number, p.order_number, p.quote_number))
