"""What goes with a product and what sells best, by the tenant's newest orders; only what is in stock."""

from collections.abc import Sequence
from typing import Any

from core.records import Recommended
from storage.catalog_search import COLUMNS, product

LOOK_BACK = 5000  # newest orders that count: a question costs the same however many there are
SHOWN = 3


async def recommend(connection: Any, tenant: str, beside: Sequence[str] = (), among: Sequence[str] = ()) -> Recommended:
    """The best sellers of `among`; else what was bought together with `beside`, sells best of its kind, or at all."""
    if among:
        return _found("sellers", await connection.fetch(_SELLERS, tenant, LOOK_BACK, SHOWN, list(among), [], []))
    if beside:
        known = list(beside)
        if rows := await connection.fetch(_TOGETHER, tenant, LOOK_BACK, SHOWN, known):
            return _found("together", rows)
        if rows := await connection.fetch(_SELLERS, tenant, LOOK_BACK, SHOWN, [], known, known):
            return _found("sellers", rows)
    return _found("best", await connection.fetch(_SELLERS, tenant, LOOK_BACK, SHOWN, [], [], list(beside)))


def _found(kind: str, rows: Sequence[Any]) -> Recommended:
    return Recommended(kind=kind, products=tuple(product(row) for row in rows))


_NEWEST = """
WITH newest AS MATERIALIZED (
  SELECT number FROM orders WHERE tenant_id = $1 AND status <> 'cancelled' ORDER BY placed_at DESC, number LIMIT $2
), lines AS MATERIALIZED (
  SELECT DISTINCT i.number, i.sku FROM newest n JOIN order_items i ON i.tenant_id = $1 AND i.number = n.number
)"""
_TOGETHER = f"""{_NEWEST}, counted AS (
  SELECT l.sku AS sold, count(*) AS times FROM lines l
  WHERE l.number IN (SELECT number FROM lines WHERE sku = ANY ($4)) AND l.sku <> ALL ($4) GROUP BY l.sku
)
SELECT {COLUMNS} FROM counted JOIN catalog_items ON tenant_id = $1 AND sku = sold
WHERE active AND stock > 0 ORDER BY times DESC, sku LIMIT $3
"""
# $4 the only products, if any; $5 products of whose categories they are, if any; $6 products that are known already
_SELLERS = f"""{_NEWEST}, counted AS (
  SELECT sku AS sold, count(*) AS times FROM lines GROUP BY sku
)
SELECT {COLUMNS} FROM counted JOIN catalog_items ON tenant_id = $1 AND sku = sold
WHERE active AND stock > 0 AND (cardinality($4::text[]) = 0 OR sku = ANY ($4)) AND sku <> ALL ($6::text[])
  AND (cardinality($5::text[]) = 0 OR category IN (
    SELECT k.category FROM catalog_items k WHERE k.tenant_id = $1 AND k.sku = ANY ($5) AND k.category <> ''))
ORDER BY times DESC, sku LIMIT $3
"""
