"""What nobody can play is refused in words, with 4xx: no request to the emulator's own interface breaks it."""

from contextlib import suppress
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from emulator.inbound import MAKERS
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Kind
from emulator.payloads.samples import Attached
from tests.emulator.conftest import Emulator, account

TAP = {"tenant": "acme", "channel": "telegram", "from": "100000001", "kind": "callback", "payload": "yes"}
HUGE = "9" * 5000
REFUSED: dict[str, list[Any]] = {
    "/emulator/inbound": [
        b"", b"{", b"\xff", b'"\\ud800"', b"null", 7, "x", {}, [7], {"messages": 7}, {"messages": [7]}, {"tenant": 7},
        *[TAP | {"target": odd} for odd in ("nope", "1.5", "-", "--5", "٣", "1:x", HUGE, "1\x00")],
        *[TAP | {"from": odd} for odd in ("", "nope", "--5", "1:2", "٣", HUGE, "007")],
        TAP | {"kind": "text", "message_id": "nope"}, TAP | {"kind": "text", "reply_to": "nope"},
        TAP | {"kind": "edit", "target": "nope"}, TAP | {"kind": "reaction", "target": "nope"},
        TAP | {"kind": "number_change", "new_address": "nope"}, TAP | {"kind": "no such kind"},
        TAP | {"channel": "web"}, TAP | {"channel": "stripe"}, TAP | {"tenant": "nobody"}, TAP | {"copies": "many"},
        TAP | {"channel": "sms", "kind": "reaction"}, TAP | {"channel": "email", "kind": "callback"},
        TAP | {"kind": "image", "media": {"data": "not base64!"}},
    ],
    "/emulator/faults": [
        b"", b"{", 7, [7], {}, {"provider": "groq"}, {"provider": "groq", "kind": "none"},
        {"provider": "groq", "kind": "500", "count": "x"}, {"provider": "telegram", "kind": "error_code", "code": 42},
        {"provider": "graph", "kind": "html", "code": 7}, {"provider": "groq", "kind": "slow", "delay_ms": -1},
        {"provider": "groq", "kind": "429", "retry_after": 10**12},
        {"provider": "groq", "kind": "obeys", "times": 10**9},
    ],
    "/emulator/limits": [
        b"", 7, [], {"unknown": 1}, {"telegram_bot": {"per_second": 0, "burst": 1}}, {"outbox": -1}, {"outbox": 0},
        {"telegram_chat": 5}, {"retry_attempts": 0},
        {"retry_scale": -1}, {"webhook_timeout_seconds": 0}, {"read_ms": -1},
    ],
    "/emulator/accounts": [
        b"", b"{", 7, "x", [7], {"accounts": 7},
        {"accounts": [{"tenant": "acme"}]}, {"personas": [{}]}, {"tenants": []},
        {"accounts": [{"tenant": "acme", "channel": "telegram", "address": "my bot"}]},
        {"accounts": [{"tenant": "acme", "channel": "sms", "address": "+1", "personas": [{"name": "x"}]}]},
    ],
    "/emulator/contacts": [b"", 7, {}, TAP, {"tenant": "acme", "channel": "sms", "peer": "1", "state": "gone"}],
    "/emulator/transcripts": [b"", 7, {}, {"sha256": "x"}, {"text": "x"}, {"sha256": 1, "text": "x"}],
    "/emulator/payments": [
        b"", 7, {}, {"session": "cs_none"}, {"session": "cs_none", "action": "fly"},
        {"session": "cs_none", "action": "card"}, {"session": "", "action": "refund", "amount": -1},
    ],
}  # fmt: skip
UNREADABLE = (
    "/emulator/outbox?limit=x", "/emulator/outbox?limit=0", "/emulator/outbox?limit=-1", "/emulator/outbox?limit=٣",
    "/emulator/outbox?since=x", "/emulator/outbox?since=nan", "/emulator/outbox?since=-inf",
    "/emulator/outbox?since=2026-99-99T00:00:00Z", "/emulator/outbox?since=T", "/emulator/wire?since=x",
    "/emulator/wire?since=-1", f"/emulator/wire?since={HUGE}",
)  # fmt: skip


async def test_what_cannot_be_played_is_refused_in_words(emulator: Emulator) -> None:
    for path, bodies in REFUSED.items():
        for body in bodies:
            await check_refused(emulator, "POST", path, body if isinstance(body, bytes) else None, body)
    for path in UNREADABLE:
        await check_refused(emulator, "GET", path, None, None)
    assert emulator.product.requests == []  # and nothing of it reached the product


async def check_refused(emulator: Emulator, method: str, path: str, raw: bytes | None, body: Any) -> None:
    sent: dict[str, Any] = {"data": raw} if raw is not None else {} if body is None else {"json": body}
    async with emulator.http.request(method, emulator.url + path, **sent) as response:
        told = (path, str(body)[:200], await response.text())
        assert 400 <= response.status < 500, told
        error = (await response.json(content_type=None))["error"]
        assert error["message"], told
        assert path == "/emulator/payments" or error["code"] in ("invalid", "not_found"), told


async def test_a_tap_takes_the_id_that_the_outbox_tells(emulator: Emulator) -> None:
    url = f"{emulator.url}/telegram/bot7000000001:AAtesttesttest/sendMessage"
    async with emulator.http.post(url, json={"chat_id": 100000001, "text": "¿Sí?"}) as response:
        number = (await response.json())["result"]["message_id"]
    (sent,) = await emulator.outbox("100000001")
    assert sent["id"] == f"100000001:{number}"
    for target in (sent["id"], str(number)):
        assert (await emulator.post("/emulator/inbound", TAP | {"target": target}))["status"] == 200
        update = emulator.product.requests[-1].body
        assert b'"message_id": %d' % number in update


FILES = [Attached(data=b"x", mime="image/png", name="x.png", ref="r", url="u")]
ODD = st.text() | st.sampled_from(["", " ", "nope", "٣", "-1", "7", "a:b", "x" * 300, "\x00", "+52", "{message}"])


@given(
    channel=st.sampled_from(sorted(MAKERS)), kind=st.sampled_from(get_args(Kind)), sender=st.sampled_from(["7", "-7"]),
    words=st.fixed_dictionaries({}, optional=dict.fromkeys(
        ("text", "name", "username", "payload", "title", "target", "reply_to", "emoji", "label", "address", "user_id",
         "message_id", "new_address", "subject"), ODD)),
    contact=st.dictionaries(st.sampled_from(["name", "phone"]), ODD), hide_phone=st.booleans(),
)  # fmt: skip
def test_every_action_becomes_a_webhook_or_is_refused(
    channel: str, kind: Any, sender: str, words: dict[str, Any], contact: dict[str, str], hide_phone: bool
) -> None:
    what = Inbound(
        tenant="acme", channel=channel, sender=sender, kind=kind, contact=contact, hide_phone=hide_phone, **words
    )
    files = FILES if kind in MEDIA_KINDS else []
    made = None
    with suppress(Invalid):
        made = MAKERS[channel](what, account(channel), files, 1_767_225_600.0)
    assert made is None or made.body
