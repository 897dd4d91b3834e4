"""A mail's whole way: posted by the emulator, answered by the engine in its thread, bounced, its files kept."""

import asyncio
import hashlib
import json
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from channels.email import Email
from channels.fetch import open_downloader
from core.messages import Account, Request
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import accounts as account_store
from storage import media, tenants
from storage.accounts import Accounts
from storage.doorbell import Doorbell
from storage.journal import Journal
from storage.media_store import MediaStore
from storage.resources import Resources
from tests.emulator.conftest import Emulator, account
from webhooks.inbound import InboundWebhooks
from workers.claims import Claims
from workers.conversation import Drain
from workers.delivery import Delivery
from workers.media import Lane
from workers.pump import Pump

LONG_ID = f"<{'a' * 70}@mail.example.com>"  # as Outlook's: longer than a line of a mail
PDF = b"%PDF-1.4 " + b"a price list " * 90_000


@pytest.fixture
async def mailbox(resources: Resources, emulator: Emulator) -> Account:
    """The tenant's mail account, at the emulator's server."""
    known = account("email")
    await tenants.create(resources, "acme", name="Acme", environment="sandbox")
    secrets = {**known.secrets, "smtp_url": f"smtp://127.0.0.1:{emulator.world_app.state.smtp_port}"}
    account_id = await account_store.connect(
        resources, tenant="acme", channel="email", address=known.address, secrets=secrets
    )
    return await Accounts(resources).get(account_id)


