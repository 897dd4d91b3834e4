"""Catalogue search at 1,000, 10,000 and 100,000 items: recall with one typo a word, and latency.

`python -m bench.catalog [items …]` prints a table of every kind of question and a line of JSON; `make bench` has the
two that matter most: one typo a word, and the same within a price and in stock.
"""

import asyncio
import json
import string
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import asyncpg

from bench.figures import Figure
from core.records import CatalogItem, ProductFilter
from storage import catalog
from storage.embedded import servers
from storage.migrate import migrate
from storage.resources import Resources
from storage.seed.parts import items

QUERIES = 400
SIZES = (1_000, 10_000, 100_000)
TYPOS, FILTERED = "one typo a word", "typos, price and stock"
Case = tuple[str, str, ProductFilter | None]  # what is typed, the SKU that must be found, what else it must be


def typo(random: Random, word: str) -> str:
    """One typing error in a word: a letter dropped, doubled, changed or swapped with its neighbour."""
    at = random.randrange(len(word))
    letter = random.choice(string.ascii_lowercase)
    match random.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + letter + word[at:]
        case 2:
            return word[:at] + letter + word[at + 1 :]
        case _:
            at = min(at, len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def mistyped(random: Random, name: str) -> str:
    """The name with one typo in each word of letters that has four or more."""
    words = [typo(random, word) if word.isalpha() and len(word) >= 4 else word for word in name.split()]
    return " ".join(words).lower()


async def measure(
    ask: Callable[[str, ProductFilter | None], Awaitable[list[str]]], cases: list[Case]
) -> tuple[float, list[float]]:
    """Recall at 5 and the time of each question in milliseconds."""
    hits, times = 0, []
    for query, sku, only in cases:
        start = time.perf_counter()
        found = await ask(query, only)
        times.append((time.perf_counter() - start) * 1000)
        hits += sku in found[:5]
    return hits / len(cases), times


def questions(all_items: list[CatalogItem], seed: int) -> dict[str, list[Case]]:
    """Per kind of question, what is asked and what must be found."""
    random = Random(seed)
    chosen = [random.choice(all_items) for _ in range(QUERIES)]
    kinds: dict[str, list[Case]] = {
        "as written": [(item.name, item.sku, None) for item in chosen],
        TYPOS: [(mistyped(random, item.name), item.sku, None) for item in chosen],
        "words shuffled, typos": [
            (" ".join(random.sample(words := mistyped(random, item.name).split(), len(words))), item.sku, None)
            for item in chosen
        ],
        "sku": [(item.sku.lower().replace("-", " "), item.sku, None) for item in chosen],
    }
    in_stock = [item for item in chosen if item.stock > 0]
    return {**kinds, FILTERED: [(mistyped(random, item.name), item.sku, _about(item)) for item in in_stock]}


def _about(item: CatalogItem) -> ProductFilter:
    """In stock, at the price of this item, half of it more or less."""
    price = item.price.amount_minor
    return ProductFilter(least=price // 2, most=price * 3 // 2, in_stock=True)


async def run(size: int, connection: Any, kinds: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Fill one tenant with `size` items and measure it: these kinds of question, or all."""
    tenant = f"bench{size}"
    await connection.execute(
        "INSERT INTO tenants (id, name, currency, timezone, locale) VALUES ($1, $1, 'MXN', 'UTC', 'es')", tenant
    )
    start = time.perf_counter()
    all_items = list(items(size, seed=size))
    async with connection.transaction():
        await catalog.put(connection, tenant, all_items)
    print(f"{size} items written in {time.perf_counter() - start:.1f} s", file=sys.stderr)  # noqa: T201
    await connection.execute("ANALYZE catalog_items, catalog_words, catalog_spellings")

    async def ask(query: str, only: ProductFilter | None) -> list[str]:
        return [product.sku for product in await catalog.search(connection, tenant, query, 5, only)]

    rows: list[dict[str, Any]] = []
    for kind, cases in questions(all_items, seed=7).items():
        if kinds and kind not in kinds:
            continue
        recall, times = await measure(ask, cases)
        cut = quantiles(times, n=100)
        rows.append({"items": size, "question": kind, "recall_at_5": round(recall, 4),
                     "p50_ms": round(median(times), 2), "p95_ms": round(cut[94], 2),
                     "p99_ms": round(cut[98], 2)})  # fmt: skip
    return rows


async def search(resources: Resources) -> list[Figure]:
    """Recall and latency of mistyped questions, alone and within a price and in stock, at each size."""
    found: list[Figure] = []
    async with resources.pg.acquire() as connection:
        for size in SIZES:
            for row in await run(size, connection, (TYPOS, FILTERED)):
                name = f"{row['question']}, {size:,} items"
                found += [
                    Figure(f"recall@5, {name}", 100 * row["recall_at_5"], "%", 95, 98),
                    Figure(f"p50, {name}", row["p50_ms"], "ms"),
                    Figure(f"p95, {name}", row["p95_ms"], "ms", 20, 10, "low"),
                ]
    return found


async def main(sizes: list[int]) -> None:
    """Run all sizes on servers of our own."""
    with tempfile.TemporaryDirectory() as home:
        async with servers(Path(home), redis=False) as running:
            await migrate(running.dsn)
            connection = await asyncpg.connect(running.dsn)
            rows = [row for size in sizes for row in await run(size, connection)]
            await connection.close()
    for row in rows:
        cells = [f"{value!s:>22}" if key == "question" else f"{key} {value!s:>8}" for key, value in row.items()]
        print("  ".join(cells))  # noqa: T201
    print(json.dumps({"bench": "catalog", "rows": rows}))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or list(SIZES)))
