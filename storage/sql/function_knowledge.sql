-- Passages that share a word root with a question, and how many passages the tenant has; see function_catalog.sql for
-- why this runs as the owner and how it keeps to one tenant.
CREATE OR REPLACE FUNCTION knowledge_candidates(tenant text, query text, most int)
RETURNS TABLE (source text, chunk int, title text, body text, words text[], total bigint) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  IF may_read(tenant) THEN
    RETURN QUERY SELECT k.source::text, k.position::int, k.title::text, k.body::text, tsvector_to_array(k.search),
      (SELECT count(*) FROM knowledge_chunks n WHERE n.tenant_id = tenant)
    FROM knowledge_chunks k
    WHERE (k.tenant_id || '') = tenant AND k.search @@ query::tsquery
    ORDER BY k.source, k.position LIMIT most;
  END IF;
END $$;
