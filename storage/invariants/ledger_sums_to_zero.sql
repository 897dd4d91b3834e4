-- The entries of every booking sum to zero in their currency.
SELECT l.tenant_id, l.transaction_id AS subject, format('%s %s too much', sum(l.amount_minor), l.currency) AS detail
FROM ledger_entries l WHERE l.booked_at >= $1
GROUP BY l.tenant_id, l.transaction_id, l.currency HAVING sum(l.amount_minor) <> 0
