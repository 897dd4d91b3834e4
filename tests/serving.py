"""Our web applications on a free port and a worker, in this process, for tests over real HTTP."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from orchestrator.attending import Attending
from orchestrator.tools import bind
from storage.accounts import Accounts
from storage.journal import Journal
from storage.resources import Resources
from workers.claims import Claims
from workers.conversation import Drain, TurnRunner
from workers.delivery import Delivery
from workers.pump import Pump


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Give the URL of an ASGI application that is being served."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on", timeout_graceful_shutdown=1
    )  # fmt: skip
    server, listening = uvicorn.Server(config), config.bind_socket()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def work(resources: Resources, turns: TurnRunner | None = None) -> AsyncIterator[Pump]:
    """Run one worker; `turns` stands in for the agents."""
    accounts, name = Accounts(resources), uuid.uuid4().hex
    journal = Journal(resources.settings.home, name)
    own = Attending(resources, bind)
    delivery = Delivery(resources, Claims(resources, name, journal), accounts, journal, alive=lambda: True)
    pump = Pump(resources, name, Drain(resources, turns or own, delivery, accounts).drain)
    tasks = [asyncio.create_task(pump.run()), asyncio.create_task(pump.beat())]
    try:
        yield pump
    finally:
        await pump.stop(2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await own.close()
        journal.close()
