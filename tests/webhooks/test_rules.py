"""The rules of every webhook: which status for what, one error shape, and nothing signed is lost without a trace."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from channels.base import Channel
from channels.registry import CHANNELS
from core.messages import Account, Request
from storage import accounts as account_store
from storage import embedded, tenants
from storage.accounts import Accounts
from storage.resources import Resources
from tests.channels.test_cases import ACCOUNTS, FIXTURES
from webhooks import inbound
from webhooks.inbound import InboundWebhooks

LIMIT = 4 * 1024 * 1024
HOOKED = [channel for channel in CHANNELS.values() if channel.route]
EVERY = pytest.mark.parametrize("channel", HOOKED, ids=lambda channel: channel.name)
META = ("whatsapp", "instagram")
TEXT = {
    "telegram": "in_text.json", "whatsapp_twilio": "wa_in_text.form", "whatsapp_cloud": "in_text.json",
    "instagram": "in_text.json", "sms": "sms_in_text.form",
}  # fmt: skip
IGNORED: dict[str, Any] = {
    "telegram": {"update_id": 1, "channel_post": {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel"}}},
    "whatsapp_cloud": {"object": "page"}, "instagram": {"object": "page"},
    "email": {"from": "mailer-daemon@mail.test", "text": "x"},
}  # fmt: skip


@pytest.fixture
async def app(resources: Resources) -> InboundWebhooks:
    """`acme` has every channel, `bare` none, `open` every channel with empty secrets."""
    for tenant in ("acme", "bare", "open"):
        await tenants.create(resources, tenant, name=tenant)
    for name, given_ in ACCOUNTS.items():
        for tenant in ("acme", "open"):
            secrets = {key: value if tenant == "acme" else "" for key, value in given_.get("secrets", {}).items()}
            settings = {"public_url": given_.get("public_url", "")}
            await account_store.connect(
                resources, tenant=tenant, channel=name, address=given_["address"], secrets=secrets, settings=settings
            )
    return InboundWebhooks(resources)


@pytest.fixture
async def api(app: InboundWebhooks) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def signed(resources: Resources, channel: Channel, body: bytes, query: str = "") -> Request:
    """The provider's request with this body."""
    found = await Accounts(resources).of_tenant("acme", channel.name)
    request = Request(method="POST", path=f"/webhooks/{channel.route}/acme", query=query, headers={}, body=body)
    return msgspec.structs.replace(request, headers=channel.signature(request, found[0]))


def text_of(channel: Channel) -> bytes:
    """A recorded message of a customer."""
    if channel.name == "email":
        return b'{"message_id": "<a@b>", "from": "ana@mail.test", "text": "hola"}'
    return (FIXTURES / channel.name / "payloads" / TEXT[channel.name]).read_bytes()


async def post(api: httpx.AsyncClient, request: Request, **headers: str) -> httpx.Response:
    url = request.path + (f"?{request.query}" if request.query else "")
    return await api.post(url, content=request.body, headers={**request.headers, **headers})


