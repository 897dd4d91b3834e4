"""Tries the configured tiers in order inside one deadline; tenacity is the only thing that ever retries.

Each tier gets an equal part of the time that is left, so that a hanging one never eats the next one's.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from tenacity import AsyncRetrying, RetryCallState

from core.errors import ModelError
from core.outside import outside
from core.settings import Settings
from llm.azure import Azure
from llm.base import Ask, Attempt, Hearing, Message, Said, Speech, Tier
from llm.breaker import Breaker, Shared
from llm.faults import CLASSES, error
from llm.groq import Groq
from llm.offline import Offline
from llm.ollama import Ollama

logger = logging.getLogger("orkesta.llm")
ATTEMPTS, WAITS_SECONDS = 3, (2.0, 4.0)  # at once, after 2 s, after 4 s
_RESERVE_SECONDS, _LEAST_SECONDS = 0.3, 0.25
_AUTH_OPEN_SECONDS = 300.0  # a key or a model does not come back by itself
_REPAIR = Message(
    role="system",
    content="Answer with plain text only, shortly; or call an offered tool with exactly the arguments that it has.",
)


Call = Callable[[Any], Awaitable[Said]]


class Completion(NamedTuple):
    """The answer and every attempt that led to it."""

    said: Said
    attempts: list[Attempt]


_TIERS: dict[str, type[Groq] | type[Azure] | type[Ollama]] = {"groq": Groq, "azure": Azure, "ollama": Ollama}


def tiers(settings: Settings) -> list[Tier]:
    """The tiers that have what they need; the offline tier is not among them: it stands behind all."""
    return [_TIERS[name](settings) for name in settings.model_tiers]


class _Rung(NamedTuple):
    """What one tier can do of one kind, and the breaker before it."""

    tier: str
    breaker: Breaker
    call: Call


class Ladder:
    """One per process. Without tiers `configured` is false and nobody needs to call `complete`."""

    def __init__(
        self, tiers: Sequence[Tier], shared: Shared | None = None, waits: Sequence[float] = WAITS_SECONDS
    ) -> None:
        self._tiers, self._offline, self._waits, self._shared = tuple(tiers), Offline(), tuple(waits), shared
        self._rungs = [_Rung(tier.name, Breaker(tier.name, shared), tier.complete) for tier in self._tiers]
        # A speech model that is gone must not keep the tier's other models from being asked.
        self._ears = [
            _Rung(tier.name, Breaker(f"{tier.name}-speech", shared), tier.transcribe)
            for tier in self._tiers
            if isinstance(tier, Hearing) and tier.hears
        ]

    @property
    def configured(self) -> bool:
        """True when there is a model to ask."""
        return bool(self._tiers)

    @property
    def hears(self) -> bool:
        """True when there is a model that writes speech down."""
        return bool(self._ears)

    def states(self) -> dict[str, str]:
        """The breaker of each tier, as this process knows it."""
        return {rung.breaker.tier: rung.breaker.state for rung in (*self._rungs, *self._ears)}

    async def close(self) -> None:
        """Close every tier's client."""
        for tier in self._tiers:
            await tier.close()

    async def complete(self, ask: Ask, deadline: float) -> Completion:
        """Answer before `deadline` (monotonic); never raises for model trouble: the offline tier answers then."""
        attempts: list[Attempt] = []
        said = await self._up(self._rungs, ask, deadline, attempts)
        return Completion(said or await self._offline.complete(ask), attempts)

    async def transcribe(self, speech: Speech, deadline: float) -> Completion:
        """Write a speech down before `deadline`; without text, nobody could."""
        attempts: list[Attempt] = []
        said = await self._up(self._ears, speech, deadline, attempts)
        return Completion(said or Said(text="", tier=self._offline.name), attempts)

    async def _up(
        self, rungs: Sequence[_Rung], ask: Ask | Speech, deadline: float, attempts: list[Attempt]
    ) -> Said | None:
        try:
            for place, rung in enumerate(rungs):
                share = (deadline - time.monotonic() - _RESERVE_SECONDS) / (len(rungs) - place)
                said = await self._on(rung, ask, share, attempts)
                if said:
                    return said
            return None
        finally:
            if self._shared and attempts:
                await self._shared.count([(each.tier, each.outcome, each.ms) for each in attempts])

    async def _on(self, rung: _Rung, ask: Ask | Speech, seconds: float, attempts: list[Attempt]) -> Said | None:
        if seconds < _LEAST_SECONDS or not await rung.breaker.allows():
            outcome = "no_time" if seconds < _LEAST_SECONDS else "open"
            attempts.append(Attempt(tier=rung.tier, outcome=outcome, ms=0))
            return None
        try:
            with outside():
                return await _Climb(rung, ask, time.monotonic() + seconds, attempts, self._waits).run()
        except ModelError as fault:
            if fault.action == "alert":
                logger.error("llm.alert", extra={"tier": rung.tier, "class": fault.code, "task": ask.task})
            return None
        finally:
            await rung.breaker.released()


