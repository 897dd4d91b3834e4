"""A worker inside a command, for the time of the command: only where no worker process is at work."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.attending import Attending
from orchestrator.tools import bind
from storage import sweep
from storage.accounts import Accounts
from storage.journal import Journal
from storage.resources import Resources
from workers import sweeper
from workers.claims import Claims
from workers.conversation import Drain
from workers.delivery import Delivery
from workers.pump import Pump

_STOP_SECONDS = 4.0


@asynccontextmanager
async def at_work(resources: Resources) -> AsyncIterator[bool]:
    """Run a worker unless one has a fresh heartbeat; gives whether it is our own."""
    if (await sweep.backlog(resources))["workers"]:
        yield False
        return
    worker, accounts = uuid.uuid4().hex, Accounts(resources)
    journal, turns = Journal(resources.settings.home, worker), Attending(resources, bind)
    claims = Claims(resources, worker, journal)
    delivery = Delivery(resources, claims, accounts, journal, alive=lambda: pump.alive())
    pump = Pump(resources, worker, Drain(resources, turns, delivery, accounts).drain)
    loops = (pump.run(), pump.beat(), claims.run(pump.busy), sweeper.run(resources))
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield True
    finally:
        await pump.stop(_STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await turns.close()
        journal.close()
        await sweep.farewell(resources, worker)
