-- A server that got pgvector after the tables were made: from now on vectors are vectors. None was kept before.
DO $$ BEGIN
  IF (SELECT a.atttypid = 'real[]'::regtype FROM pg_attribute a
      WHERE a.attrelid = 'catalog_embeddings'::regclass AND a.attname = 'embedding') THEN
    CREATE EXTENSION IF NOT EXISTS vector;
    ALTER TABLE catalog_embeddings ALTER COLUMN embedding TYPE halfvec USING embedding::halfvec;
  END IF;
EXCEPTION WHEN feature_not_supported OR undefined_file OR insufficient_privilege THEN NULL;
END $$;
