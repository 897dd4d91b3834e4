"""What items mean: find those nearest to a question, find those not embedded yet, keep their vectors."""

from collections.abc import Sequence
from typing import Any

from core.embedding import Vector
from core.messages import Struct
from core.records import Product, ProductFilter
from storage.catalog_search import COLUMNS, product

LONGEST = 2000  # characters of an item that a model reads
DEEP = 500  # nearest items that a filter is laid on first


class Unembedded(Struct):
    """An item whose text has no vector in this space yet."""

    sku: str
    text: str
    hash: str


async def near(
    connection: Any, tenant: str, space: str, question: Vector, most: int, only: ProductFilter | None = None
) -> list[Product]:  # fmt: skip
    """The items nearest to a question, with their similarity -1..1 as `score`."""
    wanted = only or ProductFilter()
    asked = (tenant, space, written(question), most, wanted.least, wanted.most, wanted.in_stock, wanted.category)
    rows = await connection.fetch(_NEAR, *asked, DEEP)
    if only and len(rows) < most:  # the filter leaves few of the nearest: there may be more behind them
        rows = await connection.fetch(_NEAR_OF_FILTERED, *asked)
    return [product(row, float(row["similarity"])) for row in rows]


async def unembedded(connection: Any, tenant: str, space: str, after: str, most: int) -> list[Unembedded]:
    """Items behind the SKU `after`, in its order, that have no vector of their present text in this space."""
    rows = await connection.fetch(_UNEMBEDDED, tenant, space, after, most, LONGEST)
    return [Unembedded(sku=row["sku"], text=row["text"], hash=row["hash"]) for row in rows]


async def keep(
    connection: Any, tenant: str, space: str, items: Sequence[Unembedded], vectors: Sequence[Vector | None]
) -> None:  # fmt: skip
    """Keep the vector of each item; None: the model refuses its text. An item that is gone meanwhile is left out."""
    texts = [None if vector is None else written(vector) for vector in vectors]
    await connection.execute(
        _KEEP, tenant, space, [item.sku for item in items], [item.hash for item in items], texts
    )


def written(vector: Vector) -> str:
    """A vector as PostgreSQL reads it."""
    return "[" + ",".join([f"{number:.6g}" for number in vector]) + "]"


# Every vector of the tenant is compared: exact, whatever the filter leaves, and nothing to be built after an import.
# The question stands in a SELECT of its own: a generic plan would read its text anew for every row.
# Items are looked up one by one: a plan that was made for a small catalogue stays right when it has grown.
_WANTED = """c.active AND ($5::bigint IS NULL OR c.price_minor >= $5) AND ($6::bigint IS NULL OR c.price_minor <= $6)
  AND (NOT $7::boolean OR c.stock > 0) AND ($8 = '' OR lower(c.category) = lower($8))"""
_NEAR = f"""
WITH nearest AS MATERIALIZED (
  SELECT e.sku, e.embedding <=> (SELECT $3::text::halfvec) AS far FROM catalog_embeddings e
  WHERE e.tenant_id = $1 AND e.space = $2 AND e.embedding IS NOT NULL ORDER BY far LIMIT $9
)
SELECT item.*, 1 - n.far AS similarity FROM nearest n, LATERAL (
  SELECT {COLUMNS} FROM catalog_items c WHERE c.tenant_id = $1 AND c.sku = n.sku AND {_WANTED} OFFSET 0) item
ORDER BY n.far, n.sku LIMIT $4
"""
_NEAR_OF_FILTERED = f"""
SELECT {COLUMNS}, 1 - far AS similarity FROM (
  SELECT c.*, e.embedding <=> (SELECT $3::text::halfvec) AS far
  FROM catalog_items c JOIN catalog_embeddings e ON e.tenant_id = c.tenant_id AND e.sku = c.sku
  WHERE c.tenant_id = $1 AND {_WANTED} AND e.tenant_id = $1 AND e.space = $2 AND e.embedding IS NOT NULL
) found ORDER BY far, sku LIMIT $4
"""
_UNEMBEDDED = """
SELECT i.sku, i.text, md5(i.text) AS hash FROM (
  SELECT c.sku, left(array_to_string(ARRAY[c.name] || c.aliases || ARRAY[nullif(c.brand, ''), nullif(c.category, '')]
    || ARRAY(SELECT a.key || ' ' || a.value FROM jsonb_each_text(c.attributes) a ORDER BY a.key), '. '), $5) AS text
  FROM catalog_items c WHERE c.tenant_id = $1 AND c.sku > $3
) i
WHERE md5(i.text) IS DISTINCT FROM (
  SELECT e.hash FROM catalog_embeddings e WHERE e.tenant_id = $1 AND e.sku = i.sku AND e.space = $2 LIMIT 1)
ORDER BY i.sku LIMIT $4
"""
_KEEP = """
INSERT INTO catalog_embeddings (tenant_id, sku, space, hash, embedding)
SELECT $1::text, r.sku, $2::text, r.hash, r.embedding::halfvec
FROM unnest($3::text[], $4::text[], $5::text[]) AS r(sku, hash, embedding)
WHERE EXISTS (SELECT 1 FROM catalog_items c WHERE c.tenant_id = $1::text AND c.sku = r.sku)
ON CONFLICT (tenant_id, sku) DO UPDATE SET space = excluded.space, hash = excluded.hash, embedding = excluded.embedding
"""
