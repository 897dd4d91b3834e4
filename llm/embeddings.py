"""Texts as vectors of their meaning, by Azure OpenAI or any server of the OpenAI protocol, for catalogue search.

A question has a few hundred milliseconds and a breaker of its own: whoever asks goes on without. Items have time, and
whoever fills the catalogue tries again later.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence

import httpx2
import openai

from core.embedding import Vector
from core.errors import ModelError
from core.outside import outside
from core.settings import Settings
from llm import azure, chat
from llm.breaker import Breaker, Shared
from llm.faults import CLASSES, error

logger = logging.getLogger("orkesta.llm")
NAME = "embeddings"
KEPT = 256  # questions whose vectors are kept: one turn asks the same several times
ITEMS_SECONDS = 30.0
_PAUSE_SECONDS = 300.0  # of questions, when the key or the model is refused: neither mends itself


def configured(settings: Settings, shared: Shared | None) -> "Embeddings | None":
    """The process's embedder; None when none is configured."""
    return Embeddings(settings, shared) if settings.embedding_model else None


class Embeddings:
    """The configured model, asked for vectors of the configured size."""

    def __init__(self, settings: Settings, shared: Shared | None = None) -> None:
        self._model, self._size = settings.embedding_model, settings.embeddings_dimensions
        self._space = settings.embedding_space
        self._seconds = settings.embeddings_query_ms / 1000
        self._shared, self._breaker = shared, Breaker(NAME, shared)
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._client = _client(settings)
        self._extra = {"dimensions": self._size} if self._size else {}

    @property
    def space(self) -> str:
        """The model and its size."""
        return self._space

    async def question(self, text: str) -> Vector | None:
        """The meaning of a question; None when it is late, fails, or is not asked for because it failed lately."""
        if (known := self._known.get(text)) is not None:
            self._known.move_to_end(text)
            return known
        if not await self._breaker.allows():
            return None
        try:
            (vector,) = await self._asked([text], self._seconds)
            await self._breaker.succeeded()
        except ModelError as fault:
            await self._failed(fault)
            return None
        finally:
            await self._breaker.released()
        self._known[text] = vector
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return vector

    async def items(self, texts: Sequence[str]) -> list[Vector]:
        """The meaning of each text; raises ModelError."""
        return await self._asked(texts, ITEMS_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _asked(self, texts: Sequence[str], seconds: float) -> list[Vector]:
        started, outcome = time.monotonic(), "ok"
        try:
            async with asyncio.timeout(seconds):
                with outside():
                    vectors, _ = await chat.embed(self._client, NAME, self._model, texts, azure.ERRORS, self._extra)
            return self._sized(vectors)
        except TimeoutError:
            outcome = "timeout"
            raise error(outcome, NAME, "no answer in time") from None
        except ModelError as fault:
            outcome = fault.code
            raise
        finally:
            took = round((time.monotonic() - started) * 1000)
            if self._shared:
                await self._shared.count([(NAME, outcome, took)])

    def _sized(self, vectors: list[list[float]]) -> list[Vector]:
        if self._size and len(vectors[0]) != self._size:
            logger.error("embeddings.size", extra={"given": len(vectors[0]), "asked": self._size})
            raise error("model_gone", NAME, f"vectors of {len(vectors[0])} numbers, not {self._size}")
        return list(vectors)

    async def _failed(self, fault: ModelError) -> None:
        effect = CLASSES[fault.code].breaker
        if effect == "opens":
            seconds = fault.retry_after if fault.code == "throttled" else _PAUSE_SECONDS
            await self._breaker.failed(fault.code, at_once=True, seconds=seconds)
        elif effect == "counts":
            await self._breaker.failed(fault.code)
        logger.warning("embeddings.without", extra={"class": fault.code})


def _client(settings: Settings) -> openai.AsyncOpenAI:
    if not (settings.embeddings_base_url and settings.embeddings_model):
        return azure.client(settings, ITEMS_SECONDS)
    return openai.AsyncOpenAI(
        base_url=settings.embeddings_base_url,
        api_key=settings.embeddings_api_key or "none",  # the SDK insists on one
        max_retries=0,
        timeout=httpx2.Timeout(ITEMS_SECONDS, connect=2.0),
    )
