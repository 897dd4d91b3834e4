-- A turn's ticket, and its way to each outside system that the tenant has connected.
CREATE OR REPLACE FUNCTION write_ticket(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tickets (tenant_id, number, customer_id, conversation_id, category, priority, summary, opened_at)
  VALUES (tenant, data->>'number', customer, conversation, data->>'category', (data->>'priority')::smallint,
    data->>'summary', (data->>'at')::timestamptz);
  INSERT INTO ticket_forwards (tenant_id, number, kind)
  SELECT tenant, data->>'number', kind FROM ticket_systems WHERE tenant_id = tenant;
END $$;
