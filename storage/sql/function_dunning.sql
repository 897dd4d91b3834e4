-- Dunning: who is reminded of what. Each step is a row of dunning_steps whose key makes a second one impossible; its
-- message waits in the outbox, and claim_sends asks `stop_reminder` at the moment at which it would leave.

-- Why a reminder may not go out any more; null: it may. Not a reminder: null.
CREATE OR REPLACE FUNCTION stop_reminder(message bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN i.status = 'paid' OR i.paid_minor >= i.total_minor THEN 'paid'
    WHEN i.status NOT IN ('open', 'partially_paid') THEN i.status
    WHEN i.promised_for >= (tenant_now(s.tenant_id) AT TIME ZONE t.timezone)::date THEN 'promised'
    WHEN EXISTS (SELECT 1 FROM conversations c WHERE c.customer_id = i.customer_id AND c.mode = 'human')
      THEN 'with_person'
    WHEN EXISTS (SELECT 1 FROM dunning_steps n WHERE n.tenant_id = s.tenant_id AND n.invoice_number = s.invoice_number
                 AND n.due_at > s.due_at AND n.status IN ('reminded', 'written_off')) THEN 'superseded'
    WHEN tenant_now(s.tenant_id) >= s.send_until THEN 'quiet_hours'
  END
  FROM dunning_steps s
  JOIN invoices i ON i.tenant_id = s.tenant_id AND i.number = s.invoice_number
  JOIN tenants t ON t.id = s.tenant_id
  WHERE s.message_id = message
$$;

-- Put reminders into the outbox: the step, the message and its place in the conversation in one transaction, or not at
-- all. `first` is the message that another channel takes over from; null: the step's first one.
CREATE OR REPLACE FUNCTION put_reminders(
  tenant text[], invoice text[], stage text[], due timestamptz[], conversation text[], body text[], content text[],
  until timestamptz[], fallback timestamptz[], first bigint[]
) RETURNS TABLE (n bigint, message_id bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  fresh bigint[];
BEGIN
  PERFORM 1 FROM conversations c WHERE c.id = ANY (conversation) ORDER BY c.id FOR NO KEY UPDATE;
  WITH gone AS (  -- a message that another one takes over from must not leave any more
    DELETE FROM todo t USING messages m
    WHERE m.id = ANY (first) AND t.conversation_id = m.conversation_id AND t.seq = m.seq AND t.state = 'waiting'
    RETURNING t.message_id)
  UPDATE messages m SET status = 'dropped', reason = 'fell_back' FROM gone g WHERE m.id = g.message_id;
  WITH d AS (
    SELECT * FROM unnest(tenant, invoice, stage, due, conversation, until, fallback, first) WITH ORDINALITY
      AS d(tenant, invoice, stage, due, conversation, until, fallback, first, n)
  ), wanted AS (
    SELECT d.*, c.channel FROM d JOIN invoices i ON i.tenant_id = d.tenant AND i.number = d.invoice
    JOIN conversations c ON c.id = d.conversation
    WHERE i.status IN ('open', 'partially_paid') AND i.paid_minor < i.total_minor AND c.mode = 'bot'
      AND NOT EXISTS (SELECT 1 FROM messages m JOIN todo t ON t.conversation_id = m.conversation_id AND t.seq = m.seq
                      WHERE m.id = d.first)  -- it is being sent, held, or of unknown outcome
  ), put AS (
    INSERT INTO dunning_steps AS s (tenant_id, invoice_number, stage, status, channel, due_at, done_at, send_until,
                                    fallback_at, first_message_id)
    SELECT w.tenant, w.invoice, w.stage, 'reminded', w.channel, w.due, tenant_now(w.tenant), w.until, w.fallback,
           w.first
    FROM wanted w ORDER BY w.tenant, w.invoice, w.stage
    ON CONFLICT (tenant_id, invoice_number, stage) DO UPDATE
    SET status = 'reminded', channel = excluded.channel, done_at = excluded.done_at, reason = NULL,
        send_until = excluded.send_until, fallback_at = excluded.fallback_at,
        first_message_id = coalesce(excluded.first_message_id, s.first_message_id)
    WHERE CASE WHEN excluded.first_message_id IS NULL THEN s.status = 'late'
               ELSE s.first_message_id IS NULL AND s.message_id = excluded.first_message_id END
    RETURNING s.tenant_id, s.invoice_number, s.stage
  )
  SELECT array_agg(w.n) INTO fresh FROM put p
  JOIN wanted w ON w.tenant = p.tenant_id AND w.invoice = p.invoice_number AND w.stage = p.stage;
  RETURN QUERY
  WITH d AS (
    SELECT d.*, row_number() OVER (PARTITION BY d.conversation ORDER BY d.n)::smallint AS place
    FROM unnest(tenant, invoice, stage, conversation, body, content) WITH ORDINALITY
      AS d(tenant, invoice, stage, conversation, body, content, n) WHERE d.n = ANY (fresh)
  ), bumped AS (
    UPDATE conversations c
    SET version = c.version + 1, last_seq = c.last_seq + k.many, agent = 'dunning',
        state = jsonb_set(c.state, '{notes}', coalesce(c.state -> 'notes', '{}')
          || jsonb_build_object('reminded_of', k.invoice))
    FROM (SELECT d.conversation, count(*) AS many, (array_agg(d.invoice ORDER BY d.n DESC))[1] AS invoice
          FROM d GROUP BY d.conversation) k
    WHERE c.id = k.conversation
    RETURNING c.id, c.account_id, c.version AS turn, c.last_seq - k.many AS base
  ), written AS (
    INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                          turn, part)
    SELECT d.tenant, b.id, b.account_id, 'out', b.base + d.place, 'agent', 'message', d.body, d.content::jsonb,
           'pending', b.turn, d.place
    FROM d JOIN bumped b ON b.id = d.conversation ORDER BY d.n
    RETURNING id, conversation_id, part, seq, tenant_id
  ), queued AS (
    INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction, bulk)
    SELECT w.conversation_id, w.seq, w.id, w.tenant_id, 'out', true FROM written w
  )
  UPDATE dunning_steps s SET message_id = w.id
  FROM written w JOIN d ON d.conversation = w.conversation_id AND d.place = w.part
  WHERE s.tenant_id = d.tenant AND s.invoice_number = d.invoice AND s.stage = d.stage
  RETURNING d.n, w.id;
