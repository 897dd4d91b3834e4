-- What was said in a voice note, written by a model: shown as such behind the text that came with it, and kept apart.
CREATE OR REPLACE FUNCTION write_transcript(tenant text, customer bigint, conversation text, data jsonb)
RETURNS void LANGUAGE sql AS $$
  UPDATE messages m
  SET text = concat_ws(E'\n', nullif(m.text, ''), '🎤 «' || (data->>'text') || '»'),
      content = m.content || jsonb_build_object('transcript', data - 'message_id')
  WHERE m.id = (data->>'message_id')::bigint AND m.conversation_id = conversation AND m.tenant_id = tenant
    AND m.direction = 'in' AND NOT m.content ? 'transcript'
$$;
