"""No secret and no personal datum reaches a log: canaries in every field of every payload and in every credential."""

import asyncio
import io
import json
import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.fetch import open_downloader
from channels.registry import CHANNELS
from core import log
from core.messages import Account, Request
from core.settings import Settings
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import accounts as account_store
from storage import media, tenants
from storage.accounts import Accounts
from storage.journal import Journal
from storage.resources import Resources
from tests.canaries import Canaries, Planter
from tests.channels.edge import mail_edge
from tests.channels.test_cases import ACCOUNTS, FIXTURES
from webhooks.inbound import InboundWebhooks
from workers.claims import Claims
from workers.conversation import Drain
from workers.delivery import Delivery
from workers.media import Lane
from workers.pump import Pump

LIBRARIES = ("aiogram", "aiohttp", "arq", "asyncio", "groq", "httpcore", "httpx", "openai", "twilio", "py.warnings")
MAIL = {
    "message_id": "<a1@mail.test>", "from": "ana@mail.test", "from_name": "Ana", "to": "sales@shop.test",
    "subject": "Precio", "text": "¿Cuánto cuesta?", "in_reply_to": "<a0@mail.test>", "references": ["<a0@mail.test>"],
    "attachments": [{"name": "a.txt", "mime": "text/plain", "content": "Zm9vYmFy"}],
}  # fmt: skip


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


class Sink:
    """A provider that tells all it knows in its errors: the URL, the headers and the body of the request."""

    def __init__(self) -> None:
        self.base, self.calls, self.asked_models = "", 0, 0
        self.statuses: tuple[int, ...] = (200, 400, 500, 429, 0, 403)

    async def answer(self, request: web.Request) -> web.Response:
        raw = (await request.read()).decode("utf-8", "replace")
        told = f"{request.url} {dict(request.headers)} {raw}"
        if request.method == "GET" or request.path.endswith("getFile"):
            return self._read(request)
        self.calls += 1
        self.asked_models += "/chat/completions" in request.path
        status = self.statuses[self.calls % len(self.statuses)]
        if status == 0:
            assert request.transport
            request.transport.close()
        if status in (0, 200):
            return web.json_response(self._accepted())
        error = {"message": told, "code": 100, "error_data": {"details": told}, "error_user_msg": told}
        body = {"ok": False, "error_code": status, "description": told, "code": told, "message": told, "error": error}
        return web.json_response(body, status=status, headers={"X-Told": raw[:200].replace("\r", "").replace("\n", "")})

    def _accepted(self) -> dict[str, Any]:
        number = str(self.calls)
        sent = {"message_id": self.calls, "date": 0, "chat": {"id": 1, "type": "private"}}
        sent |= {"file_id": number, "file_unique_id": number, "file_path": "a/photo"}
        return {"ok": True, "result": sent, "sid": number, "messages": [{"id": number}], "message_id": number}

    def _read(self, request: web.Request) -> web.Response:
        if request.path.endswith("getFile"):
            return web.json_response(self._accepted())
        if "Messages.json" in request.path:
            return web.json_response({"messages": []})
        if "/v25.0/" in request.path:
            return web.json_response({"url": f"{self.base}/cdn/{request.path.split('/')[-1]}"})
        return web.Response(body=b"a file", content_type="text/plain")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    found = Sink()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    async with TestServer(app) as server:
        found.base = str(server.make_url("")).rstrip("/")
        yield found


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path, canaries: Canaries, sink: Sink) -> Settings:
    """Every secret of the environment is a canary, the database's password too."""
    return Settings(
        database_url=database.replace("orkesta@", f"orkesta:{canaries.word('pw')}@"), redis_url=redis_url,
        home=tmp_path / "home", secret_key=canaries.word("key"), groq_api_key=canaries.word("gsk_"),
        groq_base_url=f"{sink.base}/groq", azure_openai_key=canaries.word("az"), azure_openai_endpoint=sink.base,
        azure_openai_deployment="d", azure_openai_api_version="2024-10-21", ollama_base_url=f"{sink.base}/ollama",
        turn_attempts=2, public_url="https://bot.example.test",
    )  # fmt: skip


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged at DEBUG, in both forms; libraries and warnings too."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(stream) for _ in range(2)]
    handlers[0].setFormatter(log.TextFormatter())
    handlers[1].setFormatter(log.JsonFormatter())
    levels = {name: logging.getLogger(name).level for name in ("", *LIBRARIES)}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for handler in handlers:
        root.addHandler(handler)
    logging.captureWarnings(True)
    yield stream
    logging.captureWarnings(False)
    for handler in handlers:
        root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def connected(resources: Resources, sink: Sink, mail: str, canaries: Canaries) -> dict[str, Account]:
    """A sandbox tenant with every channel, each credential a canary."""
    await tenants.create(resources, "acme", name=canaries.word("Acme"), environment="sandbox")
    secret = {
        "token": canaries.word("7000000001:AAsecret_token_of_a_bot_0000"), "webhook_secret": canaries.word("hook"),
        "account_sid": canaries.word("AC"), "auth_token": canaries.word("auth"), "app_secret": canaries.word("app"),
        "verify_token": canaries.word("verify"), "access_token": canaries.word("EAAsecretaccesstoken"),
        "smtp_url": f"smtp://{canaries.word('user')}:{canaries.word('pass')}@{mail}",
    }  # fmt: skip
    for name, given in ACCOUNTS.items():
        wanted = {key: secret.get(key, given["address"]) for key in given.get("secrets", {})}
        await account_store.connect(
            resources, tenant="acme", channel=name, address=given["address"], secrets=wanted,
            settings=given.get("settings"), api_base=sink.base,
        )  # fmt: skip
    found = Accounts(resources)
    return {name: (await found.of_tenant("acme", name))[0] for name in ACCOUNTS}


