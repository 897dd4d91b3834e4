-- What a customer said about itself, with its source (conversation, message, day); the newest word on a thing counts.
CREATE OR REPLACE FUNCTION write_profile(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  UPDATE customers c
  SET profile = jsonb_set(c.profile, '{learned}', coalesce(c.profile->'learned', '{}') || (data->'learned'))
  WHERE c.id = customer AND c.tenant_id = tenant
$$;