class _Climb:
    """The attempts at one tier for one request."""

    def __init__(
        self, rung: _Rung, ask: Ask | Speech, until: float, attempts: list[Attempt], waits: Sequence[float]
    ) -> None:
        self._rung, self._breaker, self._ask, self._until = rung, rung.breaker, ask, until
        self._attempts, self._waits = attempts, waits
        self._changed: set[str] = set()  # repair and shorten happen once each

    async def run(self) -> Said:
        """Attempt until it works, the class of the error says otherwise, or the time is up."""
        retrying = AsyncRetrying(retry=self._again, stop=self._stop, wait=self._wait, reraise=True)
        said: Said = await retrying(self._attempt)
        return said

    async def _attempt(self) -> Said:
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._until - started)):
                said = await self._rung.call(self._ask)
        except TimeoutError:
            fault = error("timeout", self._rung.tier, "no answer in time")
            await self._record(fault, started)
            raise fault from None
        except ModelError as fault:
            await self._record(fault, started)
            raise
        await self._breaker.succeeded()
        self._note("ok", started, said)
        return said

    async def _record(self, fault: ModelError, started: float) -> None:
        self._note(fault.code, started)
        effect = CLASSES[fault.code].breaker
        if effect == "opens":
            seconds = fault.retry_after if fault.code == "throttled" else _AUTH_OPEN_SECONDS
            if fault.code != "throttled" or not self._fits(fault):
                await self._breaker.failed(fault.code, at_once=True, seconds=seconds)
        elif effect == "counts":
            await self._breaker.failed(fault.code)

    def _note(self, outcome: str, started: float, said: Said | None = None) -> None:
        self._attempts.append(
            Attempt(
                tier=self._rung.tier,
                outcome=outcome,
                ms=round((time.monotonic() - started) * 1000),
                model=said.model if said else "",
                prompt_tokens=said.prompt_tokens if said else 0,
                completion_tokens=said.completion_tokens if said else 0,
            )
        )

    def _again(self, state: RetryCallState) -> bool:
        fault = state.outcome.exception() if state.outcome else None
        if not isinstance(fault, ModelError):
            return False
        if fault.action == "retry":
            return self._breaker.state != "open"  # opened meanwhile, by the failures of others: the next tier is sooner
        mends = fault.action in ("repair", "shorten") and fault.action not in self._changed
        if mends and isinstance(self._ask, Ask):  # a speech is what it is
            self._changed.add(fault.action)
            self._ask = _shortened(self._ask) if fault.action == "shorten" else _repaired(self._ask)
            return True
        return False

    def _wait(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        if isinstance(fault, ModelError) and fault.action == "retry":
            return self._pause(fault, state.attempt_number)
        return 0.0

    def _pause(self, fault: ModelError, attempt: int) -> float:
        if fault.retry_after is not None:
            return fault.retry_after
        return self._waits[min(attempt, len(self._waits)) - 1]

    def _fits(self, fault: ModelError) -> bool:
        pause = self._waits[0] if fault.retry_after is None else fault.retry_after
        return time.monotonic() + pause + _LEAST_SECONDS < self._until

    def _stop(self, state: RetryCallState) -> bool:
        """Stop after three attempts, or at once when the wait would leave no time: the next tier answers sooner."""
        late = time.monotonic() + self._wait(state) + _LEAST_SECONDS > self._until
        return state.attempt_number >= ATTEMPTS or late


def _shortened(ask: Ask) -> Ask:
    """Without the history, but for its last message; what was asked now, and what tools found since, stays."""
    asked = max((place for place, m in enumerate(ask.messages) if m.role == "user"), default=0)
    kept = (m for place, m in enumerate(ask.messages) if m.role == "system" or place >= asked - 1)
    return msgspec.structs.replace(ask, messages=tuple(kept))


def _repaired(ask: Ask) -> Ask:
    return msgspec.structs.replace(ask, messages=(*ask.messages, _REPAIR), max_tokens=ask.max_tokens * 2)
