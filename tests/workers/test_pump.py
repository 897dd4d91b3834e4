"""A worker begins no more than it can do soon; whoever waits for the outside is in nobody's way."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from core.outside import outside
from storage.doorbell import Doorbell
from storage.resources import Resources
from workers.pump import _AT_FIRST, _AT_WORK, _DONE_FOR_ONE_MORE, Pump

IDLE = -1


@asynccontextmanager
async def pumping(resources: Resources, drain: Callable[[str], Awaitable[int]], ready: int) -> AsyncIterator[None]:
    """A worker, and so many conversations that have something to do."""
    await Doorbell(resources).ring((f"acme:telegram:{number}", 0) for number in range(ready))
    pump = Pump(resources, uuid.uuid4().hex, drain)
    task = asyncio.create_task(pump.run())
    try:
        yield
    finally:
        await pump.stop(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Crowd:
    """Conversations that stay where they are until they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()

    async def work(self, conversation: str) -> int:
        self.begun.append(conversation)
        await self.go.wait()
        return IDLE

    async def wait(self, conversation: str) -> int:
        self.begun.append(conversation)
        with outside():
            await self.go.wait()
        return IDLE

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.begun) < count:
                await asyncio.sleep(0.01)


async def test_what_is_not_begun_stays_for_other_workers(resources: Resources):
    mine, theirs = Crowd(), Crowd()
    async with pumping(resources, mine.work, 2 * _AT_FIRST):
        await mine.reaches(_AT_FIRST)
        async with pumping(resources, theirs.work, 0):
            await theirs.reaches(_AT_FIRST)
            assert len(mine.begun) == _AT_FIRST
            assert not set(mine.begun) & set(theirs.begun)
            mine.go.set()
            theirs.go.set()


async def test_one_place_that_becomes_free_is_given_to_the_next(resources: Resources):
    crowd = Crowd()
    async with pumping(resources, crowd.work, 3 * _AT_WORK):
        await crowd.reaches(_AT_FIRST)
        crowd.go.set()
        await crowd.reaches(3 * _AT_WORK)
    assert len(set(crowd.begun)) == 3 * _AT_WORK


async def test_a_worker_begins_with_few_and_takes_more_as_it_gets_done(resources: Resources):
    crowd, easy = Crowd(), (_AT_WORK - _AT_FIRST) * _DONE_FOR_ONE_MORE

    async def work(conversation: str) -> int:
        if len(crowd.begun) >= easy:
            return await crowd.work(conversation)
        crowd.begun.append(conversation)
        return IDLE

    async with pumping(resources, work, easy + 2 * _AT_WORK):
        await crowd.reaches(easy + _AT_WORK)
        async with pumping(resources, (theirs := Crowd()).work, 0):
            await theirs.reaches(_AT_FIRST)  # what it leaves is there for another worker
            theirs.go.set()
        assert len(crowd.begun) == easy + _AT_WORK
        crowd.go.set()


async def test_an_outage_does_not_send_what_was_begun_to_the_end_of_the_queue(resources: Resources):
    begun, done = Crowd(), asyncio.Event()

    async def away_at_first(conversation: str) -> int:
        begun.begun.append(conversation)
        if len(begun.begun) == 1:
            raise ConnectionResetError
        done.set()
        return IDLE

    async with pumping(resources, away_at_first, 1), asyncio.timeout(20):
        await done.wait()
        assert begun.begun == ["acme:telegram:0"] * 2
        assert await Doorbell(resources).claim(9, "other:1", 1000) == []


async def test_those_that_wait_for_a_model_or_a_provider_take_no_place(resources: Resources):
    crowd = Crowd()
    async with pumping(resources, crowd.wait, 4 * _AT_WORK):
        await crowd.reaches(4 * _AT_WORK)
        crowd.go.set()
