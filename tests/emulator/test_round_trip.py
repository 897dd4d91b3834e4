"""Whatever the emulator posts, the channels read; whatever the channels deliver, the emulator accepts."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from channels.registry import CHANNELS
from core.errors import (
    AccountStopped,
    ContactStopped,
    DeliveryError,
    Permanent,
    Transient,
    UnknownOutcome,
    WindowClosed,
)
from core.messages import Account, Button, ContactState, Envelope, Part, Recipient, Template
from tests.emulator.conftest import Emulator, Product, account

PEERS = {
    "whatsapp_cloud": "5215511112222",
    "telegram": "100000001",
    "instagram": "6841100000000001",
    "whatsapp_twilio": "whatsapp:+5215511112222",
    "sms": "+5215511112222",
}
BASES = {
    "whatsapp_cloud": "/graph",
    "telegram": "/telegram",
    "instagram": "/graph",
    "whatsapp_twilio": "/twilio",
    "sms": "/twilio",
}
TALKATIVE = ("whatsapp_cloud", "telegram", "instagram", "whatsapp_twilio")


def reached(emulator: Emulator, channel: str) -> Account:
    return msgspec.structs.replace(account(channel), api_base=emulator.url + BASES[channel])


def recipient(channel: str) -> Recipient:
    return Recipient(peer=PEERS[channel], our_id="0b0f6a3e-0001-4000-8000-000000000001")


@pytest.mark.parametrize("channel", PEERS)
async def test_a_text_comes_as_a_message_of_its_sender(
    emulator: Emulator, product: tuple[Product, str], event_of: Callable[[Any], Any], channel: str
) -> None:
    result = await emulator.inbound(channel, PEERS[channel], "¿Tienes a+b & 100% ñ 👍?")
    event = event_of(product[0].requests[0])
    assert isinstance(event, Envelope)
    assert event.text == "¿Tienes a+b & 100% ñ 👍?"
    assert event.kind == "message"
    assert result["message_id"] in (event.dedupe, event.provider_message_id) or channel == "telegram"
    assert PEERS[channel].endswith(event.sender.id.removeprefix("whatsapp:").removeprefix("+"))


@pytest.mark.parametrize("channel", TALKATIVE)
@pytest.mark.parametrize("kind", ["image", "voice", "document", "location", "contact"])
async def test_attachments_are_understood(
    emulator: Emulator, product: tuple[Product, str], event_of: Callable[[Any], Any], channel: str, kind: str
) -> None:
    await emulator.inbound(channel, PEERS[channel], kind=kind)
    event = event_of(product[0].requests[0])
    assert isinstance(event, Envelope)
    text_only = (channel == "instagram" and kind in ("location", "contact")) or (
        channel == "whatsapp_twilio" and kind == "contact"
    )
    if text_only:
        assert event.text
        return
    (attached,) = event.attachments
    expected = {kind, "audio"} if kind == "voice" else {kind, "share"} if kind == "document" else {kind}
    assert attached.kind in expected


@pytest.mark.parametrize("channel", TALKATIVE)
async def test_a_tapped_button_brings_its_payload(
    emulator: Emulator, product: tuple[Product, str], event_of: Callable[[Any], Any], channel: str
) -> None:
    await emulator.inbound(channel, PEERS[channel], kind="callback", payload="pay:INV-1", title="Pagar")
    event = event_of(product[0].requests[0])
    assert isinstance(event, Envelope)
    assert (event.kind, event.payload) == ("callback", "pay:INV-1")


@pytest.mark.parametrize(
    ("channel", "kind", "expected"),
    [
        ("whatsapp_cloud", "reaction", "reaction"),
        ("whatsapp_cloud", "edit", "edit"),
        ("whatsapp_cloud", "delete", "delete"),
        ("whatsapp_cloud", "echo", "echo"),
        ("whatsapp_cloud", "list_reply", "callback"),
        ("whatsapp_cloud", "template_button", "callback"),
        ("whatsapp_cloud", "unsupported", "unsupported"),
        ("telegram", "edit", "edit"),
        ("telegram", "unsupported", "unsupported"),
        ("instagram", "reaction", "reaction"),
        ("instagram", "edit", "edit"),
        ("instagram", "delete", "delete"),
        ("instagram", "echo", "echo"),
        ("instagram", "button", "callback"),
        ("instagram", "story_reply", "message"),
        ("instagram", "unsupported", "unsupported"),
    ],
)
async def test_other_things_that_customers_do(
    emulator: Emulator,
    product: tuple[Product, str],
    event_of: Callable[[Any], Any],
    channel: str,
    kind: str,
    expected: str,
) -> None:
    target = "77" if channel == "telegram" else "some.earlier.id"
    await emulator.inbound(channel, PEERS[channel], "texto", kind=kind, target=target, payload="p", title="t")
    event = event_of(product[0].requests[0])
    assert isinstance(event, Envelope)
    assert event.kind == expected


@pytest.mark.parametrize(
    ("channel", "kind", "state"),
    [
        ("telegram", "blocked", "blocked"),
        ("telegram", "unblocked", "ok"),
        ("whatsapp_cloud", "opt_out", "opted_out"),
        ("sms", "opt_out", "opted_out"),
        ("sms", "opt_in", "opted_in"),
    ],
)
async def test_contacts_change_state(
    emulator: Emulator,
    product: tuple[Product, str],
    events_of: Callable[[Any], list[Any]],
    channel: str,
    kind: str,
    state: str,
) -> None:
    await emulator.inbound(channel, PEERS[channel], kind=kind)
    states = [event.state for event in events_of(product[0].requests[0]) if isinstance(event, ContactState)]
    assert states == [state]


PARTS = {
    "text": Part(text="Su saldo es 120.00 USD"),
    "buttons": Part(
        text="¿Retiramos?", style="buttons", buttons=(Button(id="y:1", title="Sí"), Button(id="n:1", title="No"))
    ),
    "list": Part(
        text="¿Qué necesitas?",
        style="list",
        buttons=tuple(Button(id=f"m:{n}", title=f"Tema {n}", description="Algo más") for n in range(8)),
    ),
}


@pytest.mark.parametrize("channel", PEERS)
@pytest.mark.parametrize("style", PARTS)
async def test_what_a_channel_delivers_reaches_the_phone(emulator: Emulator, channel: str, style: str) -> None:
    part = PARTS[style]
    if part.buttons and not (
        CHANNELS[channel].limits.list_rows if style == "list" else CHANNELS[channel].limits.buttons
    ):
        pytest.skip("the channel has no such choices: they are cut to text before")
    sent = await CHANNELS[channel].deliver(part, recipient(channel), reached(emulator, channel), emulator.http)
    (entry,) = await emulator.outbox(PEERS[channel])
    assert entry["id"] == sent
    assert part.text in entry["text"] or entry["template"]


async def test_templates_pass_where_free_text_does_not(emulator: Emulator) -> None:
    await emulator.post("/emulator/limits", {"window": True})
    channel, to, owner = CHANNELS["whatsapp_cloud"], recipient("whatsapp_cloud"), reached(emulator, "whatsapp_cloud")
    with pytest.raises(WindowClosed):
        await channel.deliver(PARTS["text"], to, owner, emulator.http)
    template = Template(name="dunning_due", language="es_MX", params=("INV-1", "25.00 USD"))
    await channel.deliver(Part(style="template", template=template), to, owner, emulator.http)
    (entry,) = await emulator.outbox(PEERS["whatsapp_cloud"])
    assert entry["template"]["params"] == ["INV-1", "25.00 USD"]
    await emulator.inbound("whatsapp_cloud", PEERS["whatsapp_cloud"], "hola")
    await channel.deliver(PARTS["text"], to, owner, emulator.http)


@pytest.mark.parametrize("channel", PEERS)
@pytest.mark.parametrize(
    ("kind", "error"),
    [("429", Transient), ("500", Transient), ("html", Transient), ("drop_response", UnknownOutcome)],
)
async def test_every_channel_understands_the_faults(
    emulator: Emulator, channel: str, kind: str, error: type[DeliveryError]
) -> None:
    provider = {"whatsapp_twilio": "twilio", "sms": "twilio"}.get(channel, channel)
    await emulator.post("/emulator/faults", {"provider": provider, "kind": kind})
    if provider == "twilio" and kind in ("500", "html"):
        error = UnknownOutcome  # its list of messages is asked
    with pytest.raises(error):
        await CHANNELS[channel].deliver(PARTS["text"], recipient(channel), reached(emulator, channel), emulator.http)
    assert len(await emulator.outbox(PEERS[channel])) == (1 if kind == "drop_response" else 0)


@pytest.mark.parametrize(
    ("channel", "state", "error"),
    [
        ("telegram", "blocked", ContactStopped),
        ("telegram", "unknown", ContactStopped),
        ("instagram", "blocked", ContactStopped),
        ("sms", "opted_out", ContactStopped),
    ],
)
async def test_contacts_can_be_made_unreachable(
    emulator: Emulator, channel: str, state: str, error: type[DeliveryError]
) -> None:
    change = {"tenant": "acme", "channel": channel, "peer": PEERS[channel], "state": state}
    await emulator.post("/emulator/contacts", change)
    with pytest.raises(error):
        await CHANNELS[channel].deliver(PARTS["text"], recipient(channel), reached(emulator, channel), emulator.http)
    await emulator.post("/emulator/contacts", {**change, "state": "ok"})
    await CHANNELS[channel].deliver(PARTS["text"], recipient(channel), reached(emulator, channel), emulator.http)


@pytest.mark.parametrize("channel", PEERS)
async def test_a_wrong_credential_stops_the_account(emulator: Emulator, channel: str) -> None:
    owner = reached(emulator, channel)
    wrong = {**owner.secrets, "token": "7000000001:AAwrongwrong", "access_token": "wrong", "auth_token": "wrong"}
    with pytest.raises((AccountStopped, Permanent)):
        await CHANNELS[channel].deliver(
            PARTS["text"], recipient(channel), msgspec.structs.replace(owner, secrets=wrong), emulator.http
        )


@pytest.mark.parametrize("channel", ["whatsapp_cloud", "whatsapp_twilio", "telegram"])
async def test_a_picture_can_be_fetched_by_the_channels_own_way(
    emulator: Emulator, product: tuple[Product, str], event_of: Callable[[Any], Any], channel: str
) -> None:
    await emulator.inbound(channel, PEERS[channel], kind="image")
    (attached,) = event_of(product[0].requests[0]).attachments
    wanted = await CHANNELS[channel].media(attached, reached(emulator, channel), emulator.http)
    assert wanted is not None
    async with emulator.http.get(wanted.url, headers=wanted.headers, allow_redirects=False) as response:
        place = response.headers.get("Location")
        data = b"" if place else await response.read()
    if place:
        async with emulator.http.get(place) as response:
            data = await response.read()
    assert data.startswith(b"\x89PNG")


@pytest.mark.parametrize("channel", TALKATIVE)
async def test_seen_marks_the_customers_message(emulator: Emulator, channel: str) -> None:
    written = await emulator.inbound(channel, PEERS[channel], "hola")
    to = msgspec.structs.replace(recipient(channel), last_inbound_id=written["message_id"])
    await CHANNELS[channel].seen(to, reached(emulator, channel), emulator.http)
    thread = await emulator.get("/emulator/thread", tenant="acme", peer=PEERS[channel])
    assert [entry["status"] for entry in thread["items"]] == ["read"]
