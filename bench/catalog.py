"""Catalogue search at 1,000, 10,000 and 100,000 items: recall with one typo a word, and latency.

`python -m bench.catalog [items …]` prints a table and a line of JSON.
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

import asyncpg

from core.records import CatalogItem
from storage import catalog
from storage.embedded import servers
from storage.migrate import migrate
from storage.seed.parts import items

QUERIES = 400


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
    ask: Callable[[str], Awaitable[list[str]]], cases: list[tuple[str, str]]
) -> tuple[float, list[float]]:
    """Recall at 5 and the time of each question in milliseconds."""
    hits, times = 0, []
    for query, sku in cases:
        start = time.perf_counter()
        found = await ask(query)
        times.append((time.perf_counter() - start) * 1000)
        hits += sku in found[:5]
    return hits / len(cases), times


def questions(all_items: list[CatalogItem], seed: int) -> dict[str, list[tuple[str, str]]]:
    """Per kind of question, pairs of (what is typed, SKU that must be found)."""
    random = Random(seed)
    chosen = [random.choice(all_items) for _ in range(QUERIES)]
    return {
        "as written": [(item.name, item.sku) for item in chosen],
        "one typo a word": [(mistyped(random, item.name), item.sku) for item in chosen],
        "words shuffled, typos": [
            (" ".join(random.sample(words := mistyped(random, item.name).split(), len(words))), item.sku)
            for item in chosen
        ],
        "sku": [(item.sku.lower().replace("-", " "), item.sku) for item in chosen],
    }


async def run(size: int, connection: "asyncpg.Connection[asyncpg.Record]") -> list[dict[str, object]]:
    """Fill one tenant with `size` items and measure it."""
    tenant = f"bench{size}"
    await connection.execute(
        "INSERT INTO tenants (id, name, currency, timezone, locale) VALUES ($1, $1, 'MXN', 'UTC', 'es')", tenant
    )
    start = time.perf_counter()
    all_items = list(items(size, seed=size))
    async with connection.transaction():
        await catalog.put(connection, tenant, all_items)
    print(f"{size} items written in {time.perf_counter() - start:.1f} s", file=sys.stderr)  # noqa: T201
    await connection.execute("ANALYZE")

    async def ask(query: str) -> list[str]:
        return [product.sku for product in await catalog.search(connection, tenant, query, 5)]

    rows: list[dict[str, object]] = []
    for kind, cases in questions(all_items, seed=7).items():
        recall, times = await measure(ask, cases)
        cut = quantiles(times, n=100)
        rows.append({"items": size, "question": kind, "recall_at_5": round(recall, 4),
                     "p50_ms": round(median(times), 2), "p95_ms": round(cut[94], 2),
                     "p99_ms": round(cut[98], 2)})  # fmt: skip
    return rows


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
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or [1_000, 10_000, 100_000]))
