"""Stop 3: Redis learns that a conversation has something to do, and lends it to one worker at a time.

A ring and a release (something was done) also tell those who show the conversation: storage/live.py.
Only an optimisation: the truth is the todo table, whose rows the sweeper rings again. Fair turns: a claim goes
round the lanes, the one served longest ago first. A lane is a tenant, or a tenant's bulk: so one tenant's flood never
delays another's replies, and a campaign never delays its own tenant's.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from core import keys
from core.clock import Clock
from storage.resources import Resources

FIRST = -(2**53)  # as ms until a conversation is ready: before all that nobody has begun
BULK = ":bulk"  # ends the name of a bulk lane; no tenant's id has a colon

# KEYS: turnstile lease owner dirty bell leased_bulk; the ready set of a lane is keys.READY + its name.
_SHARED = f"""
local READY = '{keys.READY}'
local function told(c) redis.call('publish', '{keys.LIVE}' .. c, '') end
local function lane(c, bulk) return string.match(c, '^[^:]+') .. (bulk and '{BULK}' or '') end
local function wake() if redis.call('llen', KEYS[5]) == 0 then redis.call('rpush', KEYS[5], 1) end end
local function offer(c, due, bulk)
  local l = lane(c, bulk)
  redis.call('zadd', READY .. l, 'lt', due, c)
  redis.call('zadd', KEYS[1], 'nx', 0, l)
end
local function offered(c)
  return redis.call('zscore', READY .. lane(c, false), c) or redis.call('zscore', READY .. lane(c, true), c)
end
"""
# ARGV: now, kind, then pairs (conversation, ms from now; less than 0: it waits since then). What is ready already
# keeps its turn, unless it is to be the first; bulk keeps it in any case. Only news shortens a wait that a worker knew
# a reason for, and is looked at after the work under way: what was waiting before is part of it, or is found again.
_RING = _SHARED + """
local now, news, bulk, ready = tonumber(ARGV[1]), ARGV[2] == 'news', ARGV[2] == 'bulk', false
for i = 3, #ARGV, 2 do
  local c, wait = ARGV[i], tonumber(ARGV[i + 1])
  local leased = redis.call('hexists', KEYS[3], c) == 1
  told(c)
  if leased and news then
    redis.call('sadd', KEYS[4], c)
  elseif not leased then
    local turn = bulk and offered(c) or not bulk and redis.call('zscore', READY .. lane(c, false), c)
    local later = turn and tonumber(turn) > now
    if not turn or later and news or not later and not bulk and now + wait < 0 then
      offer(c, math.max(0, now + wait), bulk)
      if wait <= 0 then ready = true end
    end
  end
