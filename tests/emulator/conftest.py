"""A running emulator on a free port, and a small product that records the webhooks it gets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import uvicorn
from aiohttp import web
from starlette.applications import Starlette

from core.messages import Account, Request
from core.settings import Settings
from emulator.app import create_app
from emulator.asgi import Protocol
from emulator.signing import CHANNELS
from emulator.world import World

ACCOUNTS = [
    {
        "tenant": "acme",
        "channel": "whatsapp_cloud",
        "address": "100000000000001",
        "secrets": {"access_token": "EAAtest", "app_secret": "meta_secret", "verify_token": "v"},
        "public_url": "https://bot.example.test",
        "name": "Acme Refacciones",
    },
    {
        "tenant": "acme",
        "channel": "telegram",
        "address": "7000000001",
        "secrets": {"token": "7000000001:AAtesttesttest", "webhook_secret": "tg_secret_1"},
        "public_url": "https://bot.example.test",
    },
    {
        "tenant": "acme",
        "channel": "instagram",
        "address": "17841400000000001",
        "secrets": {"access_token": "IGtest", "app_secret": "ig_secret", "verify_token": "v"},
        "public_url": "https://bot.example.test",
    },
    {
        "tenant": "acme",
        "channel": "whatsapp_twilio",
        "address": "whatsapp:+5215500000001",
        "secrets": {"account_sid": "AC" + "a" * 32, "auth_token": "twilio_auth_1"},
        "public_url": "https://bot.example.test",
    },
    {
        "tenant": "acme",
        "channel": "sms",
        "address": "+5215500000002",
        "secrets": {"account_sid": "AC" + "a" * 32, "auth_token": "twilio_auth_1"},
        "public_url": "https://bot.example.test",
    },
    {
        "tenant": "acme",
        "channel": "email",
        "address": "ventas@acme.example.test",
        "secrets": {"webhook_secret": "mail_secret"},
        "public_url": "https://bot.example.test",
    },
]


def account(channel: str) -> Account:
    """The registered account of a channel, as the product has it."""
    given = next(a for a in ACCOUNTS if a["channel"] == channel)
    fields = {key: given[key] for key in ("tenant", "channel", "address", "secrets", "public_url")}
    return Account(id=f"acme:{channel}:{given['address']}", sandbox=True, **fields)  # type: ignore[arg-type]


class Product:
    """Stands where the API process stands: keeps every webhook, answers what `answers` says (then 200)."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.hang = 0
        self._arrived = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        async with self._arrived:
            self.requests.append(
                Request(
                    method=request.method, path=request.path, query=request.query_string, headers=headers, body=body
                )
            )
            self._arrived.notify_all()
        status, extra = self.answers.pop(0) if self.answers else (200, {})
        return web.Response(status=status, headers=extra)

    async def until(self, enough: Callable[[list[Request]], bool]) -> list[Request]:
        """Wait until the recorded requests satisfy the condition."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: enough(self.requests))
            return list(self.requests)

    def verify_all(self) -> None:
        """Check every recorded webhook's signature with the channel's own code."""
        for request in self.requests:
            channel = channel_of(request)
            CHANNELS[channel].verify(request, account(channel))


PATHS = {
    "whatsapp_cloud": "/webhooks/whatsapp/",
    "telegram": "/webhooks/telegram/",
    "instagram": "/webhooks/instagram/",
    "whatsapp_twilio": "/webhooks/twilio/",
    "email": "/webhooks/email/",
}


class Emulator:
    """The running emulator and an HTTP client for it."""

    def __init__(self, url: str, app: Starlette, http: aiohttp.ClientSession, product: Product) -> None:
        self.url, self.http, self.product = url, http, product
        self.world: World = app.state.world
        self.world_app = app

    async def post(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        async with self.http.post(self.url + path, data=data, headers=headers) as response:
            answered = await response.read()
            assert response.status == status, answered
            return msgspec.json.decode(answered)

    async def get(self, path: str, status: int = 200, headers: dict[str, str] | None = None, **query: str) -> Any:
        async with self.http.get(self.url + path, params=query, headers=headers) as response:
            answered = await response.read()
            assert response.status == status, answered
            return msgspec.json.decode(answered)

    async def inbound(self, channel: str, sender: str, text: str = "", **more: Any) -> Any:
        return await self.post(
            "/emulator/inbound", {"tenant": "acme", "channel": channel, "from": sender, "text": text, **more}
        )

    async def outbox(self, to: str = "", **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/emulator/outbox", tenant="acme", to=to, **query))["items"]
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def product() -> AsyncIterator[tuple[Product, str]]:
    """The recording product and its URL."""
    recorder = Product()
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", recorder.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield recorder, f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest.fixture
async def emulator(tmp_path: Path, product: tuple[Product, str]) -> AsyncIterator[Emulator]:
    """A fresh emulator with the accounts of tenant acme, redelivering quickly."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = Settings(home=tmp_path, emulator_port=port, port=9)
    app = create_app(settings, base_url=url, api_url=product[1], smtp_port=0)
    config = uvicorn.Config(
        app, port=port, http=Protocol, ws="none", lifespan="on", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    async with aiohttp.ClientSession() as http:
        it = Emulator(url, app, http, product[0])
        await it.post("/emulator/accounts", {"accounts": ACCOUNTS, "tenants": {"acme": "Acme"}})
        await it.post("/emulator/limits", {"retry_scale": 0.01, "sent_ms": 1, "delivered_ms": 5, "read_ms": 10})
        yield it
    server.should_exit = True
    await running


def channel_of(request: Request) -> str:
    """The channel that a recorded webhook belongs to."""
    if request.path.startswith(PATHS["whatsapp_twilio"]) and b"whatsapp%3A" not in request.body:
        return "sms"
    return next(name for name, path in PATHS.items() if request.path.startswith(path))


@pytest.fixture
def events_of() -> Callable[[Request], list[Any]]:
    """Reads a recorded webhook as the product does: verified, then parsed."""

    def read(request: Request) -> list[Any]:
        name = channel_of(request)
        return list(CHANNELS[name].receive(request, account(name)))

    return read


@pytest.fixture
def event_of(events_of: Callable[[Request], list[Any]]) -> Callable[[Request], Any]:
    """The same for a webhook with exactly one event."""

    def read(request: Request) -> Any:
        (event,) = events_of(request)
        return event

    return read
