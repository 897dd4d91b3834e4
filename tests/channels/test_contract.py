"""What every channel of the registry promises, tried on each."""

import json
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.base import Channel
from channels.parts import parts
from channels.registry import CHANNELS
from channels.split import size
from core.errors import BadSignature, DeliveryError, Transient, UnknownOutcome
from core.messages import Button, Envelope, Media, Part, Recipient, Reply, Request
from tests.channels.edge import http_edge
from tests.channels.test_cases import FIXTURES, IN, account_of, request_of

EVERY = pytest.mark.parametrize("channel", CHANNELS.values(), ids=lambda channel: channel.name)
HOOKED = pytest.mark.parametrize("channel", [c for c in CHANNELS.values() if c.route], ids=lambda c: c.name)
OVER_HTTP = [channel for channel in CHANNELS.values() if channel.name not in ("email", "web")]
HTTP = pytest.mark.parametrize("channel", OVER_HTTP, ids=lambda channel: channel.name)
PEER = "5215555000199"
TO = Recipient(peer=PEER, our_id="0b0f6a3e-0001-4000-8000-000000000001", last_inbound_id="callback:1")
SECRETS = {
    "token": "7000000001:AAcanary_token_0000000000000000001", "account_sid": "ACcanary0000000000000000000000000",
    "auth_token": "canary-auth-token", "access_token": "canary-access-token", "app_secret": "canary-app-secret",
    "webhook_secret": "canary-webhook-secret",
}  # fmt: skip


def cases_of(channel: Channel) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((FIXTURES / channel.name).glob("*.json"))]


@EVERY
def test_the_declared_facts_are_whole(channel: Channel) -> None:
    assert CHANNELS[channel.name] is channel
    assert channel.limits.text > 0
    assert min(channel.pace.account_per_second, channel.pace.pair_per_second) > 0
    assert min(channel.pace.account_burst, channel.pace.pair_burst) >= 1


@EVERY
def test_there_are_cases_for_both_ways(channel: Channel) -> None:
    cases = cases_of(channel)
    assert any("request" in case for case in cases)


@HOOKED
def test_without_a_secret_the_door_is_closed(channel: Channel) -> None:
    bare = msgspec.structs.replace(account_of(channel.name), secrets={})
    with pytest.raises(BadSignature):
        channel.receive(Request(method="POST", path="/", query="", headers={}, body=b"{}"), bare)


@HOOKED
@pytest.mark.parametrize("value", ["", "ñ", "\udcff", "sha256=", "x" * 10_000])
def test_an_odd_signature_is_refused_and_never_an_accident(channel: Channel, value: str) -> None:
    account = account_of(channel.name)
    request = Request(method="POST", path="/", query="", headers={}, body=b"{}")
    headers = dict.fromkeys(channel.signature(request, account), value)
    with pytest.raises(BadSignature):
        channel.receive(msgspec.structs.replace(request, headers=headers), account)


@HOOKED
def test_redelivery_has_the_same_key_and_another_message_another(channel: Channel) -> None:
    keys: dict[str, bytes] = {}
    for path in (
        path for path in IN if path.parent.name == channel.name and path.stem.startswith(("in_", "wa_", "sms_"))
    ):
        case = json.loads(path.read_text())
        account = account_of(channel.name, **case.get("account", {}))
        request = request_of(path, case["request"], channel, account)
        if isinstance(case["expect"], dict):
            continue
        first, second = (channel.receive(request, account) for _ in range(2))
        assert first == second
        for event in first:
            if isinstance(event, Envelope) and "body_file" in case["request"]:
                assert keys.setdefault(event.dedupe, request.body) == request.body


@EVERY
def test_a_rich_reply_fits_the_channel(channel: Channel) -> None:
    reply = Reply(
        text="línea 👩‍👩‍👧‍👦\n" * 400,
        buttons=tuple(Button(id=f"b:{n}", title=f"Choice {n}", description="about it") for n in range(7)),
        media=Media(kind="image", mime="image/png", url="https://files.example.test/a.png"),
    )
    for part in parts(channel, reply):
        assert size(part.text, channel.limits.unit) <= channel.limits.text
        assert part.text.strip() or part.media


