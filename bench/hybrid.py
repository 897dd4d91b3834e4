"""Catalogue search by words, and by words and meaning fused: recall and latency, on one and the same catalogue.

`python -m bench.hybrid [items …]`. The vectors are the emulator's, made in this process: the figures are those of our
side, without a provider's time. A model's own quality is not measured here.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from bench.catalog import FILTERED, TYPOS, Case, measure, questions
from core.embedding import Vector
from core.records import CatalogItem, Product, ProductFilter
from core.settings import Settings
from emulator.embeddings import vector
from storage import catalog, catalog_vectors, hybrid, resources
from storage.embedded import servers
from storage.fusion import CHANCE
from storage.migrate import migrate
from storage.resources import Resources
from storage.seed.parts import items

SIZES = (1_000, 10_000, 100_000)
QUESTIONS, ROUNDS = 150, 25
# Asked without a word of any item: the words' arm has nothing to give, the other one has.
PARAPHRASES = (
    "algo para que no rechine al frenar", "my car squeals when I stop", "chia na hora de frear",
    "no arranca en la mañana", "para alumbrar de noche", "salta en cada bache",
)
Ask = Callable[[str, ProductFilter | None], Awaitable[list[Product]]]


class Here:
    """The emulator's vectors without its HTTP."""

    space = "emulator/512"

    async def question(self, text: str) -> Vector | None:
        return vector(text, 512)

    async def items(self, texts: Sequence[str]) -> list[Vector]:
        return [vector(text, 512) for text in texts]

    async def close(self) -> None:
        pass


async def _filled(opened: Resources, embedder: Here, size: int) -> tuple[str, list[CatalogItem]]:
    tenant, made = f"bench{size}", list(items(size, seed=size))
    await opened.pg.execute(
        "INSERT INTO tenants (id, name, currency, timezone, locale) VALUES ($1, $1, 'MXN', 'UTC', 'es')", tenant
    )
    async with opened.tenant_connection(tenant) as connection:
        await catalog.put(connection, tenant, made)
        after, started = "", time.perf_counter()
        while waiting := await catalog_vectors.unembedded(connection, tenant, embedder.space, after, 256):
            vectors = await embedder.items([item.text for item in waiting])
            await catalog_vectors.keep(connection, tenant, embedder.space, waiting, vectors)
            after = waiting[-1].sku
    print(f"{size} items embedded in {time.perf_counter() - started:.0f} s", file=sys.stderr)  # noqa: T201
    await opened.pg.execute("ANALYZE catalog_items, catalog_words, catalog_spellings, catalog_embeddings")
    return tenant, made


async def _figures(kind: str, ask: Ask, cases: list[Case]) -> str:
    async def skus(query: str, only: ProductFilter | None) -> list[str]:
        return [hit.sku for hit in await ask(query, only)]

    recall, times = await measure(skus, cases)
    cut = quantiles(times, n=100)
    return f"{kind:>40}  recall@5 {recall:.3f}  p50 {median(times):6.1f} ms  p95 {cut[94]:6.1f} ms"


async def _paraphrased(kind: str, ask: Ask) -> str:
    hits, times = 0, []
    for question in PARAPHRASES * ROUNDS:
        started = time.perf_counter()
        hits += any(hit.score >= CHANCE for hit in await ask(question, None))
        times.append((time.perf_counter() - started) * 1000)
    p95 = quantiles(times, n=100)[94]
    return f"{kind:>40}  answered {hits / len(times):.3f}  p50 {median(times):6.1f} ms  p95 {p95:6.1f} ms"


async def _lines(opened: Resources, size: int) -> AsyncIterator[str]:
    embedder = Here()
    tenant, made = await _filled(opened, embedder, size)
    cases = questions(made, seed=7)
    yield f"{size:,} items"
    for name, surroundings in (("words", opened), ("fused", replace(opened, embedder=embedder))):

        async def ask(query: str, only: ProductFilter | None, at: Resources = surroundings) -> list[Product]:
            return await hybrid.search(at, tenant, query, 5, only)

        for kind in ("as written", TYPOS, FILTERED):
            yield await _figures(f"{name}, {kind}", ask, cases[kind][:QUESTIONS])
        yield await _paraphrased(f"{name}, no word in common", ask)


async def main(sizes: Sequence[int]) -> None:
    """Run all sizes on servers of our own."""
    with tempfile.TemporaryDirectory() as home:
        async with servers(Path(home)) as running:
            await migrate(running.dsn)
            settings = Settings(
                database_url=running.dsn, redis_url=running.redis_url, home=Path(home), secret_key="bench"
            )
            async with resources.open(settings, "bench") as opened:
                for size in sizes:
                    async for line in _lines(opened, size):
                        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main([int(argument) for argument in sys.argv[1:]] or SIZES))
