"""Blocks on the doorbell, claims ready conversations and drains many of them at the same time."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from core import outside
from core.batch import Batcher
from core.clock import Clock
from core.log import ref
from storage import sweep
from storage.doorbell import BULK, Doorbell
from storage.resources import OUTAGES, Resources

log = logging.getLogger("orkesta.pump")
_FAULT_WAIT_MS = 300  # after an unexpected error a conversation is looked at again this much later
_OUTAGE_TRIES = 30  # with these waits between them: longer than PostgreSQL needs to start
_GATHER_SECONDS = 0.001  # between two claims: what arrives meanwhile is claimed together
# Conversations worked at together, besides those that wait for a model or a provider. Enough for statements to share
# their commits; with more, all are done later, and a killed worker throws away more that it had begun.
_AT_WORK = 32
# A new worker begins with fewer, and with one more for each so many that it has done: what kills it at once, again and
# again, takes little with it, and what comes back from a dead worker is soon done by a cold one.
_AT_FIRST, _DONE_FOR_ONE_MORE = 8, 8


class Pump:
    """Claims for one worker. `drain(conversation)` returns ms until the next look, or -1."""

    def __init__(self, resources: Resources, worker: str, drain: Callable[[str], Awaitable[int]]) -> None:
        self._resources, self._worker, self._drain = resources, worker, drain
        self._settings, self._doorbell = resources.settings, Doorbell(resources)
        self._held: dict[str, str] = {}  # conversation → lease token
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._per_lane: Counter[str] = Counter()
        self._outside = self._done = 0
        self._room = asyncio.Event()
        self._stopping = False
        self._releases: Batcher[tuple[str, str, int], None] = Batcher(self._release, most=512)
        self._last_beat = 0.0

    def alive(self) -> bool:
        """Whether the others still believe that this worker lives; if not, it must begin no send."""
        return Clock.monotonic() - self._last_beat < self._settings.worker_dead_after_seconds - 1

    def busy(self, conversation: str) -> bool:
        """Whether this worker is at that conversation now."""
        return conversation in self._tasks

    async def run(self) -> None:
        """Claim and drain until `stop`."""
        await self._beat()
        while not self._stopping:
            try:
                await self._claim()
            except (RedisError, OSError) as fault:
                log.warning("pump.redis_away", extra={"fault": type(fault).__name__})
                await asyncio.sleep(0.2)

    async def stop(self, seconds: float) -> None:
        """Claim nothing more, let what is under way finish within `seconds`, and leave the list of workers."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._releases(("", "", -1))  # behind all others: when it is done, every lease was given back

    async def beat(self) -> None:
        """Heartbeat: the workers table (the truth about who lives) and the leases."""
        while True:
            await asyncio.sleep(self._settings.heartbeat_seconds)
            try:
                await self._beat()
            except Exception as fault:  # PostgreSQL or Redis away: the next beat tries again, `alive` turns false
                log.warning("pump.heartbeat_failed", extra={"fault": type(fault).__name__})

    async def _beat(self) -> None:
        started = Clock.monotonic()
        await sweep.heartbeat(self._resources, self._worker)
        self._last_beat = started
        if self._held:
            await self._doorbell.renew(list(self._held.items()), self._lease_ms)

    @property
    def _lease_ms(self) -> int:
        return int(self._settings.lease_seconds * 1000)

    async def _claim(self) -> None:
        free = self._free()
        if free <= 0:
            self._room.clear()
            await self._room.wait()
            return
        token = f"{self._worker}:{uuid.uuid4().hex}"
        conversations = await self._doorbell.claim(free, token, self._lease_ms, self._full_lanes())
        if not conversations:
            await self._doorbell.wait(1.0)
            return
        for conversation, lane in conversations:
            self._start(conversation, token, lane)
        await asyncio.sleep(_GATHER_SECONDS)

    def _free(self) -> int:
        tasks, most = len(self._tasks), min(_AT_WORK, _AT_FIRST + self._done // _DONE_FOR_ONE_MORE)
        return min(self._settings.active_conversations - tasks, most - (tasks - self._outside))

    def _full_lanes(self) -> list[str]:
        most = self._settings.active_conversations * self._settings.tenant_share
        return [lane for lane, count in self._per_lane.items() if count >= (most / 2 if lane.endswith(BULK) else most)]

    def _tell(self, more_outside: int) -> None:
        self._outside += more_outside
        self._room.set()

    def _start(self, conversation: str, token: str, lane: str) -> None:
        if conversation in self._tasks:  # our lease had lapsed, and we are at it still: give the new one back later
            self._releases((conversation, token, _FAULT_WAIT_MS))
            return
        self._held[conversation] = token
        self._per_lane[lane] += 1
        self._tasks[conversation] = asyncio.get_running_loop().create_task(self._work(conversation, token, lane))

    async def _work(self, conversation: str, token: str, lane: str) -> None:
        wait = _FAULT_WAIT_MS
        outside.tell(self._tell)
        try:
            wait = await self._drained(conversation)
            self._done += 1
        except Exception:  # the database stays away, or a fault of ours: nothing was half done, look again soon
            log.exception("pump.drain_failed", extra={"conversation": ref(conversation)})
        finally:
            self._per_lane[lane] -= 1
            if not self._per_lane[lane]:
                del self._per_lane[lane]
            self._held.pop(conversation, None)
            self._tasks.pop(conversation, None)
            self._room.set()
            self._releases((conversation, token, wait))

    async def _drained(self, conversation: str) -> int:
        """What the drain says. Through an outage the conversation is kept: given back, it would queue behind those that
        nobody has begun."""
        for _ in range(_OUTAGE_TRIES):
            try:
                return await self._drain(conversation)
            except OUTAGES as fault:
                log.warning("pump.outage", extra={"fault": type(fault).__name__})
                if self._stopping:
                    return 0
                await asyncio.sleep(_FAULT_WAIT_MS / 1000)
        return await self._drain(conversation)

    async def _release(self, done: list[tuple[str, str, int]]) -> list[None]:
        try:
            await self._doorbell.release(done)
        except (RedisError, OSError) as fault:  # the leases run out by themselves
            log.warning("pump.release_failed", extra={"fault": type(fault).__name__})
        return [None] * len(done)
