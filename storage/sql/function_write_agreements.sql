-- What a customer agrees to about a debt, written with the turn: only what is still owed can be promised or split.
-- Of each invoice one promise stands at most: a new one takes the place of the one before.
CREATE OR REPLACE FUNCTION write_promise(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  kept text[];
BEGIN
  PERFORM 1 FROM invoices WHERE tenant_id = tenant AND customer_id = customer
    AND number IN (SELECT jsonb_array_elements_text(data->'numbers')) ORDER BY number FOR NO KEY UPDATE;
  WITH promised AS (
    UPDATE invoices SET promised_for = (data->>'day')::date, updated_at = now()
    WHERE tenant_id = tenant AND customer_id = customer AND status IN ('open', 'partially_paid')
      AND number IN (SELECT jsonb_array_elements_text(data->'numbers'))
    RETURNING number
  ) SELECT array_agg(number) INTO kept FROM promised;
  UPDATE promises SET replaced_at = (data->>'at')::timestamptz
    WHERE tenant_id = tenant AND invoice_number = ANY (kept) AND replaced_at IS NULL
      AND made_at <> (data->>'at')::timestamptz;  -- its own, when it is written again
  INSERT INTO promises (tenant_id, invoice_number, made_at, promised_for, conversation_id, amount_minor, paid_minor)
    SELECT tenant, i.number, (data->>'at')::timestamptz, (data->>'day')::date, conversation,
           CASE WHEN data->'amounts' ? i.number
             THEN least((data->'amounts'->>i.number)::bigint, i.total_minor - i.paid_minor) END, i.paid_minor
    FROM invoices i WHERE i.tenant_id = tenant AND i.number = ANY (kept)
    ON CONFLICT DO NOTHING;
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
    SELECT tenant, 'customer', 'invoice.promised', number,
           jsonb_strip_nulls(jsonb_build_object('day', data->>'day', 'conversation', conversation,
                                                'amount_minor', data->'amounts'->number)) FROM unnest(kept) number;
END $$;

-- A promise that was changed so that it no longer reaches these invoices: they are reminded of again.
CREATE OR REPLACE FUNCTION write_unpromise(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  WITH own AS (
    UPDATE invoices i SET promised_for = NULL, updated_at = now()
    WHERE tenant_id = tenant AND customer_id = customer AND number IN (SELECT jsonb_array_elements_text(data->'numbers'))
      AND NOT EXISTS (SELECT 1 FROM instalments n WHERE n.tenant_id = tenant AND n.invoice_number = i.number)
    RETURNING number
  ), taken AS (
    UPDATE promises p SET replaced_at = (data->>'at')::timestamptz FROM own
    WHERE p.tenant_id = tenant AND p.invoice_number = own.number AND p.replaced_at IS NULL
    RETURNING p.invoice_number
  )
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  SELECT tenant, 'customer', 'invoice.unpromised', invoice_number, jsonb_build_object('conversation', conversation)
  FROM taken;
$$;

-- The parts of a debt; a payment that came in meanwhile fails the turn, which then runs again on what is true.
CREATE OR REPLACE FUNCTION write_instalments(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE invoices SET promised_for = (data->'parts'->0->>'due_on')::date, updated_at = now()
  WHERE tenant_id = tenant AND customer_id = customer AND number = data->>'number'
    AND status IN ('open', 'partially_paid') AND paid_minor = (data->>'paid_minor')::bigint;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'invoice % has changed', data->>'number' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE promises SET replaced_at = (data->>'at')::timestamptz
    WHERE tenant_id = tenant AND invoice_number = data->>'number' AND replaced_at IS NULL;
  INSERT INTO instalments (tenant_id, invoice_number, due_on, amount_minor, paid_by_then_minor)
  SELECT tenant, data->>'number', p.due_on, p.amount_minor, p.paid_by_then_minor
  FROM jsonb_to_recordset(data->'parts') AS p(due_on date, amount_minor bigint, paid_by_then_minor bigint);
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  VALUES (tenant, 'customer', 'invoice.split', data->>'number',
          jsonb_build_object('parts', data->'parts', 'conversation', conversation));
END $$;

-- The customer does not agree with an invoice: nobody is reminded of it until a person has decided.
CREATE OR REPLACE FUNCTION write_dispute(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  WITH disputed AS (
    UPDATE invoices SET status = 'disputed', updated_at = now()
    WHERE tenant_id = tenant AND customer_id = customer AND status IN ('open', 'partially_paid')
      AND number IN (SELECT jsonb_array_elements_text(data->'numbers'))
    RETURNING number
  )
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  SELECT tenant, 'customer', 'invoice.disputed', number,
         jsonb_build_object('reason', data->>'reason', 'conversation', conversation) FROM disputed;
$$;
