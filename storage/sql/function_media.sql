-- Every attachment with bytes of an inbound message is due to be fetched from the moment that the message is stored:
-- in the same transaction, so none is forgotten. Whoever stores the message need have no right to this table.
CREATE OR REPLACE FUNCTION queue_media() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO media (message_id, index, tenant_id, account_id)
  SELECT NEW.id, a.n - 1, NEW.tenant_id, NEW.account_id
  FROM jsonb_array_elements(NEW.content -> 'attachments') WITH ORDINALITY AS a(item, n)
  WHERE a.n <= 100 AND a.item ->> 'kind' NOT IN ('location', 'contact')
    AND (a.item ->> 'ref' IS NOT NULL OR a.item ->> 'url' IS NOT NULL)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
