"""Keeps a failing tier from being asked: closed, open for a while, then one single probe; one for all processes.

Redis holds what the processes share: failures in a row, until when it is open, who probes. A process looks there only
every second or after a failure of its own, so asking costs nothing; without Redis each one counts for itself.
"""

import asyncio
import time
from typing import Any

from redis.exceptions import RedisError

from core import keys

FAILURES, OPEN_SECONDS, LONGEST_SECONDS = 5, 30.0, 600.0
_LOOK_EVERY_SECONDS, _REDIS_SECONDS, _PROBE_SECONDS = 1.0, 0.2, 30.0

# Redis' own clock decides, so that the clocks of machines need not agree. Answers: word, ms that it stays open,
# failures in a row, reason.
_ASK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local given = redis.call('HMGET', KEYS[1], 'until', 'probe', 'failures', 'reason')
local failures, reason = tonumber(given[3] or 0), given[4] or ''
if not given[1] then return {'closed', 0, failures, reason} end
local left = tonumber(given[1]) - now
if left > 0 then return {'open', left, failures, reason} end
if tonumber(given[2] or 0) > now then return {'half-open', 0, failures, reason} end
redis.call('HSET', KEYS[1], 'probe', now + tonumber(ARGV[1]))
return {'probe', 0, failures, reason}
"""
_FAIL = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HDEL', KEYS[1], 'probe')
local left = tonumber(redis.call('HGET', KEYS[1], 'until') or 0) - now
if ARGV[1] == '1' or failures >= tonumber(ARGV[3]) then
  left = math.max(left, tonumber(ARGV[2]))
  redis.call('HSET', KEYS[1], 'until', now + left, 'reason', ARGV[4])
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return {'failed', math.max(left, 0), failures, ARGV[4]}
"""


class Breaker:
    """The breaker of one tier as one process sees it; times are monotonic seconds."""

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
        """True when a call may be made now; after an open stretch only one caller of all processes is the probe."""
        state = self.state
        if state == "closed" and time.monotonic() - self._looked < _LOOK_EVERY_SECONDS:
            return True
        if state == "open" or self._probing:
            return False
        self._probing = state == "half-open"  # no other task of this process asks meanwhile
        word = await self._script(_ASK, round(_PROBE_SECONDS * 1000))
        if word:
            self._probing = word == "probe"
        if word == "closed":  # perhaps somebody else's probe went well
            self._until, self.reason = 0.0, ""
        elif word in ("half-open", "probe"):
            self._until = self._until or time.monotonic()
        return word not in ("open", "half-open")

    async def succeeded(self) -> None:
        """The tier works."""
        known = self._failures or self._until or self._probing
        self._failures, self._until, self._probing, self.reason = 0, 0.0, False, ""
        if known and self._redis is not None:
            await self._within(self._redis.delete(keys.breaker(self.tier)))

    async def released(self) -> None:
        """A call ended without telling anything about the tier (cancelled, or our own mistake): the next one probes."""
        if self._probing:
            self._probing = False
            if self._redis is not None:
                await self._within(self._redis.hdel(keys.breaker(self.tier), "probe"))

    async def failed(self, reason: str, *, at_once: bool = False, seconds: float | None = None) -> None:
        """Count a failure; open after five in a row, after a failed probe, or at once."""
        self._failures += 1
        stretch = min(OPEN_SECONDS if seconds is None else seconds, LONGEST_SECONDS)
        opens = at_once or self._probing
        self._probing = False
        told = await self._script(
            _FAIL, int(opens), round(stretch * 1000), FAILURES, reason, round(2 * LONGEST_SECONDS)
        )
        if opens or (not told and self._failures >= FAILURES):
            self._until, self.reason = max(self._until, time.monotonic() + stretch), reason

    async def _script(self, script: str, *arguments: int | str) -> str:
        """Run it, take over what it tells, and return its word; empty when Redis cannot be asked."""
        self._looked = time.monotonic()
        if self._redis is None:
            return ""
        told = await self._within(self._redis.eval(script, 1, keys.breaker(self.tier), *arguments))
        if told is None:
            return ""
        word, left, self._failures, reason = _text(told[0]), told[1], int(told[2]), _text(told[3])
        if left > 0:
            self._until, self.reason = time.monotonic() + min(left / 1000, LONGEST_SECONDS), reason
        return word

    async def _within(self, call: Any) -> Any:
        """What Redis answers in time; None otherwise: then this process goes by what it knows itself."""
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                return await call
        except (RedisError, OSError, TimeoutError):
            return None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
