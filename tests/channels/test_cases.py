"""Every case of every channel: a file says what comes in and what is made of it, so no channel has test code.

`fixtures/accounts.json` holds the account of each channel; `fixtures/<channel>/*.json` are the cases:

Inbound   {"request": {path?, query?, headers?, body | body_file | form}, "expect": [events] | {"error"}}
          A request without `headers` is signed as the provider would; with them it is taken as it is.
Outbound  {"part" | "reply" | "attachment", "to", "call"?: "deliver" | "seen" | "lookup" | "media",
           "answers": what the provider answers, "requests": exactly what it must have got,
           "expect": the id (a list for a reply) | {"error", "code", …}}
          `"{edge}"` stands for the address of the provider's edge; "smtp" instead of "answers" is a mail server.
An event carries its class as `type`. `"account"` in a case changes fields of the account.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest

from channels.base import Channel
from channels.parts import parts
from channels.registry import CHANNELS
from core.errors import DeliveryError, OrkestaError
from core.messages import Account, Attachment, Part, Recipient, Reply, Request
from tests.channels.edge import Edge, http_edge, mail_edge

FIXTURES = Path(__file__).parent / "fixtures"
ACCOUNTS = json.loads((FIXTURES / "accounts.json").read_text())
FILES = [path for name in CHANNELS for path in sorted((FIXTURES / name).glob("*.json"))]
IN = [path for path in FILES if "request" in json.loads(path.read_text())]
OUT = [path for path in FILES if path not in IN]


def account_of(name: str, edge: str = "", **changes: Any) -> Account:
    """The channel's account of the cases; secrets and settings of a case are added to its own."""
    base = json.loads(json.dumps(ACCOUNTS[name]).replace("{edge}", edge))
    for key, value in changes.items():
        base[key] = {**base.get(key, {}), **value} if isinstance(value, dict) else value
    fixed = {"id": f"acme:{name}:{base['address']}", "tenant": "acme", "channel": name}
    return msgspec.convert({**fixed, **base}, Account)


def request_of(path: Path, asked: dict[str, Any], channel: Channel, account: Account) -> Request:
    """The webhook request of a case."""
    if "body_file" in asked:
        body = (path.parent / asked["body_file"]).read_bytes()
    elif "form" in asked:
        body = urlencode(asked["form"], doseq=True).encode()
    else:
        body = asked["body"].encode() if isinstance(asked["body"], str) else json.dumps(asked["body"]).encode()
    bare = Request(
        method="POST",
        path=asked.get("path", f"/webhooks/{channel.route}/acme"),
        query=asked.get("query", ""),
        headers=asked.get("headers", {}),
        body=body,
    )
    return bare if "headers" in asked else msgspec.structs.replace(bare, headers=channel.signature(bare, account))


def plain(event: Any) -> dict[str, Any]:
    return {"type": type(event).__name__, **json.loads(msgspec.json.encode(event))}


def of_error(error: OrkestaError) -> dict[str, Any]:
    fields = {key: value for key, value in vars(error).items() if key not in ("message", "args")}
    return {"error": type(error).__name__, "code": error.code, **fields}


@pytest.mark.parametrize("path", IN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_request_gives_the_events_of_its_case(path: Path) -> None:
    channel, case = CHANNELS[path.parent.name], json.loads(path.read_text())
    account = account_of(channel.name, **case.get("account", {}))
    request = request_of(path, case["request"], channel, account)
    try:
        found: Any = [plain(event) for event in channel.receive(request, account)]
    except OrkestaError as error:
        found = {"error": type(error).__name__}
    assert found == case["expect"]


async def outcome(case: dict[str, Any], channel: Channel, account: Account, http: aiohttp.ClientSession) -> Any:
    """Do what the case calls for; an error becomes its fields."""
    to = msgspec.convert(case.get("to", {"peer": "", "our_id": ""}), Recipient)
    try:
        if "reply" in case:
            made = parts(channel, msgspec.convert(case["reply"], Reply))
            return [await channel.deliver(part, to, account, http) for part in made]
        if case.get("call") == "media":
            found = await channel.media(msgspec.convert(case["attachment"], Attachment), account, http)
            return found and json.loads(msgspec.json.encode(found))
        if case.get("call") == "seen":
            return await channel.seen(to, account, http)
        part = msgspec.convert(case["part"], Part)
        call = channel.lookup if case.get("call") == "lookup" else channel.deliver
        return await call(part, to, account, http)
    except DeliveryError as error:
        return of_error(error)


def shown(seen: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What a case says about a request, as it came: all of a form or body, of the headers only those named."""
    found = {key: seen.get(key) for key in wanted}
    if "headers" in wanted:
        found["headers"] = {name: seen["headers"].get(name) for name in wanted["headers"]}
    return found


@pytest.mark.parametrize("path", OUT, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_delivery_makes_the_requests_of_its_case(path: Path) -> None:
    channel, text = CHANNELS[path.parent.name], path.read_text()
    case = json.loads(text)
    server = mail_edge(case["smtp"]) if "smtp" in case else http_edge(case.get("answers", []))
    async with server as edge, aiohttp.ClientSession() as http:
        case = json.loads(text.replace("{edge}", edge.url))
        account = account_of(channel.name, edge.url, **{"api_base": edge.url, **case.get("account", {})})
        assert await outcome(case, channel, account, http) == case["expect"]
        check(edge, case.get("requests", []))


def check(edge: Edge, wanted: list[dict[str, Any]]) -> None:
    """Compare what the edge got with the case, request by request."""
    assert len(edge.requests) == len(wanted)
    for seen, want in zip(edge.requests, wanted, strict=True):
        if "message" in want:
            assert [line for line in want["message"] if line not in seen["message"].split("\r\n")] == []
        else:
            assert shown(seen, want) == want


def test_every_channel_has_an_account_and_every_folder_a_channel() -> None:
    assert set(ACCOUNTS) >= set(CHANNELS)
    assert {path.parent.name for path in FILES} <= set(CHANNELS)
