"""What the Meta channels write to the Graph API over real HTTP, and what every answer of it becomes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.base import Channel
from channels.instagram import Instagram
from channels.whatsapp_cloud import WhatsAppCloud
from core import errors
from core.errors import AccountStopped, DeliveryError, Permanent, Transient, UnknownOutcome, WindowClosed
from core.messages import Account, Attachment, Media, Part, Recipient
from tests.channels.graph_server import Graph, serving

FIXTURES = Path(__file__).parent / "fixtures"
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (WhatsAppCloud(), Instagram())}
ADDRESS = {"whatsapp_cloud": "100000000000001", "instagram": "17841400000000001"}
PATH = {"whatsapp_cloud": "/v25.0/100000000000001/messages", "instagram": "/v25.0/me/messages"}
PEER = {"whatsapp_cloud": "12025550101", "instagram": "6841100000000001"}


def cases(file: str) -> list[Any]:
    read = [(name, json.loads((FIXTURES / name / "http" / file).read_text())) for name in CHANNELS]
    return [pytest.param(name, case, id=f"{name}/{key}") for name, found in read for key, case in found.items()]


def account(name: str, base: str, token: str = "EAAtest") -> Account:
    secrets = {"access_token": token}
    return Account(
        id=f"t:{name}:a", tenant="t", channel=name, address=ADDRESS[name], secrets=secrets, api_base=base, sandbox=True
    )


def whom(name: str, **fields: Any) -> Recipient:
    return Recipient(peer=PEER[name], our_id="m1", **fields)


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with serving() as found:
        yield found


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize(("name", "case"), cases("answers.json"))
async def test_an_answer_becomes_its_outcome(
    graph: Graph, http: aiohttp.ClientSession, name: str, case: dict[str, Any]
) -> None:
    graph.answer, expected = case, dict(case["expect"])
    sending = CHANNELS[name].deliver(Part(text="hola"), whom(name), account(name, graph.base), http)
    if "id" in expected:
        assert await sending == expected["id"]
        return
    with pytest.raises(DeliveryError) as raised:
        await sending
    assert type(raised.value) is getattr(errors, expected.pop("error"))
    assert {key: getattr(raised.value, key) for key in expected} == expected


@pytest.mark.parametrize(("name", "case"), cases("requests.json"))
async def test_a_part_is_written_as_meta_wants_it(
    graph: Graph, http: aiohttp.ClientSession, name: str, case: dict[str, Any]
) -> None:
    graph.answer = {"status": 200, "body": {"messages": [{"id": "m"}], "message_id": "m"}}
    part, to = msgspec.convert(case["part"], Part), msgspec.convert(case["to"], Recipient)
    token = case.get("token", "EAAtest")
    assert await CHANNELS[name].deliver(part, to, account(name, graph.base + "/", token), http) == "m"
    wanted = {"method": "POST", "path": PATH[name], "token": f"Bearer {token}", "body": case["request"]}
    assert graph.asked == [wanted]


@pytest.mark.parametrize("name", CHANNELS)
async def test_outside_the_window_nothing_is_sent(graph: Graph, http: aiohttp.ClientSession, name: str) -> None:
    to = whom(name, window_open=False)
    with pytest.raises(WindowClosed):
        await CHANNELS[name].deliver(Part(text="hola"), to, account(name, graph.base), http)
    assert graph.asked == []


@pytest.mark.parametrize("name", CHANNELS)
async def test_a_file_without_a_link_is_a_fault_of_ours(graph: Graph, http: aiohttp.ClientSession, name: str) -> None:
    part = Part(style="media", media=Media(kind="image", mime="image/png", key="abc"))
    with pytest.raises(Permanent) as raised:
        await CHANNELS[name].deliver(part, whom(name), account(name, graph.base), http)
    assert raised.value.alert
    assert graph.asked == []


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("token", ["", "a\r\nX-Evil: 1", "ñ"])
async def test_a_token_that_no_header_can_carry_stops_the_account(
    graph: Graph, http: aiohttp.ClientSession, name: str, token: str
) -> None:
    with pytest.raises(AccountStopped):
        await CHANNELS[name].deliver(Part(text="hola"), whom(name), account(name, graph.base, token), http)


@pytest.mark.parametrize("name", CHANNELS)
async def test_a_refused_connection_sent_nothing(http: aiohttp.ClientSession, name: str, unused_tcp_port: int) -> None:
    closed = account(name, f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(Transient) as raised:
        await CHANNELS[name].deliver(Part(text="hola"), whom(name), closed, http)
    assert raised.value.scope == "account"


@pytest.mark.parametrize("name", CHANNELS)
async def test_a_connection_that_breaks_after_the_request_is_unknown(http: aiohttp.ClientSession, name: str) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(UnknownOutcome):
            await CHANNELS[name].deliver(Part(text="hola"), whom(name), account(name, base), http)


async def test_whatsapp_shows_that_the_message_was_read(graph: Graph, http: aiohttp.ClientSession) -> None:
    channel, to = CHANNELS["whatsapp_cloud"], whom("whatsapp_cloud", last_inbound_id="wamid.1")
    await channel.seen(to, account(channel.name, graph.base), http)
    assert [asked["body"] for asked in graph.asked] == [
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.1",
            "typing_indicator": {"type": "text"},
        }
    ]


async def test_instagram_shows_that_the_message_was_read(graph: Graph, http: aiohttp.ClientSession) -> None:
    graph.answer = {"status": 500, "body_raw": "no matter"}
    channel = CHANNELS["instagram"]
    await channel.seen(whom("instagram"), account(channel.name, graph.base), http)
    assert [asked["body"]["sender_action"] for asked in graph.asked] == ["mark_seen", "typing_on"]


async def test_whatsapp_resolves_a_media_id_to_a_link_with_the_token(graph: Graph, http: aiohttp.ClientSession) -> None:
    graph.answer = json.loads((FIXTURES / "whatsapp_cloud/http/answers.json").read_text())["200_media_url"]
    channel = CHANNELS["whatsapp_cloud"]
    file = Attachment(kind="image", ref="../300000000000004?x=")
    found = await channel.media(file, account(channel.name, graph.base), http)
    assert found is not None
    assert (found.url, found.hosts) == (graph.answer["body"]["url"], ("lookaside.fbsbx.com",))
    assert found.headers == {"Authorization": "Bearer EAAtest"}
    assert graph.asked[0]["path"] == "/v25.0/..%2F300000000000004%3Fx="  # one segment, whatever the id holds


async def test_an_instagram_link_is_fetched_without_the_token(http: aiohttp.ClientSession) -> None:
    url = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=2"
    found = await CHANNELS["instagram"].media(Attachment(kind="image", url=url), account("instagram", ""), http)
    assert found is not None
    assert (found.url, found.headers) == (url, {})