def refused(answer: httpx.Response, status: int) -> None:
    """The status, and the one shape of an error."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"code", "message"}
    assert all(isinstance(part, str) and part for part in error.values())


@EVERY
async def test_a_message_is_taken_once_and_its_duplicate_too(
    api: httpx.AsyncClient, resources: Resources, channel: Channel
) -> None:
    request = await signed(resources, channel, text_of(channel))
    for _ in range(3):
        answer = await post(api, request)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == channel.answer[0]
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE tenant_id = 'acme'") == 1


@EVERY
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"[]", b'{"a": NaN}', b"a=1&b", b'"\\ud800"'])
async def test_a_signed_body_that_cannot_be_read_is_kept(
    api: httpx.AsyncClient, resources: Resources, channel: Channel, body: bytes
) -> None:
    for _ in range(2):
        assert (await post(api, await signed(resources, channel, body))).status_code == 200
    kept = await resources.pg.fetch("SELECT name, status FROM webhook_events WHERE tenant_id = 'acme'")
    assert len(kept) == 1
    letters = await resources.pg.fetchval("SELECT count(*) FROM dead_letters WHERE source = 'webhook'")
    assert letters == (kept[0]["status"] == "unreadable")


@pytest.mark.parametrize("name", IGNORED)  # Twilio sends nothing but messages and statuses
async def test_an_event_of_no_interest_is_taken_and_named(
    api: httpx.AsyncClient, resources: Resources, name: str
) -> None:
    channel = CHANNELS[name]
    request = await signed(resources, channel, json.dumps(IGNORED[channel.name]).encode())
    assert (await post(api, request)).status_code == 200
    [row] = await resources.pg.fetch("SELECT name, status FROM webhook_events")
    assert row["status"] == "ignored"
    assert row["name"].startswith(f"{channel.name}.")


@EVERY
@pytest.mark.parametrize("value", [None, "", "x", "sha256=", "ñandú", "\x80\xff", "sha256=" + "0" * 64, "A" * 60_000])
async def test_a_missing_or_wrong_signature_is_refused(
    api: httpx.AsyncClient, resources: Resources, channel: Channel, value: str | None
) -> None:
    request = await signed(resources, channel, text_of(channel))
    wrong = {} if value is None else {name: value.encode("latin-1") for name in request.headers}
    answer = await api.post(request.path, content=request.body, headers=wrong)
    refused(answer, 403)
    refused(await api.post(request.path.replace("acme", "open"), content=request.body, headers=wrong), 403)
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 0
    assert not [secret for secret in ACCOUNTS[channel.name]["secrets"].values() if secret in answer.text]


@EVERY
async def test_an_empty_secret_closes_the_door_even_to_its_own_signature(
    api: httpx.AsyncClient, resources: Resources, channel: Channel
) -> None:
    request = await signed(resources, channel, text_of(channel))
    blank = Account(id="x", tenant="open", channel=channel.name, address="x", secrets={"auth_token": " "})
    for headers in (channel.signature(request, blank), dict.fromkeys(request.headers, ""), request.headers):
        path = request.path.replace("acme", "open")
        refused(await api.post(path, content=request.body, headers=headers), 403)


@pytest.mark.parametrize("name", [channel.name for channel in HOOKED if channel.name != "telegram"])  # it signs nothing
async def test_another_body_or_query_breaks_the_signature(
    api: httpx.AsyncClient, resources: Resources, name: str
) -> None:
    channel = CHANNELS[name]
    request = await signed(resources, channel, text_of(channel))
    refused(await api.post(request.path, content=request.body + b"&x=1", headers=request.headers), 403)
    if channel.route == "twilio":
        refused(await api.post(request.path + "?mid=1", content=request.body, headers=request.headers), 403)


@EVERY
@pytest.mark.parametrize("tenant", ["bare", "nobody", "a%00b", "%F0%9F%92%A9", "..%2Facme", "A" * 3000, "acme%20"])
async def test_an_unknown_tenant_or_channel_is_not_found(
    api: httpx.AsyncClient, resources: Resources, channel: Channel, tenant: str
) -> None:
    request = await signed(resources, channel, text_of(channel))
    path = f"/webhooks/{channel.route}/{tenant}"
    refused(await api.post(path, content=request.body, headers=request.headers), 404)


@pytest.mark.parametrize(
    "path",
    ["", "telegram", "twilio", "email", "nothing/acme", "telegram/acme/status", "twilio/acme/more", "stripe/acme",
     "twilio/acme/status/x", "web/acme", "whatsapp_cloud/acme"],
)  # fmt: skip
async def test_what_is_no_webhook_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    refused(await api.post(f"/webhooks/{path}", content=b"{}"), 404)


@EVERY
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
async def test_another_method_is_not_for_it(api: httpx.AsyncClient, channel: Channel, method: str) -> None:
    answer = await api.request(method, f"/webhooks/{channel.route}/acme")
    if method == "GET" and channel.route in META:
        refused(answer, 403)  # a handshake without the word
    elif method == "HEAD":
        assert answer.status_code == 405
    else:
        refused(answer, 405)


@EVERY
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_four_megabytes_is_refused_announced_or_not(
    api: httpx.AsyncClient, resources: Resources, channel: Channel, announced: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * (1024 * 1024)

    content = b"x" * (LIMIT + 1) if announced else chunks()
    refused(await api.post(f"/webhooks/{channel.route}/acme", content=content), 413)
    largest = await signed(resources, channel, b"x" * LIMIT)
    assert (await post(api, largest)).status_code == 200


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "+5", "0x10", "²", "", "1e9"])
async def test_an_odd_content_length_is_no_accident(app: InboundWebhooks, length: str) -> None:
    scope = {"path": "/webhooks/telegram/acme", "headers": [(b"content-length", length.encode("latin-1"))]}
    status, _ = await called(app, scope)
    assert status in (403, 413)


async def called(app: InboundWebhooks, scope: dict[str, Any], *chunks: bytes) -> tuple[int, bytes]:
    """Call the application as a server would, with a scope that no client library lets pass."""
    sent: list[Any] = []
    pieces = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    pieces.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "http", "method": "POST", "query_string": b"", "headers": [], **scope}, receive, send)
    return sent[0]["status"], sent[1]["body"]


@EVERY
async def test_without_the_database_the_provider_is_asked_to_come_again(
    api: httpx.AsyncClient, resources: Resources, channel: Channel, servers: embedded.Servers
) -> None:
    request = await signed(resources, channel, text_of(channel))
    await servers.postgres.stop()
    try:
        answer = await post(api, request)
    finally:
        await servers.postgres.start()
    refused(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert (await post(api, request)).status_code == 200


async def test_a_database_that_hangs_is_not_waited_for(
    api: httpx.AsyncClient, resources: Resources, pg: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "_STORE_SECONDS", 0.3)
    request = await signed(resources, CHANNELS["telegram"], text_of(CHANNELS["telegram"]))
    async with pg.transaction():
        await pg.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        refused(await post(api, request), 503)
    assert (await post(api, request)).status_code == 200


async def test_credentials_that_do_not_open_are_our_fault_not_the_senders(
    api: httpx.AsyncClient, resources: Resources
) -> None:
    request = await signed(resources, CHANNELS["telegram"], text_of(CHANNELS["telegram"]))
    await resources.pg.execute("UPDATE channel_accounts SET secrets = 'sealed by another key'")
    answer = await post(api, request)
    refused(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


WORDS = st.sampled_from(["telegram", "twilio", "whatsapp", "instagram", "email", "stripe", "", "%", "\x00", "ñ"])
PIECES = st.one_of(WORDS, st.sampled_from(["acme", "open", "bare", "status", ".."]), st.text(max_size=8))
HEADERS = st.sampled_from(
    ["x-twilio-signature", "x-hub-signature-256", "x-telegram-bot-api-secret-token", "x-orkesta-signature", "host",
     "content-length", "content-type", "transfer-encoding", "x-forwarded-for"]
)  # fmt: skip


@hypothesis(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "X"]),
    pieces=st.lists(PIECES, min_size=1, max_size=4),
    query=st.one_of(st.binary(max_size=40), st.just(b"hub.mode=subscribe&hub.verify_token=%ED%A0%80&hub.challenge=1")),
    headers=st.lists(st.tuples(HEADERS, st.binary(max_size=30)), max_size=4),
    chunks=st.lists(st.binary(max_size=200), max_size=3),
    sign=st.sampled_from([None, *HOOKED]),
)
async def test_whatever_comes_is_answered_with_one_of_the_codes(
    app: InboundWebhooks, resources: Resources, method: str, pieces: list[str], query: bytes,
    headers: list[tuple[str, bytes]], chunks: list[bytes], sign: Channel | None,
) -> None:  # fmt: skip
    path, raw = "/webhooks/" + "/".join(pieces).encode("utf-8", "replace").decode(), []
    raw = [(name.encode(), value) for name, value in headers]
    if sign:
        path, method = f"/webhooks/{sign.route}/acme", "POST"
        request = await signed(resources, sign, b"".join(chunks), query.decode("latin-1"))
        raw += [(name.encode(), value.encode()) for name, value in request.headers.items()]
    scope = {"method": method, "path": path, "query_string": query, "headers": raw}
    status, body = await called(app, scope, *chunks)
    assert status in (200, 403, 404, 405, 413)
    if status != 200:
        assert set(json.loads(body)["error"]) == {"code", "message"}
    if sign and not any(name == "content-length" for name, _ in headers):
        assert status in (200, 403)  # 403: the same header came twice, or a hash in the query that is not the body's


def test_every_hooked_channel_is_in_the_tables_above() -> None:
    assert {channel.name for channel in HOOKED} == {*TEXT, "email"}
    assert Path(FIXTURES).is_dir()
