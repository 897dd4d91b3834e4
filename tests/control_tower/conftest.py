"""The control tower over real HTTP, two tenants, and people with every role."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

import tower
from control_tower import app
from core.messages import Envelope, Sender
from core.settings import Settings
from storage import tenants, users
from storage.accounts import Accounts
from storage.doorbell import Doorbell
from storage.inbox import Arrival, Inbox
from storage.resources import Resources
from tests.serving import serve

PASSWORD = "correct horse battery"
PEOPLE = {
    "root@x.mx": ("admin", None), "boss@x.mx": ("admin", "acme"), "ana@x.mx": ("operator", "acme"),
    "eva@x.mx": ("operator", "acme"), "vic@x.mx": ("viewer", "acme"), "far@x.mx": ("admin", "other"),
}  # fmt: skip
Call = Callable[..., Awaitable[tuple[int, Any]]]
Write = Callable[..., Awaitable[str]]


@pytest.fixture
async def people(resources: Resources) -> None:
    await tenants.create(resources, "acme", name="Acme", environment="production")
    await tenants.create(resources, "other", name="Other")
    for email, (role, tenant) in PEOPLE.items():
        await users.create(resources, email, PASSWORD, role, tenant)


@pytest.fixture
async def url(resources: Resources, settings: Settings, people: None) -> AsyncIterator[str]:
    async with serve(app.create(settings, tower.cut)) as found:
        yield found


@pytest.fixture
async def call(url: str, resources: Resources) -> AsyncIterator[Call]:
    """`await call("ana", "POST", path, body)` as that person: status and JSON."""
    async with aiohttp.ClientSession() as http:

        async def request(who: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
            user_id = await resources.pg.fetchval("SELECT id FROM users WHERE email = $1", f"{who}@x.mx")
            token = users.token(resources, await users.get(resources, user_id), "access")
            headers = {"Authorization": f"Bearer {token}"}
            async with http.request(method, url + path, json=body, headers=headers) as answer:
                return answer.status, await answer.json()

        yield request


@pytest.fixture
async def write(resources: Resources, people: None) -> Write:
    """`await write("luis", "hola")`: a customer's message comes in on the web channel; returns the conversation."""
    account = await Accounts(resources).get("acme:web:web")
    inbox, doorbell = Inbox(resources), Doorbell(resources)

    async def come_in(customer: str, text: str, name: str | None = None) -> str:
        count = await resources.pg.fetchval("SELECT count(*) FROM messages")
        envelope = Envelope(dedupe=f"{count}/{customer}", sender=Sender(id=customer, name=name), text=text)
        (stored,) = await inbox.put([Arrival(account=account, envelope=envelope)])
        await doorbell.ring([(stored.conversation_id, 0)])
        return stored.conversation_id

    return come_in
