"""Keeps a failing tier from being asked: closed, open for a while, then one single probe; hinted to other processes.

The state is in the process, so asking costs nothing; Redis only carries the hint `open until`, and may be lost.
"""

import asyncio
import contextlib
import time
from typing import Any

from redis.exceptions import RedisError

from core import keys

FAILURES, OPEN_SECONDS, LONGEST_SECONDS = 5, 30.0, 600.0
_LOOK_EVERY_SECONDS, _REDIS_SECONDS = 2.0, 0.2


class Breaker:
    """The breaker of one tier; times are monotonic seconds."""

    def __init__(self, tier: str, redis: Any = None) -> None:
        self.tier, self._redis = tier, redis
        self._failures, self._until, self._probing, self._looked = 0, 0.0, False, 0.0
        self.reason = ""

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        if not self._until:
            return "closed"
        return "open" if time.monotonic() < self._until else "half-open"

    async def allows(self) -> bool:
        """True when a call may be made now; after an open stretch only one caller gets it, as the probe."""
        await self._hear()
        if self.state == "closed":
            return True
        if self.state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The tier works."""
        self._failures, self._until, self._probing, self.reason = 0, 0.0, False, ""

    def released(self) -> None:
        """A call ended without telling anything about the tier (cancelled, or our own mistake)."""
        self._probing = False

    async def failed(self, reason: str, *, at_once: bool = False, seconds: float | None = None) -> None:
        """Count a failure; open after five in a row, after a failed probe, or at once."""
        self._failures += 1
        if at_once or self._probing or self._failures >= FAILURES:
            stretch = min(OPEN_SECONDS if seconds is None else seconds, LONGEST_SECONDS)
            self._until, self.reason = time.monotonic() + stretch, reason
            await self._tell(stretch)
        self._probing = False

    async def _tell(self, seconds: float) -> None:
        if self._redis is None:
            return
        key = keys.breaker(self.tier)
        with contextlib.suppress(RedisError, OSError, TimeoutError):  # a lost hint only costs the others a call
            async with asyncio.timeout(_REDIS_SECONDS):
                await self._redis.hset(key, mapping={"until": time.time() + seconds, "reason": self.reason})
                await self._redis.expire(key, int(LONGEST_SECONDS))

    async def _hear(self) -> None:
        now = time.monotonic()
        if self._redis is None or self._until or now - self._looked < _LOOK_EVERY_SECONDS:
            return
        self._looked = now
        with contextlib.suppress(RedisError, OSError, TimeoutError, ValueError):
            async with asyncio.timeout(_REDIS_SECONDS):
                until, reason = await self._redis.hmget(keys.breaker(self.tier), "until", "reason")
            left = float(until) - time.time() if until else 0.0
            if left > 0:
                self._until = now + min(left, LONGEST_SECONDS)
                self.reason = reason.decode() if isinstance(reason, bytes) else str(reason)
