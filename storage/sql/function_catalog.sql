-- Catalogue search; why it runs as the owner: function_a_may_read.sql.

-- The vocabulary near some words, by the forms that they have in common; the word '' carries the number of items.
-- A prefix is looked for only where asked. Step by step,
-- so that the plan does not hang on statistics, which do not exist right after an import.
CREATE OR REPLACE FUNCTION catalog_vocabulary(tenant text, forms text[], prefixes text[])
RETURNS TABLE (word text, items int) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
  WITH near AS MATERIALIZED (
    SELECT '' AS word UNION
    SELECT s.word FROM unnest(forms) AS f(form), LATERAL (
      SELECT s.word FROM catalog_spellings s WHERE s.tenant_id = tenant AND s.form = f.form OFFSET 0) s
  )
  SELECT w.word, w.items FROM near n, LATERAL (
    SELECT w.word, w.items FROM catalog_words w
    WHERE may_read(tenant) AND w.tenant_id = tenant AND w.word = n.word AND w.items > 0 OFFSET 0) w
  UNION
  SELECT p.word, p.items FROM unnest(prefixes) AS x(prefix), LATERAL (
    SELECT w.word, w.items FROM catalog_words w
    WHERE may_read(tenant) AND w.tenant_id = tenant AND w.items > 0
      AND w.word ~>=~ x.prefix AND w.word ~<~ (x.prefix || '~')
    ORDER BY w.items DESC LIMIT 8) p
$$;

-- Items for each query in turn, at most `most` a query. Which of more come back is open: all match equally.
-- Without sequential scans, and with the tenant's own column out of the planner's sight, only the GIN index is left:
-- its lexemes begin with the tenant.
CREATE OR REPLACE FUNCTION catalog_candidates(tenant text, queries text[], most int)
RETURNS TABLE (sku text, words text[]) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
  SELECT i.sku, tsvector_to_array(i.search) FROM unnest(queries) AS q(query), LATERAL (
    SELECT c.sku, c.search FROM catalog_items c
    WHERE may_read(tenant) AND c.search @@ q.query::tsquery AND (c.tenant_id || '') = tenant AND c.active
    LIMIT most) i
$$;

-- The same among items of a price, a category, or in stock; NULL and '' mean any.
CREATE OR REPLACE FUNCTION catalog_filtered(
  tenant text, queries text[], most int, price_least bigint, price_most bigint, stocked boolean, only_category text)
RETURNS TABLE (sku text, words text[]) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
  SELECT i.sku, tsvector_to_array(i.search) FROM unnest(queries) AS q(query), LATERAL (
    SELECT c.sku, c.search FROM catalog_items c
    WHERE may_read(tenant) AND c.search @@ q.query::tsquery AND (c.tenant_id || '') = tenant AND c.active
      AND (price_least IS NULL OR c.price_minor >= price_least) AND (price_most IS NULL OR c.price_minor <= price_most)
      AND (NOT stocked OR c.stock > 0) AND (only_category = '' OR lower(c.category) = lower(only_category))
    LIMIT most) i
$$;

-- Items whose SKU is one of `keys`, then those whose SKU begins with `prefix`.
CREATE OR REPLACE FUNCTION catalog_by_key(tenant text, keys text[], prefix text, most int)
RETURNS TABLE (sku text, exact boolean) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
  SELECT c.sku, true FROM catalog_items c
  WHERE may_read(tenant) AND c.tenant_id = tenant AND c.active AND c.sku_key = ANY (keys)
  UNION ALL
  (SELECT c.sku, false FROM catalog_items c
   WHERE may_read(tenant) AND c.tenant_id = tenant AND c.active AND prefix <> ''
     AND c.sku_key ~>=~ prefix AND c.sku_key ~<~ (prefix || '~') AND c.sku_key <> prefix
   ORDER BY c.sku_key LIMIT most)
$$;
