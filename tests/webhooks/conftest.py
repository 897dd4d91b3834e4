"""The API over real HTTP on a free port, and one worker beside it in the same process."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import uvicorn

from app import Api
from core.settings import Settings
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import tenants
from storage.accounts import Accounts
from storage.journal import Journal
from storage.resources import Resources
from workers.conversation import Drain
from workers.delivery import Delivery
from workers.pump import Pump

Call = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def api_url(resources: Resources, settings: Settings) -> AsyncIterator[str]:
    config = uvicorn.Config(
        Api(settings), host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def worker(resources: Resources, settings: Settings) -> AsyncIterator[Pump]:
    accounts, name = Accounts(resources), uuid.uuid4().hex
    journal = Journal(settings.home, name)
    turns = Turns(resources, bind)
    delivery = Delivery(resources, name, accounts, journal, alive=lambda: True)
    pump = Pump(resources, name, Drain(resources, turns, delivery, accounts).drain)
    tasks = [asyncio.create_task(pump.run()), asyncio.create_task(pump.beat())]
    yield pump
    await pump.stop(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await turns.close()
    journal.close()


@pytest.fixture
async def key(resources: Resources) -> str:
    await tenants.create(resources, "acme", name="Acme", currency="MXN", locale="es")
    return await tenants.new_api_key(resources, "acme")


@pytest.fixture
async def call(api_url: str, key: str) -> AsyncIterator[Call]:
    """`await call("POST", "/api/chat", {…})` as the tenant acme: status and JSON."""
    async with aiohttp.ClientSession() as http:

        async def request(method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
            more.setdefault("headers", {"X-API-Key": key})
            async with http.request(method, api_url + path, json=body, **more) as answer:
                return answer.status, await answer.json()

        yield request