end
if ready then wake() end
return 1"""
# ARGV: now, lease end, most, token, lanes to leave out ... Returns pairs (conversation, lane).
_CLAIM = _SHARED + """
local now, most = tonumber(ARGV[1]), tonumber(ARGV[3])
local out, left_out, room = {}, {}, tonumber(ARGV[3])
for i = 5, #ARGV do left_out[ARGV[i]] = true end
local lanes = redis.call('zrange', KEYS[1], 0, 1023)
local share = math.max(1, math.ceil(most / math.max(1, #lanes)))
local function take(c, l)
  local bulk = string.sub(l, -#'BULK') == 'BULK'
  redis.call('zrem', READY .. l, c)
  if redis.call('zrem', READY .. lane(c, not bulk), c) == 0 and bulk then redis.call('sadd', KEYS[6], c) end
  redis.call('zadd', KEYS[2], ARGV[2], c)
  redis.call('hset', KEYS[3], c, ARGV[4])
  redis.call('srem', KEYS[4], c)
  out[#out + 1] = c
  out[#out + 1] = l
  room = room - 1
end
for round = 1, 2 do
  for _, l in ipairs(lanes) do
    if room <= 0 then break end
    if not left_out[l] then
      local want = round == 1 and math.min(share, room) or room
      for _, c in ipairs(redis.call('zrangebyscore', READY .. l, '-inf', now, 'limit', 0, want)) do take(c, l) end
      if redis.call('exists', READY .. l) == 0 then redis.call('zrem', KEYS[1], l)
      else redis.call('zadd', KEYS[1], 'xx', now, l) end
    end
  end
end
if room <= 0 then wake() end
return out""".replace("BULK", BULK)
# ARGV: now, then triples (conversation, token, ms until it wants to be drained again or -1).
_RELEASE = _SHARED + """
local now, ready = tonumber(ARGV[1]), false
for i = 2, #ARGV, 3 do
  local c = ARGV[i]
  told(c)
  if redis.call('hget', KEYS[3], c) == ARGV[i + 1] then
    redis.call('hdel', KEYS[3], c)
    redis.call('zrem', KEYS[2], c)
    local wait, bulk = tonumber(ARGV[i + 2]), redis.call('srem', KEYS[6], c) == 1
    if redis.call('srem', KEYS[4], c) == 1 then wait, bulk = 0, false end
    if wait >= 0 then
      offer(c, now + wait, bulk)
      if wait == 0 then ready = true end
    end
  end
end
if ready then wake() end
return 1"""
# ARGV: now, lease end, then pairs (conversation, token). Returns the conversations that are no longer ours.
_RENEW = _SHARED + """
local lost = {}
for i = 3, #ARGV, 2 do
  if redis.call('hget', KEYS[3], ARGV[i]) == ARGV[i + 1] then redis.call('zadd', KEYS[2], 'xx', ARGV[2], ARGV[i])
  else lost[#lost + 1] = ARGV[i] end
end
return lost"""
# ARGV: now, workers known to be dead ... Their leases, and those that ran out, go back to ready, in front of what
# nobody has begun: they were before it. What became due wakes somebody. A token begins with its worker.
_LAPSE = _SHARED + """
local now = tonumber(ARGV[1])
local gone = redis.call('zrangebyscore', KEYS[2], '-inf', now, 'limit', 0, 1000)
if #ARGV > 1 then
  local dead = {}
  for i = 2, #ARGV do dead[ARGV[i]] = true end
  local owners = redis.call('hgetall', KEYS[3])
  for i = 1, #owners, 2 do
    if dead[string.match(owners[i + 1], '^[^:]+')] then gone[#gone + 1] = owners[i] end
  end
end
for _, c in ipairs(gone) do
  redis.call('zrem', KEYS[2], c)
  redis.call('hdel', KEYS[3], c)
  redis.call('srem', KEYS[4], c)
  offer(c, 0, redis.call('srem', KEYS[6], c) == 1)
end
for _, l in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
  if redis.call('zcount', READY .. l, '-inf', now) > 0 then wake() break end
end
return #gone"""
_KEYS = [keys.TURNSTILE, keys.LEASE, keys.OWNER, keys.DIRTY, keys.BELL, keys.LEASED_BULK]


class Doorbell:
    """Rings, claims, renews and releases conversations. Every call may raise a redis error; callers go on."""

    def __init__(self, resources: Resources) -> None:
        redis = resources.redis
        self._ring, self._claim = redis.register_script(_RING), redis.register_script(_CLAIM)
        self._release, self._renew = redis.register_script(_RELEASE), redis.register_script(_RENEW)
        self._lapse = redis.register_script(_LAPSE)
        self._redis: Any = redis

    async def ring(self, waits: Iterable[tuple[str, int]], kind: Literal["news", "old", "bulk"] = "news") -> None:
        """Announce conversations, each ready after its number of milliseconds; 0: now; less: it has waited so long, or
        FIRST. `old`: for what was there before; `bulk`: for bulk and nothing else."""
        arguments = [value for pair in waits for value in pair]
        if arguments:
            await self._ring(keys=_KEYS, args=[Clock.millis(), kind, *arguments])

    async def claim(
        self, most: int, token: str, lease_ms: int, left_out: Sequence[str] = ()
    ) -> list[tuple[str, str]]:
        """Take up to `most` ready conversations, fairly over the lanes not left out: (conversation, lane) of each."""
        now = Clock.millis()
        taken = await self._claim(keys=_KEYS, args=[now, now + lease_ms, most, token, *left_out])
        names = [name.decode() for name in taken]
        return list(zip(names[::2], names[1::2], strict=True))

    async def release(self, done: Sequence[tuple[str, str, int]]) -> None:
        """Give back (conversation, token, ms until it is due again or -1); rung meanwhile means due now."""
        await self._release(keys=_KEYS, args=[Clock.millis(), *(value for item in done for value in item)])

    async def renew(self, held: Sequence[tuple[str, str]], lease_ms: int) -> list[str]:
        """Prolong leases; returns the conversations that somebody else has by now."""
        now = Clock.millis()
        arguments: list[str | int] = [now, now + lease_ms, *(value for pair in held for value in pair)]
        return [conversation.decode() for conversation in await self._renew(keys=_KEYS, args=arguments)]

    async def lapse(self, dead: Sequence[str] = ()) -> int:
        """Return the conversations of workers that are dead, or silent, to the ready sets; how many."""
        return int(await self._lapse(keys=_KEYS, args=[Clock.millis(), *dead]))

    async def wait(self, seconds: float) -> None:
        """Block until the bell rings or the time is over."""
        await self._redis.blpop([keys.BELL], timeout=seconds)
