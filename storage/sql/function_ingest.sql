-- Stop 2: store what came in, once, with its place in the conversation. Arrays are parallel: one element a message.
-- Each statement of a plpgsql function sees what was committed before it began, so after the row locks of step 3
-- the duplicate check and the sequence numbers are exact.
CREATE OR REPLACE FUNCTION open_conversations(
  conversation text[], tenant text[], account text[], channel text[], peer text[], alias text[],
  name text[], phone text[], locale text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r record;
  customer bigint;
BEGIN
  -- New contacts of one tenant are opened one after the other: twenty first messages make one conversation, and a
  -- person who writes on two channels at once is one customer.
  FOR r IN SELECT DISTINCT t FROM unnest(tenant) t ORDER BY t LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended(r.t, 41));
  END LOOP;
  FOR r IN
    SELECT * FROM unnest(conversation, tenant, account, channel, peer, alias, name, phone, locale) WITH ORDINALITY
      AS d(conversation, tenant, account, channel, peer, alias, name, phone, locale, n) ORDER BY n
  LOOP
    CONTINUE WHEN EXISTS (
      SELECT 1 FROM peers p WHERE p.account_id = r.account AND p.peer = r.peer
    ) AND (r.alias IS NULL OR EXISTS (SELECT 1 FROM peers p WHERE p.account_id = r.account AND p.peer = r.alias));
    -- Either address may be known already: then the other one is linked to the same conversation.
    SELECT p.conversation_id INTO r.conversation FROM peers p
      WHERE p.account_id = r.account AND p.peer IN (r.peer, r.alias) LIMIT 1;
    IF NOT FOUND THEN
      r.conversation := r.account || ':' || r.peer;
      SELECT i.customer_id INTO customer FROM customer_identities i
        WHERE i.tenant_id = r.tenant
          AND (i.kind, i.value) IN ((r.channel, r.peer), (r.channel, r.alias), ('phone', r.phone)) LIMIT 1;
      IF NOT FOUND THEN
        INSERT INTO customers (tenant_id, name, locale) VALUES (r.tenant, r.name, r.locale)
          RETURNING id INTO customer;
      END IF;
      INSERT INTO conversations (id, tenant_id, account_id, channel, peer, customer_id)
        VALUES (r.conversation, r.tenant, r.account, r.channel, r.peer, customer) ON CONFLICT DO NOTHING;
    ELSE
      SELECT c.customer_id INTO customer FROM conversations c WHERE c.id = r.conversation;
    END IF;
    INSERT INTO peers (account_id, peer, tenant_id, conversation_id)
      SELECT r.account, p, r.tenant, r.conversation FROM unnest(ARRAY[r.peer, r.alias]) p WHERE p IS NOT NULL
      ON CONFLICT DO NOTHING;
    INSERT INTO customer_identities (tenant_id, kind, value, customer_id)
      SELECT r.tenant, k, v, customer
      FROM (VALUES (r.channel, r.peer), (r.channel, r.alias), ('phone', r.phone)) i(k, v) WHERE v IS NOT NULL
      ON CONFLICT DO NOTHING;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION resolve_conversations(account text[], peer text[], alias text[])
RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(coalesce(a.conversation_id, b.conversation_id) ORDER BY d.n)
  FROM unnest(account, peer, alias) WITH ORDINALITY d(account, peer, alias, n)
  LEFT JOIN peers a ON a.account_id = d.account AND a.peer = d.peer
  LEFT JOIN peers b ON b.account_id = d.account AND b.peer = d.alias
$$;

CREATE OR REPLACE FUNCTION ingest(
  tenant text[], account text[], channel text[], peer text[], alias text[], name text[], phone text[],
  locale text[], dedupe text[], kind text[], body text[], content text[], work boolean[]
) RETURNS TABLE (n bigint, conversation text, message bigint, fresh boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  known text[] := resolve_conversations(account, peer, alias);
BEGIN
  IF array_position(known, NULL) IS NOT NULL OR EXISTS (
    SELECT 1 FROM unnest(account, alias) d(account, alias)
    WHERE d.alias IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM peers p WHERE p.account_id = d.account AND p.peer = d.alias)
  ) THEN
    PERFORM open_conversations(NULL, tenant, account, channel, peer, alias, name, phone, locale);
    known := resolve_conversations(account, peer, alias);
  END IF;
  PERFORM 1 FROM conversations c WHERE c.id = ANY (known) ORDER BY c.id FOR NO KEY UPDATE;
  RETURN QUERY
  WITH d AS (
    SELECT *, row_number() OVER (PARTITION BY d.account, d.dedupe ORDER BY d.n) AS copy
    FROM unnest(known, tenant, account, dedupe, kind, body, content, work) WITH ORDINALITY
      AS d(conversation, tenant, account, dedupe, kind, body, content, work, n)
  ), unseen AS (
    SELECT d.*, row_number() OVER (PARTITION BY d.conversation ORDER BY d.n) AS place
    -- LIMIT keeps this a look-up by the index for each row, whatever the plan's maker thought of the table's size.
    FROM d WHERE d.copy = 1 AND (
      SELECT m.id FROM messages m
      WHERE m.account_id = d.account AND m.provider_message_id = d.dedupe AND m.direction = 'in' LIMIT 1) IS NULL
  ), counted AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + u.many, last_message_at = now(),
        -- tenant_now(), written out: a call for each conversation costs a tenth of all this.
        window_until = now() + coalesce(u.ahead, interval '0') + interval '23 hours 59 minutes',
        contact = CASE WHEN c.contact IN ('blocked', 'unreachable') THEN 'ok' ELSE c.contact END,
        -- What a later mail needs to stay in the thread, when nothing of this one waits any more.
        thread = CASE WHEN c.channel = 'email' THEN (
          SELECT jsonb_build_object('id', x.dedupe, 'subject', x.content::jsonb #> '{context,subject}',
                                    'references', x.content::jsonb #> '{context,thread}')::text
          FROM unseen x WHERE x.n = u.newest) ELSE c.thread END
    FROM (
      SELECT x.conversation, count(*) AS many, max(x.n) AS newest, max(make_interval(secs => k.offset_seconds)) AS ahead
      FROM unseen x LEFT JOIN clocks k ON k.tenant_id = x.tenant GROUP BY x.conversation
    ) u
    WHERE c.id = u.conversation
    RETURNING c.id, c.last_seq - u.many AS base
  ), stored AS (
    INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content,
                          status, provider_message_id)
    SELECT u.tenant, u.conversation, u.account, 'in', k.base + u.place, 'customer', u.kind, u.body,
           u.content::jsonb, 'received', u.dedupe
    FROM unseen u JOIN counted k ON k.id = u.conversation ORDER BY u.n
    RETURNING id, conversation_id, seq, account_id, provider_message_id, tenant_id
  ), queued AS (
    INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
    SELECT s.conversation_id, s.seq, s.id, s.tenant_id, 'in'
    FROM stored s JOIN unseen u ON u.account = s.account_id AND u.dedupe = s.provider_message_id WHERE u.work
  )
  SELECT d.n, d.conversation, s.id, s.id IS NOT NULL AND d.copy = 1
  FROM d LEFT JOIN stored s ON s.account_id = d.account AND s.provider_message_id = d.dedupe;
END $$;
