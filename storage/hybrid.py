"""Catalogue search by words and, where embeddings are configured, by meaning as well.

Words come first, on a connection that is given back while a model is asked. Without an answer in time, or without
pgvector, the words' ranking is the answer.
"""

import logging
from collections.abc import Sequence

import asyncpg
import msgspec

from core.embedding import Vector
from core.records import Product, ProductFilter
from storage import catalog_search, catalog_vectors
from storage.fusion import CHANCE, fuse
from storage.resources import Resources

log = logging.getLogger("orkesta.catalog")
DEPTH = 50  # of each ranking that is fused
LONGEST = 500  # characters of a question that a model reads


async def search(
    resources: Resources, tenant: str, query: str, limit: int = 5, only: ProductFilter | None = None,
    *, words_only: bool = False,
) -> list[Product]:  # fmt: skip
    """The products that fit best, with `score` 0..1; an exact SKU comes first with 1. `only` leaves out others."""
    embedder = None if words_only else resources.embedder
    async with resources.tenant_reader(tenant) as connection:
        most = DEPTH if embedder else 0
        found = await catalog_search.search(connection, tenant, query, limit, only, most=most)
    if embedder is None or not query.strip() or (found and found[0].score >= 1):
        return found[:limit]
    question = await embedder.question(query[:LONGEST])
    if question is None:
        return found[:limit]
    return fuse(found, await _near(resources, tenant, embedder.space, question, only))[:limit]


async def _near(
    resources: Resources, tenant: str, space: str, question: Vector, only: ProductFilter | None
) -> Sequence[Product]:  # fmt: skip
    least = resources.settings.embeddings_least_similarity
    try:
        async with resources.tenant_reader(tenant) as connection:
            hits = await catalog_vectors.near(connection, tenant, space, question, DEPTH, only)
    except (asyncpg.UndefinedObjectError, asyncpg.UndefinedFunctionError):  # a PostgreSQL without pgvector
        log.warning("catalog.no_pgvector")
        return []
    return [msgspec.structs.replace(hit, score=_score(hit.score, least)) for hit in hits if hit.score >= least]


def _score(similarity: float, least: float) -> float:
    """Likely enough to be shown, never so sure as words are: and below what agents call certain."""
    share = (similarity - least) / max(1 - least, 0.01)
    return round(CHANCE + (catalog_search.SURE - CHANCE) * min(share, 0.99), 4)