END $$;

-- A debt is given up: only if it is still one.
CREATE OR REPLACE FUNCTION write_off(tenant text, invoice text, due timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  given invoices;
BEGIN
  UPDATE invoices i SET status = 'uncollectible', updated_at = now()
    WHERE i.tenant_id = tenant AND i.number = invoice AND i.status IN ('open', 'partially_paid')
      AND i.paid_minor < i.total_minor RETURNING * INTO given;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO dunning_steps (tenant_id, invoice_number, stage, status, due_at, done_at)
    VALUES (tenant, invoice, 'WRITE_OFF', 'written_off', due, tenant_now(tenant)) ON CONFLICT DO NOTHING;
  INSERT INTO ledger_entries (tenant_id, transaction_id, account, customer_id, currency, amount_minor, memo, booked_at)
    SELECT tenant, 'write_off:' || invoice, e.account, e.customer, given.currency, e.amount, invoice, now()
    FROM (VALUES ('bad_debt', NULL, given.total_minor - given.paid_minor),
                 ('receivable', given.customer_id, given.paid_minor - given.total_minor)) AS e(account, customer, amount);
  INSERT INTO audit_log (tenant_id, actor, action, subject, detail)
    VALUES (tenant, 'system', 'invoice.written_off', invoice,
            jsonb_build_object('amount_minor', given.total_minor - given.paid_minor, 'currency', given.currency));
  RETURN true;
END $$;

-- What changes about an invoice is looked at by dunning at once; a paid instalment moves the promise to the next one.
CREATE OR REPLACE FUNCTION watch_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.paid_minor <> OLD.paid_minor AND EXISTS (
    SELECT 1 FROM instalments p WHERE p.tenant_id = NEW.tenant_id AND p.invoice_number = NEW.number
  ) THEN
    NEW.promised_for := (SELECT min(p.due_on) FROM instalments p WHERE p.tenant_id = NEW.tenant_id
                         AND p.invoice_number = NEW.number AND p.paid_by_then_minor > NEW.paid_minor);
  END IF;
  IF (NEW.status, NEW.due_on, NEW.promised_for) IS DISTINCT FROM (OLD.status, OLD.due_on, OLD.promised_for) THEN
    NEW.dunning_at := '-infinity';
  END IF;
  IF NEW.status IN ('open', 'partially_paid') AND NEW.paid_minor < NEW.total_minor THEN
    NEW.settled_at := NULL;
  ELSIF NEW.settled_at IS NULL THEN
    NEW.settled_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;

-- A reminder that did not get through asks for the other channel; one that was too late for the day is due again.
CREATE OR REPLACE FUNCTION watch_reminder() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.reason = 'quiet_hours' THEN
    UPDATE dunning_steps SET status = 'late', message_id = NULL, fallback_at = '-infinity' WHERE message_id = NEW.id;
  ELSIF NEW.status <> 'dropped' OR NEW.reason LIKE 'contact%' OR NEW.reason = 'window_closed' THEN
    UPDATE dunning_steps SET fallback_at = '-infinity' WHERE message_id = NEW.id AND fallback_at IS NOT NULL;
  ELSE
    UPDATE dunning_steps SET fallback_at = NULL WHERE message_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
