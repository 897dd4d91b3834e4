-- A tenant's time: real time, or what a sandbox tenant's time machine says. Whatever a tenant's business waits for
-- (session windows, reminders, expiry) asks this; leases, retries and pace stay with real time.
CREATE OR REPLACE FUNCTION tenant_now(tenant text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT now() + coalesce((SELECT make_interval(secs => c.offset_seconds) FROM clocks c WHERE c.tenant_id = $1),
                          interval '0')
$$;
