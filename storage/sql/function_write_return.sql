-- A turn's return authorisation, after its ticket. A piece of an order is returned once: a second authorisation of it fails
-- the turn, which then runs again and finds the first. Within the tenant's limit the credit is booked at once.
CREATE OR REPLACE FUNCTION write_return(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  returned int[] := ARRAY(SELECT value::int FROM jsonb_array_elements_text(data->'lines') WITH ORDINALITY ORDER BY ordinality);
  portions numeric[] := ARRAY(
    SELECT value::numeric FROM jsonb_array_elements_text(data->'pieces') WITH ORDINALITY ORDER BY ordinality);
  credited bigint[] := ARRAY(
    SELECT value::bigint FROM jsonb_array_elements_text(data->'credits') WITH ORDINALITY ORDER BY ordinality);
  note text := nullif(data->>'credit_note', '');
  worth bigint;
BEGIN
  SELECT total_minor INTO worth FROM orders
  WHERE tenant_id = tenant AND number = data->>'order' AND customer_id = customer FOR UPDATE;
  IF NOT FOUND OR (data->>'amount')::bigint + coalesce((SELECT sum(r.credit_minor) FROM returns r
      WHERE r.tenant_id = tenant AND r.order_number = data->>'order' AND r.status <> 'rejected'), 0) > worth
    OR EXISTS (
      SELECT 1 FROM unnest(returned, portions) AS wanted (place, n)
      LEFT JOIN (SELECT row_number() OVER (ORDER BY line) - 1 AS place, quantity FROM order_items
                 WHERE tenant_id = tenant AND number = data->>'order') AS sold USING (place)
      WHERE sold.quantity IS NULL OR wanted.n <= 0 OR coalesce(wanted.n, sold.quantity) + (
        SELECT coalesce(sum(coalesce(r.pieces[array_position(r.lines, wanted.place)], sold.quantity)), 0) FROM returns r
        WHERE r.tenant_id = tenant AND r.order_number = data->>'order' AND r.status <> 'rejected'
          AND wanted.place = ANY (r.lines)) > sold.quantity) THEN
    RAISE EXCEPTION 'a piece of order % is returned already', data->>'order' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO returns (tenant_id, number, customer_id, order_number, ticket_number, status, reason, currency,
    credit_minor, lines, pieces, credits, created_at, updated_at)
  VALUES (tenant, data->>'number', customer, data->>'order', data->>'ticket', 'authorised', data->>'why',
    data->>'currency', (data->>'amount')::bigint, returned, portions, credited, (data->>'at')::timestamptz,
    (data->>'at')::timestamptz);
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  VALUES (tenant, 'agent', 'return.authorised', data->>'number', jsonb_build_object('order', data->>'order',
    'amount_minor', (data->>'amount')::bigint, 'currency', data->>'currency'));
  IF note IS NOT NULL THEN
    PERFORM credit_return(tenant, data->>'number', note, 'agent', (data->>'at')::timestamptz);
  END IF;
END $$;
