"""Every recorded payload of Meta and every case beside it gives exactly the events written in its file."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from channels.base import Channel
from channels.instagram import Instagram
from channels.whatsapp_cloud import WhatsAppCloud
from core.errors import BadSignature
from core.messages import Account, Request

FIXTURES = Path(__file__).parent / "fixtures"
ADDRESS = {"whatsapp_cloud": "100000000000001", "instagram": "17841400000000001"}
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (WhatsAppCloud(), Instagram())}
CASES = sorted(path for name in CHANNELS for path in (FIXTURES / name).glob("*.json"))


def account(name: str) -> Account:
    secrets = {"app_secret": "meta_test_app_secret_0001", "verify_token": "orkesta-verify-me", "access_token": "t-1"}
    return Account(id=f"t:{name}:{ADDRESS[name]}", tenant="t", channel=name, address=ADDRESS[name], secrets=secrets)


def request_of(path: Path, case: dict[str, Any]) -> Request:
    asked = case["request"]
    body = (path.parent / asked["body_file"]).read_bytes() if "body_file" in asked else asked["body"].encode()
    return Request(method="POST", path="/", query="", headers=asked.get("headers", {}), body=body)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_payload_gives_the_events_of_its_case(path: Path) -> None:
    channel, case = CHANNELS[path.parent.name], json.loads(path.read_text())
    request = request_of(path, case)
    if not request.headers:
        request = msgspec.structs.replace(request, headers=channel.signature(request, account(channel.name)))
    events = channel.receive(request, account(channel.name))
    found = [{"type": type(event).__name__, **json.loads(msgspec.json.encode(event))} for event in events]
    assert found == case["expect"]


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("header", [None, "sha256=00", "sha1=da39a3ee5e6b4b0d3255bf", "sha256=é" * 40])
def test_a_wrong_signature_is_refused(name: str, header: str | None) -> None:
    headers = {"x-hub-signature-256": header} if header else {}
    request = Request(method="POST", path="/", query="", headers=headers, body=b"{}")
    with pytest.raises(BadSignature):
        CHANNELS[name].receive(request, account(name))


@pytest.mark.parametrize("name", CHANNELS)
def test_without_an_app_secret_the_door_is_closed(name: str) -> None:
    bare = Account(id="t", tenant="t", channel=name, address=ADDRESS[name])
    empty_key = "sha256=" + "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    request = Request(method="POST", path="/", query="", headers={"x-hub-signature-256": empty_key}, body=b"")
    with pytest.raises(BadSignature):
        CHANNELS[name].receive(request, bare)


RECEIVED = b'{"object":"instagram","entry":[{"id":"17841400000000001","text":"\\u00e4\\u00f6 https:\\/\\/x.test\\/a"}]}'
VECTORS = [
    (RECEIVED, "9470d7d355e5d6f3628ea51b26a7b8a4a36554fdfafdccc1f95be637537a68a1"),
    (RECEIVED.replace(b"\\/", b"/"), "03b3661b664d7f9dde199b36995d55e291ce7698eb1cbe12add942be562edb95"),
    (
        RECEIVED.replace(b"\\/", b"/").replace(b"\\u00e4\\u00f6", "äö".encode()),
        "c409521adbe011d06c75ab55255827973d7bdd73d89ed2ae1ed1f2af46b71dcc",
    ),
]


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_the_signature_is_over_the_raw_bytes(body: bytes, digest: str) -> None:
    request = Request(method="POST", path="/", query="", headers={}, body=body)
    signed = CHANNELS["instagram"].signature(request, account("instagram"))
    assert signed == {"x-hub-signature-256": f"sha256={digest}"}


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {"hub.mode": "subscribe", "hub.verify_token": "orkesta-verify-me", "hub.challenge": "1158201444"},
            "1158201444",
        ),
        ({"hub.mode": "subscribe", "hub.verify_token": "nope", "hub.challenge": "1158201444"}, None),
        ({"hub.verify_token": "orkesta-verify-me", "hub.challenge": "1"}, None),
        ({"hub.mode": "subscribe", "hub.verify_token": "ñ\udcff", "hub.challenge": "1"}, None),
        ({}, None),
    ],
)
def test_the_handshake_answers_only_our_verify_token(name: str, query: dict[str, str], expected: str | None) -> None:
    assert CHANNELS[name].handshake(query, account(name)) == expected