@pytest.fixture
async def api(resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=InboundWebhooks(resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def post(api: httpx.AsyncClient, mailbox: Account, **mail: Any) -> None:
    body = json.dumps({"from": "ana@example.com", "from_name": "Ana", **mail}).encode()
    request = Request(method="POST", path="/webhooks/email/acme", query="", headers={}, body=body)
    answer = await api.post(request.path, content=body, headers=Email().signature(request, mailbox))
    assert answer.status_code == 200


@pytest.fixture
async def worker(resources: Resources) -> AsyncIterator[None]:
    accounts, name = Accounts(resources), uuid.uuid4().hex
    journal, turns = Journal(resources.settings.home, name), Turns(resources, bind)
    delivery = Delivery(resources, Claims(resources, name, journal), accounts, journal, alive=lambda: True)
    pump = Pump(resources, name, Drain(resources, turns, delivery, accounts).drain)
    running = asyncio.create_task(pump.run())
    yield
    await pump.stop(3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await turns.close()
    journal.close()


async def answers(emulator: Emulator, count: int) -> list[dict[str, Any]]:
    """What Ana got, when it is so many mails."""
    async with asyncio.timeout(30):
        while len(found := await emulator.outbox("ana@example.com")) < count:
            await asyncio.sleep(0.05)
    return found


@pytest.mark.usefixtures("worker")
async def test_each_answer_stays_in_the_thread_of_its_own_mail(
    api: httpx.AsyncClient, emulator: Emulator, mailbox: Account
) -> None:
    await post(api, mailbox, message_id=LONG_ID, subject="Precio de frenos", text="Hola")
    [first] = await answers(emulator, 1)
    assert first["raw"]["Subject"] == "Re: Precio de frenos"
    assert (first["raw"]["In-Reply-To"], first["raw"]["References"]) == (LONG_ID, LONG_ID)
    again = {"in_reply_to": first["id"], "references": [LONG_ID, first["id"]]}
    await post(api, mailbox, message_id="<a2@example.com>", subject="Re: Precio de frenos", text="Gracias", **again)
    second = (await answers(emulator, 2))[1]
    assert second["raw"]["Subject"] == "Re: Precio de frenos"
    assert second["raw"]["In-Reply-To"] == "<a2@example.com>"
    assert second["raw"]["References"].split() == [LONG_ID, first["id"], "<a2@example.com>"]
    await post(api, mailbox, subject="Otra cosa", text="Hola de nuevo")  # a mail without an id
    third = (await answers(emulator, 3))[2]
    assert third["raw"]["Subject"] in ("Otra cosa", "Re: Otra cosa")
    assert "In-Reply-To" not in third["raw"]


@pytest.mark.usefixtures("worker")
async def test_an_answer_that_had_to_wait_keeps_the_thread(
    api: httpx.AsyncClient, resources: Resources, emulator: Emulator, mailbox: Account
) -> None:
    await emulator.post("/emulator/faults", {"provider": "smtp", "kind": "greylist"})
    await post(api, mailbox, message_id="<a1@example.com>", subject="Precio", text="Hola")
    async with asyncio.timeout(30):
        while not await resources.pg.fetchval("SELECT 1 FROM message_events WHERE status = 'retry'"):
            await asyncio.sleep(0.05)
    await resources.redis.flushall()  # the pace of the account is held there
    await resources.pg.execute("UPDATE todo SET due_at = now()")
    await Doorbell(resources).ring([(await resources.pg.fetchval("SELECT id FROM conversations"), 0)])
    [answer] = await answers(emulator, 1)
    assert answer["raw"]["Subject"] == "Re: Precio"
    assert answer["raw"]["In-Reply-To"] == answer["raw"]["References"] == "<a1@example.com>"


@pytest.mark.usefixtures("worker")
async def test_a_mail_that_comes_back_has_failed(
    api: httpx.AsyncClient, resources: Resources, emulator: Emulator, mailbox: Account
) -> None:
    await post(api, mailbox, message_id="<a1@example.com>", text="Hola")
    [sent] = await answers(emulator, 1)
    report = {"from": "MAILER-DAEMON@mx.example.com", "text": f"Status: 5.1.1\nMessage-ID: {sent['id']}"}
    await post(api, mailbox, **report)
    rows = await resources.pg.fetch("SELECT status, reason FROM messages WHERE direction = 'out'")
    assert [tuple(row) for row in rows] == [("failed", "email:5.1.1")]
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'") == 1  # and no new mail


async def test_files_go_into_the_store_and_no_bytes_into_the_row(
    api: httpx.AsyncClient, resources: Resources, mailbox: Account
) -> None:
    files = [
        {"name": "precios.pdf", "mime": "application/pdf", "content": b64encode(PDF).decode()},
        {"name": "lie.png", "mime": "image/png", "content": b64encode(b"<html><script>").decode()},
        {"name": "empty.txt", "mime": "text/plain", "content": ""},
    ]
    await post(api, mailbox, message_id="<a1@example.com>", text="Adjunto", attachments=files)
    message, content, size = await resources.pg.fetchrow("SELECT id, content, pg_column_size(content) FROM messages")
    assert size < 2000
    key = hashlib.sha256(PDF).hexdigest()
    store = MediaStore(resources.settings.home)
    assert content["attachments"][0] == {
        "kind": "document", "ref": key, "mime": "application/pdf", "name": "precios.pdf", "size": len(PDF),
        "sha256": key,
    }  # fmt: skip
    assert store.place(key).read_bytes() == PDF
    async with open_downloader() as downloader:
        lane = Lane(resources, Accounts(resources), downloader)
        for file in await media.claim(resources, most=10, lease_seconds=60):
            await lane.take(file)
    rows = await media.of_messages(resources.pg, [message])
    assert [(row.index, row.status, row.mime) for row in rows] == [
        (0, "stored", "application/pdf"),
        (1, "stored", "application/octet-stream"),
    ]


async def test_a_full_disk_asks_the_mail_service_to_come_again(
    api: httpx.AsyncClient, resources: Resources, mailbox: Account
) -> None:
    resources.settings.home.mkdir(exist_ok=True)
    (resources.settings.home / "media").write_text("a file in place of the folder")
    body = json.dumps({"from": "a@b.test", "attachments": [{"mime": "text/plain", "content": "Zm9v"}]}).encode()
    request = Request(method="POST", path="/webhooks/email/acme", query="", headers={}, body=body)
    answer = await api.post(request.path, content=body, headers=Email().signature(request, mailbox))
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 0
