"""Embeds catalogue items that were written, in batches, beside the conversations; where embeddings are configured.

A provider that is away only delays: the catalogue is due again after a growing pause. What has a vector of its present
text is never asked for again, whoever dies in between: each batch is kept before the next one is asked for.
"""

import asyncio
import logging
from collections.abc import Sequence

import asyncpg

from core.embedding import Embedder, Vector
from core.errors import ModelError
from storage import catalog_changes, catalog_vectors
from storage.catalog_changes import Held
from storage.catalog_vectors import Unembedded
from storage.resources import OUTAGES, Resources

log = logging.getLogger("orkesta.meanings")
BATCH = 64  # items in one request
BATCHES = 50  # then another tenant's catalogue comes first
LEASE_SECONDS = 90.0  # several times what one request may take
_IDLE_SECONDS = 2.0
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 600.0
_REFUSED = frozenset({"bad_request", "too_long", "content_filter"})  # of a text, not of the provider


class Lost(Exception):
    """Another worker has taken this catalogue."""


async def run(resources: Resources) -> None:
    """Embed until cancelled; an outage of PostgreSQL only delays the next look."""
    embedder = resources.embedder
    while embedder is None:
        await asyncio.sleep(3600)
    while True:
        try:
            done = await once(resources, embedder)
        except (asyncpg.PostgresError, *OUTAGES) as fault:
            log.warning("meanings.away", extra={"fault": type(fault).__name__})
            done = False
        if not done:
            await asyncio.sleep(_IDLE_SECONDS)


async def once(resources: Resources, embedder: Embedder) -> bool:
    """Embed a part of one catalogue, if one is due; False when none is, or when it went wrong."""
    held = await catalog_changes.claim(resources, embedder.space, lease_seconds=LEASE_SECONDS)
    if held is None:
        return False
    try:
        whole = await _fill(resources, embedder, held)
    except Lost:
        log.warning("meanings.lost", extra={"tenant": held.tenant})
        return False
    except ModelError as fault:
        log.warning("meanings.later", extra={"tenant": held.tenant, "class": fault.code})
        await _later(resources, held, fault.code, fault.retry_after)
        return False
    except OUTAGES:
        raise
    except asyncpg.PostgresError as fault:  # vectors that cannot be kept: paid for again after a pause, not at once
        log.exception("meanings.failed", extra={"tenant": held.tenant})
        await _later(resources, held, type(fault).__name__)
        return False
    if whole:
        await catalog_changes.finish(resources, held, embedder.space)
    else:
        await catalog_changes.later(resources, held, 0.0)
    return True


async def _later(resources: Resources, held: Held, error: str, retry_after: float | None = None) -> None:
    usual = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(held.failures, 10))
    await catalog_changes.later(resources, held, max(usual, retry_after or 0.0), error)


async def _fill(resources: Resources, embedder: Embedder, held: Held) -> bool:
    """Whether all of it has vectors now; raises ModelError, Lost."""
    after = ""
    for _ in range(BATCHES):
        async with resources.tenant_reader(held.tenant) as connection:
            items = await catalog_vectors.unembedded(connection, held.tenant, embedder.space, after, BATCH)
        if not items:
            return True
        vectors = await _vectors(embedder, items)
        if not await catalog_changes.renew(resources, held, lease_seconds=LEASE_SECONDS):
            raise Lost
        async with resources.tenant_connection(held.tenant) as connection:
            await catalog_vectors.keep(connection, held.tenant, embedder.space, items, vectors)
        after = items[-1].sku
    return False


async def _vectors(embedder: Embedder, items: Sequence[Unembedded]) -> Sequence[Vector | None]:
    texts = list(dict.fromkeys(item.text for item in items))
    try:
        found: Sequence[Vector | None] = await embedder.items(texts)
    except ModelError as fault:
        if fault.code not in _REFUSED:
            raise
        found = await _one_by_one(embedder, texts, fault)
    known = dict(zip(texts, found, strict=True))
    return [known[item.text] for item in items]


async def _one_by_one(embedder: Embedder, texts: Sequence[str], refusal: ModelError) -> Sequence[Vector | None]:
    """One text may spoil its batch. When all are refused, it is the request that is wrong, not a text."""
    found: list[Vector | None] = []
    for text in texts:
        try:
            found += await embedder.items([text])
        except ModelError as fault:
            if fault.code not in _REFUSED:
                raise
            found.append(None)
    if len(texts) > 1 and not any(found):
        raise refusal
    return found
