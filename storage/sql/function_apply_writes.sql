-- What a turn changes in the tenant's business, called by commit_turns for turns that won: each kind has a function
-- write_<kind>(tenant, customer, conversation, data) in a file of its own. A kind without one fails the whole turn.
CREATE OR REPLACE FUNCTION apply_writes(tenant text, customer bigint, conversation text, writes jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE write jsonb;
BEGIN
  FOR write IN SELECT value FROM jsonb_array_elements(writes) LOOP
    EXECUTE format('SELECT %I($1, $2, $3, $4)', 'write_' || (write->>'kind'))
      USING tenant, customer, conversation, write->'data';
  END LOOP;
END $$;
