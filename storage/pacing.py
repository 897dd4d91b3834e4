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

_MARGIN = 0.9  # of a provider's burst: what leaves evenly arrives unevenly
_BULK = 0.5  # of the account's burst: the rest is for replies, whenever they come

# KEYS: account bucket, pair bucket, line of bulk, per send. ARGV: now, then per send: account interval ms, account
# tolerance ms, pair interval ms, pair tolerance ms, 1 for bulk. Bulk that finds no token is told to ask when its turn
# in the line has come, so that fifty thousand of them ask about once each.
_TAKE = """
local now, waits = tonumber(ARGV[1]), {}
for i = 1, #KEYS / 3 do
  local a, p, line = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local at = 2 + (i - 1) * 5
  local ai, at_, pi, pt = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local ta = math.max(now, tonumber(redis.call('get', a) or 0))
  local tp = math.max(now, tonumber(redis.call('get', p) or 0))
  local wait = math.max(ta - at_ - now, tp - pt - now, 0)
  if wait == 0 then
    redis.call('set', a, ta + ai, 'px', math.ceil(ta + ai - now) + 1000)
    redis.call('set', p, tp + pi, 'px', math.ceil(tp + pi - now) + 1000)
  elseif ARGV[at + 4] == '1' then
    local turn = math.max(now + wait, tonumber(redis.call('get', line) or 0))
    redis.call('set', line, turn + ai, 'px', math.ceil(turn + ai - now) + 1000)
    wait = turn - now
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
    bulk: bool = False  # waits while the account's bucket is half empty


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
        names = [name for rate in batch for name in (*_buckets(rate), keys.line(rate.account))]
        arguments: list[float] = [Clock.millis()]
        for rate in batch:
            account_ms, pair_ms = _tolerances(rate)
            account_ms = int(account_ms * _BULK) if rate.bulk else account_ms
            arguments += [1000 / rate.account_per_second, account_ms, 1000 / rate.pair_per_second, pair_ms]
            arguments.append(int(rate.bulk))
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
        _tolerance_ms(rate.account_burst, rate.account_per_second), _tolerance_ms(rate.pair_burst, rate.pair_per_second)
    )  # fmt: skip


def _tolerance_ms(burst: int, per_second: float) -> int:
    return int((max(1, int(burst * _MARGIN)) - 1) * 1000 / per_second)
