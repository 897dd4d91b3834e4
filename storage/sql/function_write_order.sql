-- A turn's order, made of a sent quote: its lines and its total, whatever the catalogue says by now. A quote that is no
-- longer open fails the turn, which then runs again on what is true.
CREATE OR REPLACE FUNCTION write_order(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE quote quotes;
BEGIN
  UPDATE quotes SET status = 'accepted' WHERE tenant_id = tenant AND customer_id = customer
    AND number = data->>'quote' AND version = (data->>'version')::smallint AND status = 'sent' RETURNING * INTO quote;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'quote % is not open', data->>'quote' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO orders (tenant_id, number, customer_id, quote_number, status, currency, total_minor, placed_at)
  VALUES (tenant, data->>'number', customer, quote.number, 'new', quote.currency, quote.total_minor,
    (data->>'at')::timestamptz);
  INSERT INTO order_items (tenant_id, number, line, sku, name, unit, quantity, unit_price_minor, total_minor)
  SELECT tenant, data->>'number', line, sku, name, unit, quantity, unit_price_minor, total_minor - discount_minor
  FROM quote_lines WHERE tenant_id = tenant AND number = quote.number AND version = quote.version;
END $$;
