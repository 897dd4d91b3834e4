-- A turn's new version of a quote: the versions before it are void from then on. Both kinds below are written by
-- commit_turns alone, so once per turn. The primary key stops a second row of one version.
CREATE OR REPLACE FUNCTION write_quote(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE quotes SET status = 'void', reason = 'replaced'
  WHERE tenant_id = tenant AND number = data->>'number' AND status IN ('draft', 'sent', 'expired')
    AND customer_id = customer;
  INSERT INTO quotes (tenant_id, number, version, customer_id, conversation_id, status, currency, subtotal_minor,
    discount_minor, extra_rate, tax_rate, tax_minor, total_minor, valid_until, created_at)
  SELECT tenant, q.number, q.version, customer, conversation, q.status, q.currency, q.subtotal, q.discount, q.extra,
    q.tax_rate, q.tax, q.total, q.valid_until, q.at
  FROM jsonb_to_record(data) AS q(number text, version smallint, status text, currency text, subtotal bigint,
    discount bigint, extra numeric, tax_rate numeric, tax bigint, total bigint, valid_until date, at timestamptz);
  INSERT INTO quote_lines (tenant_id, number, version, line, sku, name, unit, quantity, unit_price_minor,
    discount_minor, total_minor)
  SELECT tenant, data->>'number', (data->>'version')::smallint, l.line, l.sku, l.name, l.unit, l.quantity, l.price,
    l.discount, l.total
  FROM jsonb_to_recordset(data->'lines') AS l(line smallint, sku text, name text, unit text, quantity numeric,
    price bigint, discount bigint, total bigint);
END $$;

CREATE OR REPLACE FUNCTION write_quote_void(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  UPDATE quotes SET status = 'void', reason = data->>'reason'
  WHERE tenant_id = tenant AND customer_id = customer AND number = data->>'number'
    AND status IN ('draft', 'sent', 'expired');
$$;
