"""Who may knock at Meta's webhooks: signatures over the raw bytes, and the handshake."""

import pytest

from channels.base import Channel
from channels.instagram import Instagram
from channels.whatsapp_cloud import WhatsAppCloud
from core.errors import BadSignature
from core.messages import Account, Request

ADDRESS = {"whatsapp_cloud": "100000000000001", "instagram": "17841400000000001"}
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (WhatsAppCloud(), Instagram())}


def account(name: str) -> Account:
    secrets = {"app_secret": "meta_test_app_secret_0001", "verify_token": "orkesta-verify-me", "access_token": "t-1"}
    return Account(id=f"t:{name}:{ADDRESS[name]}", tenant="t", channel=name, address=ADDRESS[name], secrets=secrets)


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


@pytest.mark.parametrize(
    ("name", "body", "addresses"),
    [
        ("whatsapp_cloud", b'{"metadata":{"phone_number_id":"1"},"x":{"phone_number_id" : "2"}}', ("1", "2")),
        ("whatsapp_cloud", b'{"metadata":{"phone_number_id":"1"},"y":{"phone_number_id":"1"}}', ("1",)),
        ("whatsapp_cloud", rb'{"text":{"body":"\"phone_number_id\":\"666\""}}', ()),  # a customer wrote that
        ("whatsapp_cloud", b"[" * 100_000, ()),
        ("instagram", b'{"object":"instagram","entry":[{"id":"1"},{"id":2},{"id":"1"}]}', ("1", "2")),
        (
            "instagram",
            b'{"object":"page","entry":[{"id":"5","messaging":[{"sender":{"id":"9"},"recipient":{"id":"1"}}]}]}',
            ("5", "1"),
        ),
        ("instagram", b'{"entry":[{"id":"1"},7]}', ("1",)),
        ("instagram", b'{"entry":[{"id":"1"', ("1",)),
        ("instagram", b"[" * 100_000, ()),
    ],
)
def test_a_payload_names_the_accounts_that_it_is_for(name: str, body: bytes, addresses: tuple[str, ...]) -> None:
    request = Request(method="POST", path="/", query="", headers={}, body=body)
    assert CHANNELS[name].addresses(request) == addresses
