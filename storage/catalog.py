"""A tenant's products: write them with their search words, read one, count them. Searching is in catalog_search."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from core.fold import fold
from core.records import CatalogItem, Product
from core.synonyms import synonyms
from core.words import content_words, index_words, spellings
from storage.catalog_search import COLUMNS, product, search

__all__ = ["count", "get", "product", "products", "put", "search"]

BATCH = 1000


async def put(connection: Any, tenant: str, items: Iterable[CatalogItem]) -> int:
    """Insert or replace items by SKU and keep the vocabulary in step; return how many. Run it in a transaction."""
    unique, changed = list({item.sku: item for item in items}.values()), False
    for start in range(0, len(unique), BATCH):
        batch = unique[start : start + BATCH]
        words = {item.sku: words_of(item) for item in batch}
        before = await _words_before(connection, tenant, list(words))
        await connection.execute(_PUT, tenant, _rows(tenant, batch, words))
        await _count_words(connection, tenant, before, words, new=len(words) - len(before))
        changed = changed or any(set(before.get(sku, ())) != set(now) for sku, now in words.items())
    if changed:
        await connection.execute(_CHANGED, tenant)
    return len(unique)


async def get(connection: Any, tenant: str, sku: str) -> Product | None:
    """The product with this SKU, however its letters and dashes are written."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM catalog_items WHERE tenant_id = $1 AND sku_key = $2 AND active", tenant, sku_key(sku)
    )
    return product(row) if row else None


async def products(connection: Any, tenant: str, skus: Sequence[str]) -> dict[str, Product]:
    """The active products among these exact SKUs."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM catalog_items WHERE tenant_id = $1 AND sku = ANY ($2) AND active", tenant, list(skus)
    )
    return {row["sku"]: product(row) for row in rows}


async def count(connection: Any, tenant: str) -> int:
    """How many items the catalogue has."""
    found: int = await connection.fetchval("SELECT count(*) FROM catalog_items WHERE tenant_id = $1", tenant)
    return found


def sku_key(text: str) -> str:
    """A SKU without case, accents, dashes and blanks."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def words_of(item: CatalogItem) -> list[str]:
    """The words that find an item; `^word` marks the first of its name, what it is."""
    texts = [item.name, *item.aliases, item.brand, item.category, *_spoken(item.attributes)]
    words = index_words(texts)
    words += sorted(synonyms(set(words)))
    heads = {f"^{content[0]}" for content in map(content_words, texts[:1]) if content}
    heads |= {f"^{word}" for word in synonyms(set(content_words(item.name)[:1]))}
    return [*words, *sorted(heads)]


def _spoken(attributes: dict[str, Any]) -> list[str]:
    return [str(value) for value in attributes.values() if isinstance(value, str | int)]


def _rows(tenant: str, batch: list[CatalogItem], words: dict[str, list[str]]) -> str:
    rows = [
        {
            "sku": item.sku, "sku_key": sku_key(item.sku), "name": item.name, "aliases": item.aliases,
            "brand": item.brand, "category": item.category, "unit": item.unit, "price_minor": item.price.amount_minor,
            "currency": item.price.currency, "stock": item.stock, "attributes": item.attributes,
            "active": item.active, "words": [f"{tenant}/{word}" for word in words[item.sku]],
        }
        for item in batch
    ]  # fmt: skip
    return msgspec.json.encode(rows).decode()


async def _words_before(connection: Any, tenant: str, skus: list[str]) -> dict[str, list[str]]:
    rows = await connection.fetch(
        "SELECT sku, tsvector_to_array(search) AS words FROM catalog_items "
        "WHERE tenant_id = $1 AND sku = ANY ($2) ORDER BY sku FOR UPDATE",
        tenant,
        skus,
    )
    return {row["sku"]: [word.removeprefix(f"{tenant}/") for word in row["words"]] for row in rows}


async def _count_words(
    connection: Any, tenant: str, before: dict[str, list[str]], after: dict[str, list[str]], *, new: int
) -> None:
    change = Counter({"": new})
    for words in after.values():
        change.update(word for word in words if word[0] != "^")
    for words in before.values():
        change.subtract(word for word in words if word[0] != "^")
    # Sorted, so that two imports lock the words in one order.
    counts = sorted((word, by) for word, by in change.items() if by)
    fresh = await connection.fetch(_COUNT, tenant, [word for word, _ in counts], [by for _, by in counts])
    forms = [(form, row["word"]) for row in fresh if row["word"] for form in _forms(row["word"])]
    await connection.execute(_SPELL, tenant, [form for form, _ in forms], [word for _, word in forms])


def _forms(word: str) -> frozenset[str]:
    """Long codes are typed whole or not at all; two letters leave nothing to guess from."""
    return spellings(word) if 3 <= len(word) <= 20 else frozenset([word])


_PUT = """
INSERT INTO catalog_items AS c (tenant_id, sku, sku_key, name, aliases, brand, category, unit, price_minor, currency,
  stock, attributes, active, search)
SELECT $1, r.sku, r.sku_key, r.name, r.aliases, r.brand, r.category, r.unit, r.price_minor, r.currency, r.stock,
  r.attributes, r.active, array_to_tsvector(r.words)
FROM jsonb_to_recordset($2::text::jsonb) AS r(sku text, sku_key text, name text, aliases text[], brand text,
  category text, unit text, price_minor bigint, currency text, stock numeric, attributes jsonb, active boolean,
  words text[])
ORDER BY r.sku
ON CONFLICT (tenant_id, sku) DO UPDATE SET sku_key = excluded.sku_key, name = excluded.name,
  aliases = excluded.aliases, brand = excluded.brand, category = excluded.category, unit = excluded.unit,
  price_minor = excluded.price_minor, currency = excluded.currency, stock = excluded.stock,
  attributes = excluded.attributes, active = excluded.active, search = excluded.search, updated_at = now()
"""
# Last, since others wait for this row until the transaction's end. A change of price or stock alone is none.
_CHANGED = """
INSERT INTO catalog_changes AS c (tenant_id) VALUES ($1)
ON CONFLICT (tenant_id) DO UPDATE SET changes = c.changes + 1
"""
_COUNT = """
WITH counted AS (
  INSERT INTO catalog_words AS w (tenant_id, word, items)
  SELECT $1, c.word, c.by FROM unnest($2::text[], $3::int[]) AS c(word, by)
  ON CONFLICT (tenant_id, word) DO UPDATE SET items = w.items + excluded.items
  RETURNING w.word, xmax = 0 AS fresh
) SELECT word FROM counted WHERE fresh
"""
_SPELL = """
INSERT INTO catalog_spellings (tenant_id, form, word)
SELECT $1, s.form, s.word FROM unnest($2::text[], $3::text[]) AS s(form, word) ORDER BY 2, 3
ON CONFLICT DO NOTHING
"""
