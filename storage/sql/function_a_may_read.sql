-- Search functions run as the owner of the tables, because under row-level security the planner uses no index on an
-- operator that might leak. So each asks this first: a tenant's connection may read only its own tenant.
CREATE OR REPLACE FUNCTION may_read(tenant text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT current_setting('role', true) IS DISTINCT FROM 'orkesta_tenant'
    OR current_setting('orkesta.tenant', true) = tenant
$$;