@HTTP
async def test_text_goes_as_it_is_and_is_never_read_as_mark_up(channel: Channel) -> None:
    """Nothing to escape: no request asks the provider for a parse mode, so `<a href>` stays what it looks like."""
    text = 'a <b>b</b> & [x](https://x.example) <a href="https://x.example">y</a> \\n'
    async with http_edge([{"status": 500}] * 3) as edge, aiohttp.ClientSession() as http:
        account = account_of(channel.name, api_base=edge.url, secrets=SECRETS)
        with pytest.raises(DeliveryError):
            await channel.deliver(Part(text=text), TO, account, http)
    sent = json.dumps([edge.requests[0]["form"], edge.requests[0]["json"]])
    assert json.dumps(text)[1:-1] in sent
    assert "parse_mode" not in sent
    assert "entities" not in sent


async def error_of(channel: Channel, answer: dict[str, Any]) -> DeliveryError:
    """The error of one send to an edge that answers so."""
    async with http_edge([answer] * 3) as edge, aiohttp.ClientSession() as http:
        account = account_of(channel.name, api_base=edge.url, secrets=SECRETS)
        with pytest.raises(DeliveryError) as caught:
            await channel.deliver(Part(text="canary-text"), TO, account, http)
        return caught.value


@HTTP
@pytest.mark.parametrize("answer", [{"status": 200, "body_raw": "<html>"}, {"fault": "disconnect"}])
async def test_a_lost_or_broken_answer_is_an_unknown_outcome(channel: Channel, answer: dict[str, Any]) -> None:
    assert isinstance(await error_of(channel, answer), UnknownOutcome)


@HTTP
@pytest.mark.parametrize("answer", [{"status": 500}, {"status": 502, "body_raw": "<html>down</html>"}])
async def test_a_failure_that_is_owned_up_to_is_tried_again(channel: Channel, answer: dict[str, Any]) -> None:
    error = await error_of(channel, answer)
    if channel.evidence == "lookup":  # its own list of messages is the better witness
        assert isinstance(error, UnknownOutcome)
    else:
        assert isinstance(error, Transient)
        assert not error.free


@HTTP
async def test_too_many_requests_burn_no_attempt(channel: Channel) -> None:
    error = await error_of(channel, {"status": 429, "headers": {"Retry-After": "7"}, "body_raw": "slow down"})
    assert isinstance(error, Transient)
    assert (error.free, error.retry_after) == (True, 7)


@HTTP
async def test_a_refused_connection_is_safe_to_repeat(channel: Channel) -> None:
    async with aiohttp.ClientSession() as http:
        account = account_of(channel.name, api_base="http://127.0.0.1:9", secrets=SECRETS)
        with pytest.raises(Transient):
            await channel.deliver(Part(text="x"), TO, account, http)


ANSWERS: list[dict[str, Any]] = [
    {"status": 400, "body": {"ok": False, "error_code": 400, "description": f"Bad Request: {PEER}", "code": 21211,
                             "message": f"Invalid 'To' Phone Number: +{PEER}"}},
    {"status": 400, "body": {"error": {"code": 100, "message": f"(#100) bad recipient {PEER}"}}},
    {"status": 401, "body": {"ok": False, "error_code": 401, "description": "Unauthorized"}},
    {"status": 404, "body_raw": "not here"},
    {"status": 500, "body_raw": f"boom {PEER}"},
    {"fault": "disconnect"},
]  # fmt: skip


@HTTP
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer.get("status", "lost")))
async def test_an_error_tells_no_secret_and_no_person(channel: Channel, answer: dict[str, Any]) -> None:
    error = await error_of(channel, answer)
    told = f"{error!r} {error} {error.code}"
    assert not [secret for secret in (*SECRETS.values(), PEER, "canary-text") if secret in told]
    assert error.__suppress_context__ or error.__context__ is None  # a chained error may show a URL with a token


@EVERY
async def test_seen_never_fails(channel: Channel) -> None:
    async with http_edge([{"status": 500, "body_raw": "no"}] * 3) as edge, aiohttp.ClientSession() as http:
        account = account_of(channel.name, api_base=edge.url, secrets=SECRETS)
        await channel.seen(TO, account, http)  # raises nothing