def payloads(canaries: Canaries, sink: Sink) -> Iterator[tuple[str, bytes]]:
    """(channel, body) of every recorded payload with canaries in it, and one mail."""
    for name, given in ACCOUNTS.items():
        kept = {given["address"], given["address"].removeprefix("whatsapp:").removeprefix("+")}
        for path in sorted((FIXTURES / name / "payloads").glob("*")):
            planter = Planter(canaries, kept, f"{sink.base}/file")
            plant = planter.form if path.suffix == ".form" else planter.json
            yield name, plant(path.read_bytes())
    yield "email", Planter(canaries, {"Zm9vYmFy"}, "").json(json.dumps(MAIL).encode())


async def send(api: httpx.AsyncClient, account: Account, body: bytes, canaries: Canaries) -> int:
    """Post one signed webhook with canaries in its query and headers; then the same with a wrong signature."""
    channel = CHANNELS[account.channel]
    request = Request(
        method="POST", path=f"/webhooks/{channel.route}/acme", query=f"q={canaries.word()}", headers={}, body=body
    )
    headers = {**channel.signature(request, account), "x-orkesta-note": canaries.word(), "host": canaries.word("h")}
    url = f"{request.path}?{request.query}"
    wrong = {name: canaries.word() for name in channel.signature(request, account)}
    refused = await api.post(url, content=body, headers=wrong)
    assert refused.status_code == 403
    assert canaries.found_in(refused.text) == set()
    return (await api.post(url, content=body, headers=headers)).status_code


@asynccontextmanager
async def working(resources: Resources, canaries: Canaries) -> AsyncIterator[None]:
    """One worker; every fifth turn fails with all that it knows in its error."""
    turns_begun = 0

    def tools(resources: Resources, tenant: Any, conversation: Any) -> Any:
        nonlocal turns_begun
        turns_begun += 1
        if turns_begun % 5 == 0:
            raise RuntimeError(f"{conversation.peer} wrote {conversation.inbound} with {resources.settings}")
        return bind(resources, tenant, conversation)

    accounts, name = Accounts(resources), uuid.uuid4().hex
    journal, turns = Journal(resources.settings.home, name), Turns(resources, tools)
    delivery = Delivery(resources, Claims(resources, name, journal), accounts, journal, alive=lambda: True)
    pump = Pump(resources, name, Drain(resources, turns, delivery, accounts).drain)
    running = asyncio.create_task(pump.run())
    try:
        yield
    finally:
        await pump.stop(3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await turns.close()
        journal.close()


async def tried(resources: Resources) -> None:
    """Wait until nothing is due: all is done, or was tried and waits for its next attempt."""
    waiting = """
        SELECT count(*) FROM todo t WHERE state = 'sending' OR state = 'waiting' AND due_at <= now() AND NOT EXISTS (
          SELECT 1 FROM todo b WHERE b.conversation_id = t.conversation_id AND b.seq < t.seq)"""
    async with asyncio.timeout(60):
        while await resources.pg.fetchval(waiting):
            await asyncio.sleep(0.05)


async def fetched(resources: Resources) -> None:
    async with open_downloader() as downloader:
        lane = Lane(resources, Accounts(resources), downloader)
        for file in await media.claim(resources, most=500, lease_seconds=60):
            await lane.take(file)


@pytest.mark.timeout(120)
async def test_no_canary_reaches_a_log(
    resources: Resources, settings: Settings, sink: Sink, canaries: Canaries, logged: io.StringIO
) -> None:
    asyncio.get_running_loop().set_debug(True)
    refusing = {"RCPT": f"451 4.7.1 {canaries.word('greylisted')}"}
    async with mail_edge(refusing) as mail:
        connected_to = await connected(resources, sink, mail.url, canaries)
        transport = httpx.ASGITransport(app=InboundWebhooks(resources))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as api:
            for name, body in payloads(canaries, sink):
                assert await send(api, connected_to[name], body, canaries) == 200
            async with working(resources, canaries):
                await tried(resources)
                await fetched(resources)
                # At last one that the provider answers with 401: the account is stopped.
                last = {"message_id": 1, "date": 1, "chat": {"id": 9, "type": "private"}, "text": "the last one"}
                telegram = json.dumps({"update_id": 5, "message": last}).encode()
                sink.statuses = (401,)
                assert await send(api, connected_to["telegram"], telegram, canaries) == 200
                await tried(resources)
    assert sink.asked_models > 5
    said = logged.getvalue()
    assert len(canaries.minted) > 500
    for event in ("turn.failed", "delivery.failed", "httpx", "RuntimeError"):
        assert event in said
    codes = {row["code"] for row in await resources.pg.fetch("SELECT DISTINCT code FROM message_events")}
    assert len(codes) > 5, codes
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'") > 40
    assert await resources.pg.fetchval("SELECT count(*) FROM media WHERE status = 'stored'") > 3
    assert canaries.found_in(said) == set()
    assert canaries.found_in(" ".join(filter(None, codes))) == set()
