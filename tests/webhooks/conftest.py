"""The API over real HTTP on a free port, and one worker beside it in the same process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from app import Api
from core.settings import Settings
from storage import tenants
from storage.resources import Resources
from tests.serving import serve, work
from workers.pump import Pump

Call = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def api_url(resources: Resources, settings: Settings) -> AsyncIterator[str]:
    async with serve(Api(settings)) as url:
        yield url


@pytest.fixture
async def worker(resources: Resources) -> AsyncIterator[Pump]:
    async with work(resources) as pump:
        yield pump


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
