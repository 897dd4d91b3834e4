-- A turn's return authorisation, after its ticket. A line of an order is returned once: a second authorisation fails the
-- turn, which then runs again and finds the first. Within the tenant's limit the credit is booked at once.
CREATE OR REPLACE FUNCTION write_return(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  returned int[] := ARRAY(SELECT jsonb_array_elements_text(data->'lines')::int);
  note text := nullif(data->>'credit_note', '');
BEGIN
  PERFORM 1 FROM orders WHERE tenant_id = tenant AND number = data->>'order' AND customer_id = customer FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT 1 FROM returns r WHERE r.tenant_id = tenant AND r.order_number = data->>'order'
      AND r.status <> 'rejected' AND r.lines && returned) THEN
    RAISE EXCEPTION 'a line of order % is returned already', data->>'order' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO returns (tenant_id, number, customer_id, order_number, ticket_number, status, reason, currency,
    credit_minor, lines, created_at, updated_at)
  VALUES (tenant, data->>'number', customer, data->>'order', data->>'ticket', 'authorised', data->>'why',
    data->>'currency', (data->>'amount')::bigint, returned, (data->>'at')::timestamptz, (data->>'at')::timestamptz);
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  VALUES (tenant, 'agent', 'return.authorised', data->>'number', jsonb_build_object('order', data->>'order',
    'amount_minor', (data->>'amount')::bigint, 'currency', data->>'currency'));
  IF note IS NOT NULL THEN
    PERFORM credit_return(tenant, data->>'number', note, 'agent', (data->>'at')::timestamptz);
  END IF;
END $$;
