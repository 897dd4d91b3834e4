-- Catalogue search; why it runs as the owner: function_a_may_read.sql. In PL/pgSQL, which keeps its plans: planning
-- an SQL function anew at each call cost more than running it.

-- The vocabulary near some words, by the forms that they have in common; the word '' carries the number of items.
-- A prefix is looked for only where asked. Step by step,
-- so that the plan does not hang on statistics, which do not exist right after an import.
CREATE OR REPLACE FUNCTION catalog_vocabulary(tenant text, forms text[], prefixes text[])
RETURNS TABLE (word text, items int) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  IF may_read(tenant) THEN
    RETURN QUERY WITH near AS MATERIALIZED (
      SELECT '' AS word UNION
      SELECT s.word FROM unnest(forms) AS f(form), LATERAL (
        SELECT s.word::text FROM catalog_spellings s WHERE s.tenant_id = tenant AND s.form = f.form OFFSET 0) s
    )
    SELECT w.word::text, w.items FROM near n, LATERAL (
      SELECT w.word, w.items FROM catalog_words w
      WHERE w.tenant_id = tenant AND w.word = n.word AND w.items > 0 OFFSET 0) w
    UNION
    SELECT p.word::text, p.items FROM unnest(prefixes) AS x(prefix), LATERAL (
      SELECT w.word, w.items FROM catalog_words w
      WHERE w.tenant_id = tenant AND w.items > 0
        AND w.word ~>=~ x.prefix AND w.word ~<~ (x.prefix || '~')
      ORDER BY w.items DESC LIMIT 8) p;
  END IF;
END $$;

-- Items for each query in turn, at most `most` a query. Which of more come back is open: all match equally.
-- Without sequential scans, and with the tenant's own column out of the planner's sight, only the GIN index is left:
-- its lexemes begin with the tenant.
CREATE OR REPLACE FUNCTION catalog_candidates(tenant text, queries text[], most int)
RETURNS TABLE (sku text, words text[]) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  IF may_read(tenant) THEN
    RETURN QUERY SELECT i.sku::text, tsvector_to_array(i.search) FROM unnest(queries) AS q(query), LATERAL (
      SELECT c.sku, c.search FROM catalog_items c
      WHERE c.search @@ q.query::tsquery AND (c.tenant_id || '') = tenant AND c.active
      LIMIT most) i;
  END IF;
END $$;

-- The same among items of a price, a category, or in stock; NULL and '' mean any.
CREATE OR REPLACE FUNCTION catalog_filtered(
  tenant text, queries text[], most int, price_least bigint, price_most bigint, stocked boolean, only_category text)
RETURNS TABLE (sku text, words text[]) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  IF may_read(tenant) THEN
    RETURN QUERY SELECT i.sku::text, tsvector_to_array(i.search) FROM unnest(queries) AS q(query), LATERAL (
      SELECT c.sku, c.search FROM catalog_items c
      WHERE c.search @@ q.query::tsquery AND (c.tenant_id || '') = tenant AND c.active
        AND (price_least IS NULL OR c.price_minor >= price_least) AND (price_most IS NULL OR c.price_minor <= price_most)
        AND (NOT stocked OR c.stock > 0) AND (only_category = '' OR lower(c.category) = lower(only_category))
      LIMIT most) i;
  END IF;
END $$;

-- Items whose SKU is one of `keys`, then those whose SKU begins with `prefix`.
CREATE OR REPLACE FUNCTION catalog_by_key(tenant text, keys text[], prefix text, most int)
RETURNS TABLE (sku text, exact boolean) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  IF may_read(tenant) THEN
    RETURN QUERY SELECT c.sku::text, true FROM catalog_items c
    WHERE c.tenant_id = tenant AND c.active AND c.sku_key = ANY (keys)
    UNION ALL
    (SELECT c.sku::text, false FROM catalog_items c
     WHERE c.tenant_id = tenant AND c.active AND prefix <> ''
       AND c.sku_key ~>=~ prefix AND c.sku_key ~<~ (prefix || '~') AND c.sku_key <> prefix
     ORDER BY c.sku_key LIMIT most);
  END IF;
END $$;
