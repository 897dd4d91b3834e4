"""Tells those who show a conversation that it changed; a hint only, whoever waits also asks the database at times.

The doorbell publishes at every ring and release, so nobody has to remember to.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from core import keys
from storage.resources import Resources

log = logging.getLogger("orkesta.live")
_NOBODY = keys.live("")  # keeps the subscription open while nobody watches
_AWAY_SECONDS = 0.5
_QUIET_SECONDS = 3.0  # shorter than the client's socket timeout, which would take silence for an outage
KILL_SWITCH = "@kill_switch"  # told in the place of a conversation when a switch was turned


async def tell(resources: Resources, conversation: str) -> None:
    """Announce a change that rings no bell; without Redis it is seen a little later."""
    try:
        await resources.redis.publish(keys.live(conversation), "")
    except (RedisError, OSError) as fault:
        log.warning("live.away", extra={"fault": type(fault).__name__})


class Live:
    """One subscription per process; `watch` one conversation, or all of a tenant with `watch_all`."""

    def __init__(self, resources: Resources) -> None:
        self._redis = resources.redis
        self._pubsub: PubSub | None = None
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._queues: set[asyncio.Queue[str]] = set()

    async def run(self) -> None:
        """Listen for ever; after an outage everybody is told, since nobody knows what was missed."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as fault:
                log.warning("live.away", extra={"fault": type(fault).__name__})
                await asyncio.sleep(_AWAY_SECONDS)

    @asynccontextmanager
    async def watch(self, conversation: str) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set at every change of this conversation."""
        event = asyncio.Event()
        watchers = self._watchers[conversation]
        watchers.add(event)
        try:
            if len(watchers) == 1:
                await self._subscribe(conversation)
            yield event
        finally:
            watchers.discard(event)
            if not watchers:
                self._watchers.pop(conversation, None)
                await self._unsubscribe(conversation)

    @asynccontextmanager
    async def watch_all(self) -> AsyncIterator["asyncio.Queue[str]"]:
        """Give a queue of changed conversations of all tenants; `*` means that some may have been missed."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=10_000)
        self._queues.add(queue)
        try:
            if self._pubsub:
                with contextlib.suppress(RedisError, OSError):
                    await self._pubsub.psubscribe(keys.LIVE + "*")
            yield queue
        finally:
            self._queues.discard(queue)

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(_NOBODY, *map(keys.live, self._watchers))
            if self._queues:
                await pubsub.psubscribe(keys.LIVE + "*")
            self._pubsub = pubsub
            self._tell_all()
            try:
                while True:
                    message = await pubsub.get_message(timeout=_QUIET_SECONDS)
                    if message:
                        self._tell(message)
            finally:
                self._pubsub = None

    def _tell(self, message: dict[str, Any]) -> None:
        conversation = message["channel"].decode().removeprefix(keys.LIVE)
        if message["type"] == "message":
            for event in self._watchers.get(conversation, ()):
                event.set()
            return
        for queue in self._queues:
            if not queue.full():  # who is that far behind asks for everything anyway
                queue.put_nowait(conversation if queue.qsize() < queue.maxsize - 1 else "*")

    def _tell_all(self) -> None:
        for watchers in self._watchers.values():
            for event in watchers:
                event.set()
        for queue in self._queues:
            if not queue.full():
                queue.put_nowait("*")

    async def _subscribe(self, conversation: str) -> None:
        if self._pubsub:
            with contextlib.suppress(RedisError, OSError):  # away: the listener subscribes again when it is back
                await self._pubsub.subscribe(keys.live(conversation))

    async def _unsubscribe(self, conversation: str) -> None:
        if self._pubsub:
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(keys.live(conversation))
