-- What was said in a voice note, or stands in a picture, written by a model: shown as such behind the text that came
-- with it, and kept apart, in the order of the files.
CREATE OR REPLACE FUNCTION write_transcript(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  UPDATE messages m
  SET text = concat_ws(E'\n', nullif(m.text, ''), (data->>'mark') || ' «' || (data->>'text') || '»'),
      content = m.content || jsonb_build_object('transcripts',
        coalesce(m.content->'transcripts', '[]'::jsonb) || (data - 'message_id'))
  WHERE m.id = (data->>'message_id')::bigint AND m.conversation_id = conversation AND m.tenant_id = tenant
    AND m.direction = 'in'
$$;
