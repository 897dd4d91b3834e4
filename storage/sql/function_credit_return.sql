-- The credit note of an authorised return: the amount goes from the tenant's returns to the customer's credit, once.
CREATE OR REPLACE FUNCTION credit_return(tenant text, return_number text, note text, actor text, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE back returns;
BEGIN
  UPDATE returns SET status = 'credited', credit_note = note, updated_at = at
  WHERE tenant_id = tenant AND number = return_number AND status = 'authorised' RETURNING * INTO back;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'return % is not waiting for its credit note', return_number USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO ledger_entries (tenant_id, transaction_id, account, customer_id, currency, amount_minor, memo, booked_at)
  VALUES
    (tenant, 'credit-note:' || note, 'customer_credit', back.customer_id, back.currency, back.credit_minor, return_number, at),
    (tenant, 'credit-note:' || note, 'sales_returns', NULL, back.currency, -back.credit_minor, return_number, at);
  UPDATE tickets SET status = 'closed', closed_at = at
  WHERE tenant_id = tenant AND number = back.ticket_number AND status = 'open';
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  VALUES (tenant, actor, 'return.credited', return_number, jsonb_build_object('credit_note', note,
    'amount_minor', back.credit_minor, 'currency', back.currency));
END $$;
