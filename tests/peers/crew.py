"""Workers inside the test's own process, each with its own connections: what the tests of other people's pains use."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from core.conversation import Conversation, Outcome
from core.records import Tenant
from core.settings import Settings
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import resources as resource_store
from storage.accounts import Accounts
from storage.journal import Journal
from storage.resources import Resources
from workers import sweeper
from workers.claims import Claims
from workers.conversation import Drain, TurnRunner
from workers.delivery import Delivery
from workers.pump import Pump

Wrap = Callable[[TurnRunner], TurnRunner]


class Counted:
    """The turns of one worker, counted."""

    def __init__(self, turns: TurnRunner) -> None:
        self._turns, self.ran = turns, 0

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        self.ran += 1
        return await self._turns.run(conversation, tenant)


class Gate:
    """A worker's turns, each stopped with its answer in hand until the test lets it go."""

    def __init__(self, turns: TurnRunner) -> None:
        self._turns, self.ran = turns, 0
        self.arrived, self.go = asyncio.Event(), asyncio.Event()

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        outcome = await self._turns.run(conversation, tenant)
        self.ran += 1
        self.arrived.set()
        await self.go.wait()
        return outcome


@asynccontextmanager
async def worker(settings: Settings, wrap: Callable[[TurnRunner], Any] = Counted) -> AsyncIterator[Any]:
    """One worker: pump, heartbeat and sweeper; gives what its turns were wrapped in."""
    name = uuid.uuid4().hex
    async with resource_store.open(settings, name="orkesta-worker", pool_size=4) as resources:
        journal, turns = Journal(settings.home, name), Turns(resources, bind)
        wrapped = wrap(turns)
        claims = Claims(resources, name, journal)
        pump = _pump(resources, name, journal, claims, wrapped)
        loops = (pump.run(), pump.beat(), claims.run(pump.busy), sweeper.run(resources))
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            yield wrapped
        finally:
            await pump.stop(2)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await turns.close()
            journal.close()


def _pump(resources: Resources, name: str, journal: Journal, claims: Claims, turns: TurnRunner) -> Pump:
    accounts = Accounts(resources)
    delivery = Delivery(resources, claims, accounts, journal, alive=lambda: pump.alive())
    pump = Pump(resources, name, Drain(resources, turns, delivery, accounts).drain)
    return pump


@asynccontextmanager
async def workers(settings: Settings, count: int) -> AsyncIterator[list[Counted]]:
    """Several of them."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(worker(settings)) for _ in range(count)]
