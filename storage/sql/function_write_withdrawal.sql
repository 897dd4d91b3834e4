-- A turn's withdrawal: the code is used, the amount leaves the customer's balance and waits to be paid. A code that is no
-- longer open, or a balance that is gone, fails the turn, which then runs again on what is true.
CREATE OR REPLACE FUNCTION write_withdrawal(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  code withdrawal_codes;
  number text := data->>'number';
  at timestamptz := (data->>'at')::timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('withdrawal:' || tenant || ':' || customer, 0));
  UPDATE withdrawal_codes SET status = 'used', withdrawal_number = number
  WHERE tenant_id = tenant AND id = data->>'code' AND customer_id = customer AND conversation_id = conversation
    AND status = 'open' RETURNING * INTO code;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the code of withdrawal % is not open', number USING ERRCODE = 'check_violation';
  END IF;
  IF code.amount_minor > (
    SELECT coalesce(sum(amount_minor), 0) FROM ledger_entries WHERE tenant_id = tenant AND customer_id = customer
      AND account = 'royalties_available' AND currency = code.currency
  ) THEN
    RAISE EXCEPTION 'the balance for withdrawal % is gone', number USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO withdrawals (tenant_id, number, customer_id, request_key, currency, amount_minor, transaction_id,
    requested_at, updated_at)
  VALUES (tenant, number, customer, code.id, code.currency, code.amount_minor, 'withdrawal:' || number, at, at);
  INSERT INTO ledger_entries (tenant_id, transaction_id, account, customer_id, currency, amount_minor, memo, booked_at)
  VALUES
    (tenant, 'withdrawal:' || number, 'royalties_available', customer, code.currency, -code.amount_minor, 'withdrawal', at),
    (tenant, 'withdrawal:' || number, 'withdrawals_pending', customer, code.currency, code.amount_minor, 'withdrawal', at);
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
  VALUES (tenant, 'customer', 'withdrawal.confirmed', number, jsonb_build_object('amount_minor', code.amount_minor,
    'currency', code.currency, 'conversation', conversation));
END $$;
