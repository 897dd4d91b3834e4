"""What all processes share about the model tiers: their breakers, and how often each attempt went how; in Redis.

Every call answers within a fifth of a second or tells None: then a process goes by what it knows itself.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from redis.exceptions import RedisError

from core import keys

_SECONDS = 0.2

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


class SharedBreakers:
    """The breakers of all tiers, and the counts of attempts."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def ask(self, tier: str, probe_ms: int) -> tuple[str, int, int, str] | None:
        """Word (closed, open, half-open, probe), ms that it stays open, failures in a row, reason."""
        return _told(await _within(self._redis.eval(_ASK, 1, keys.breaker(tier), probe_ms)))

    async def fail(
        self, tier: str, *, at_once: bool, open_ms: int, most: int, reason: str, keep_seconds: int
    ) -> tuple[str, int, int, str] | None:  # fmt: skip
        """Count a failure; open for so long at once, or with the last of so many in a row."""
        given = (int(at_once), open_ms, most, reason, keep_seconds)
        return _told(await _within(self._redis.eval(_FAIL, 1, keys.breaker(tier), *given)))

    async def clear(self, tier: str) -> None:
        """The tier works."""
        await _within(self._redis.delete(keys.breaker(tier)))

    async def release(self, tier: str) -> None:
        """The probe ended without telling anything."""
        await _within(self._redis.hdel(keys.breaker(tier), "probe"))

    async def count(self, attempts: Iterable[tuple[str, str, int]]) -> None:
        """Add attempts (tier, outcome, ms) for /metrics; they may be lost."""
        together = self._redis.pipeline(transaction=False)
        for tier, outcome, ms in attempts:
            together.hincrby(keys.MODEL_ATTEMPTS, f"{tier} {outcome}", 1)
            together.hincrby(keys.MODEL_MILLIS, f"{tier} {outcome}", ms)
        await _within(together.execute())


async def _within(call: Awaitable[Any]) -> Any:
    try:
        async with asyncio.timeout(_SECONDS):
            return await call
    except (RedisError, OSError, TimeoutError):
        return None


def _told(answer: Any) -> tuple[str, int, int, str] | None:
    if answer is None:
        return None
    word, left, failures, reason = answer
    return _text(word), int(left), int(failures), _text(reason)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
