"""The emulator's own interface: registration, outbox, faults, resets, the page; and no secret is shown."""

import asyncio
import stat

import aiohttp
import pytest

from emulator.accounts import Accounts
from emulator.labels import LABELS, LANGUAGES, chosen
from emulator.limits import Buckets, Rate
from emulator.outbox import Entry, Outbox
from tests.emulator.conftest import ACCOUNTS, Emulator, Product

URL = "/graph/v25.0/100000000000001/messages"
AUTH = {"Authorization": "Bearer EAAtest"}


def text(to: str, body: str) -> dict[str, object]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": body}}


async def test_registrations_outlive_a_restart_in_a_private_file(emulator: Emulator) -> None:
    file = emulator.world.accounts._file
    assert file is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Accounts(file)
    again.load()
    assert len(again.all()) == len(ACCOUNTS)
    assert again.tenants == {"acme": "Acme"}
    assert again.find("acme", "whatsapp") == emulator.world.accounts.find("acme", "whatsapp_cloud")


async def test_the_outbox_is_found_by_any_spelling_of_the_number_and_since(emulator: Emulator) -> None:
    for number in range(3):
        await emulator.post(URL, text("5215511112222", str(number)), **AUTH)
    await emulator.post(URL, text("5215533334444", "otro"), **AUTH)
    for spelling in ("5215511112222", "+5215511112222", "whatsapp:+5215511112222"):
        assert [e["text"] for e in await emulator.outbox(spelling)] == ["0", "1", "2"]
    second = (await emulator.outbox("5215511112222"))[1]
    assert [e["text"] for e in await emulator.outbox(since=str(second["seq"]))] == ["2", "otro"]
    assert [e["text"] for e in await emulator.outbox("5215511112222", since=second["at"])] in (["2"], [])


async def test_an_unknown_tenant_is_told_in_words(emulator: Emulator) -> None:
    body = {"tenant": "nobody", "channel": "telegram", "from": "1", "text": "x"}
    answered = await emulator.post("/emulator/inbound", body, status=404)
    assert answered["error"]["code"] == "not_found"
    answered = await emulator.post("/emulator/inbound", {"tenant": "acme"}, status=422)
    assert answered["error"]["code"] == "invalid"


async def test_copies_are_the_same_webhook_several_times(emulator: Emulator, product: tuple[Product, str]) -> None:
    result = await emulator.inbound("instagram", "6841100000000001", "hola", copies=3)
    assert len(result["deliveries"]) == 3
    assert len({request.body for request in product[0].requests}) == 1
    product[0].verify_all()


async def test_a_product_that_is_down_is_tried_again_and_then_given_up(emulator: Emulator) -> None:
    emulator.world.sender._api_url = "http://127.0.0.1:1"
    await emulator.post("/emulator/limits", {"retry_attempts": 3})
    result = await emulator.inbound("telegram", "100000001", "hola")
    assert (result["status"], result["attempts"]) == (0, 3)


async def test_no_secret_reaches_the_wire_log(emulator: Emulator) -> None:
    await emulator.inbound("telegram", "100000001", "mi clave es 7000000001:AAtesttesttest")
    await emulator.post("/telegram/bot7000000001:AAtesttesttest/getMe", {})
    async with emulator.http.get(emulator.url + "/emulator/wire") as response:
        log = await response.text()
    assert "getMe" in log
    assert "AAtesttesttest" not in log
    async with emulator.http.get(emulator.url + "/emulator/accounts") as response:
        assert "meta_secret" not in await response.text()


async def test_faults_can_be_aimed_and_reset(emulator: Emulator) -> None:
    await emulator.post("/emulator/faults", {"provider": "graph", "kind": "429", "to": "52155", "count": 2})
    await emulator.post(URL, text("521999", "x"), **AUTH)
    refused = await emulator.post(URL, text("52155", "x"), status=429, **AUTH)
    assert refused["error"]["code"] == 130429
    await emulator.post("/emulator/reset", {})
    await emulator.post(URL, text("52155", "x"), **AUTH)
    assert len(await emulator.outbox()) == 1
    assert (await emulator.get("/emulator/faults"))["items"] == []


async def test_a_live_page_hears_of_messages(emulator: Emulator) -> None:
    events = emulator.url + "/emulator/events?tenant=acme&peer=52155"
    async with asyncio.timeout(5), emulator.http.get(events) as stream:
        assert await stream.content.readline() == b": hello\n"
        await emulator.post(URL, text("521999", "not for this page"), **AUTH)
        await emulator.post(URL, text("52155", "para ti"), **AUTH)
        seen = b""
        while b"para ti" not in seen:
            seen += await stream.content.readline()
    assert b"event: message" in seen
    assert b"not for this page" not in seen


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_comes_in_each_language_without_foreign_scripts(emulator: Emulator, language: str) -> None:
    async with emulator.http.get(f"{emulator.url}/?lang={language}") as response:
        html = await response.text()
    assert f'<html lang="{language}">' in html
    assert LABELS["lead"][language] in html
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert "built-in method" not in html
    for file in ("page.js", "chat.js", "wire.js", "api.js", "page.css", "skins.css", "mark.svg"):
        async with emulator.http.get(f"{emulator.url}/static/{file}") as response:
            assert response.status == 200


async def test_a_tenant_cannot_write_markup_into_the_page(emulator: Emulator) -> None:
    await emulator.post("/emulator/accounts", {"tenants": {"acme": "<script>alert(1)</script>"}})
    async with emulator.http.get(emulator.url + "/") as response:
        assert "<script>alert" not in await response.text()


def test_every_label_exists_in_every_language() -> None:
    assert all(set(words) == set(LANGUAGES) and all(words.values()) for words in LABELS.values())
    assert not set(LABELS) & set(dir(dict))
    assert [chosen("", "de, pt-BR;q=0.9"), chosen("en", "pt"), chosen("xx", "")] == ["pt", "en", "es"]


def test_the_outbox_forgets_the_oldest_everywhere() -> None:
    box = Outbox(capacity=3)
    for number in range(5):
        box.put(Entry(id=str(number), tenant="a", channel="sms", account="x", to=str(number % 2), at=float(number)))
    assert [entry.id for entry in box.find("a")] == ["2", "3", "4"]
    assert [entry.id for entry in box.find("a", "1")] == ["3"]
    assert box.get("0") is None
    assert len(box._by_peer) == 2


def test_a_bucket_gives_its_burst_and_then_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("emulator.limits.Clock.monotonic", lambda: now)
    buckets, rate = Buckets(), Rate(1 / 6, 45)
    assert [buckets.take("pair", "x", rate) for _ in range(45)] == [0.0] * 45
    assert buckets.take("pair", "x", rate) == pytest.approx(6.0)
    now += 6.1
    assert buckets.take("pair", "x", rate) == 0.0
    assert buckets.take("pair", "x", rate) > 0


async def test_a_dropped_response_is_no_answer_at_all(emulator: Emulator) -> None:
    await emulator.post("/emulator/faults", {"provider": "graph", "kind": "drop_response"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await emulator.post(URL, text("52155", "x"), **AUTH)
    assert len(await emulator.outbox("52155")) == 1
    assert (await emulator.get("/health"))["delivered"] == 1


async def test_a_path_or_method_that_is_not_there_is_told_in_our_shape(emulator: Emulator) -> None:
    for method, path, status, code in (
        ("GET", "/emulator/nothing", 404, "not_found"),
        ("DELETE", "/emulator/outbox", 405, "method_not_allowed"),
    ):
        async with emulator.http.request(method, emulator.url + path) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
