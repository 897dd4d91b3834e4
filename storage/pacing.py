"""Token buckets in Redis: how long a send must wait so that the provider never has to refuse it.

Each bucket is one number, its theoretical arrival time (generic cell rate algorithm). A send takes from the
account's bucket and from its pair's, or from neither. Without Redis nothing waits: the provider's own 429 paces.
"""

import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from core import keys
from core.batch import Batcher
from core.clock import Clock
from core.messages import Struct
from storage.resources import Resources

log = logging.getLogger("orkesta.pacing")

# ARGV: now, then per send: account interval ms, account tolerance ms, pair interval ms, pair tolerance ms.
_TAKE = """
local now, waits = tonumber(ARGV[1]), {}
for i = 1, #KEYS / 2 do
  local a, p = KEYS[2 * i - 1], KEYS[2 * i]
  local at = 2 + (i - 1) * 4
  local ai, at_, pi, pt = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local ta = math.max(now, tonumber(redis.call('get', a) or 0))
  local tp = math.max(now, tonumber(redis.call('get', p) or 0))
  local wait = math.max(ta - at_ - now, tp - pt - now, 0)
  if wait == 0 then
    redis.call('set', a, ta + ai, 'px', math.ceil(ta + ai - now) + 1000)
    redis.call('set', p, tp + pi, 'px', math.ceil(tp + pi - now) + 1000)
  end
  waits[i] = math.ceil(wait)
end
return waits"""
_HOLD = """
local due = tonumber(ARGV[1])
if tonumber(redis.call('get', KEYS[1]) or 0) < due then redis.call('set', KEYS[1], due, 'px', ARGV[2]) end
return 1"""


class Rate(Struct):
    """One send's buckets: messages per second and how many may go at once, for the account and for the pair."""

    account: str
    peer: str
    account_per_second: float
    account_burst: int
    pair_per_second: float
    pair_burst: int


class Pacer:
    """Says how many milliseconds a send must wait; 0 means that its tokens are taken."""

    def __init__(self, resources: Resources) -> None:
        self._script = resources.redis.register_script(_TAKE)
        self._hold = resources.redis.register_script(_HOLD)
        self._waits: Batcher[Rate, int] = Batcher(self._take, most=128)

    async def wait_ms(self, rate: Rate) -> int:
        """Take a token of both buckets, or return after how long to ask again."""
        return await self._waits(rate)

    async def hold(self, rate: Rate, seconds: float, *, pair: bool) -> None:
        """The provider refused for `seconds`: nothing goes from this bucket before."""
        bucket, burst_ms = _buckets(rate)[pair], _tolerances(rate)[pair]
        due = Clock.millis() + int(seconds * 1000) + burst_ms
        try:
            await self._hold(keys=[bucket], args=[due, int(seconds * 1000) + burst_ms + 1000])
        except (RedisError, OSError) as fault:
            log.warning("pacing.away", extra={"fault": type(fault).__name__})

    async def _take(self, batch: list[Rate]) -> Sequence[int]:
        names = [bucket for rate in batch for bucket in _buckets(rate)]
        arguments: list[float] = [Clock.millis()]
        for rate in batch:
            account_ms, pair_ms = _tolerances(rate)
            arguments += [1000 / rate.account_per_second, account_ms, 1000 / rate.pair_per_second, pair_ms]
        try:
            waits: list[int] = await self._script(keys=names, args=arguments)
        except (RedisError, OSError) as fault:
            log.warning("pacing.away", extra={"fault": type(fault).__name__})
            return [0] * len(batch)
        return waits


def _buckets(rate: Rate) -> tuple[str, str]:
    return keys.pace(rate.account), keys.pace(f"{rate.account}:{rate.peer}")


def _tolerances(rate: Rate) -> tuple[int, int]:
    return (
        int((rate.account_burst - 1) * 1000 / rate.account_per_second),
        int((rate.pair_burst - 1) * 1000 / rate.pair_per_second),
    )
