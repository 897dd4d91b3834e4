"""STOP means stop: for this contact and this sender only, confirmed once, taken back by START, and on record."""

from typing import Any

import pytest

from bench import sink, webhooks
from bench.sink import Fate, Sent
from core.settings import Settings
from storage import invariants
from storage.doorbell import Doorbell
from tests.chaos.stage import Stage
from tests.peers import crew, proactive

PEER, OTHER = "5215550001111", "5215550002222"
_AUDIT = "SELECT action FROM audit_log WHERE action ~ '^(consent|contact)' ORDER BY id"


async def campaign(stage: Stage, text: str) -> list[str]:
    """Bulk to every conversation; returns who got it, as channel:address."""
    ids = [row["id"] for row in await stage.resources.pg.fetch("SELECT id FROM conversations ORDER BY id")]
    await proactive.bulk(stage.resources, ids, text)
    await Doorbell(stage.resources).ring((each, 0) for each in ids)
    await stage.quiet()
    got = [sent for sent in stage.sink.sent if text in sent.text]
    return sorted(f"{sent.channel}:{sent.to.removeprefix('whatsapp:+')}" for sent in got)


async def audited(stage: Stage) -> list[str]:
    return [row["action"] for row in await stage.resources.pg.fetch(_AUDIT)]


async def test_a_word_of_the_customer_stops_bulk_for_this_contact_and_sender_until_start(
    stage: Stage, settings: Settings
) -> None:
    """Pain 23, episphere/connect#1104, SparkDevNetwork/Rock#5581, #7049: kept sending, no confirmation, wrong scope."""
    cloud, _ = await stage.connect("whatsapp_cloud"), await stage.connect("telegram")
    async with crew.workers(settings, 2):
        for channel, peer in (("whatsapp_cloud", PEER), ("whatsapp_cloud", OTHER), ("telegram", PEER)):
            await stage.hears(channel, peer, "hola")
        stop = webhooks.said(cloud, PEER, "BAJA")
        await stage.quiet()
        greeted = len(stage.sink.sent)
        assert [await stage.delivers(stop) for _ in range(3)] == [200] * 3
        await stage.quiet()
        assert len(stage.sink.sent) == greeted + 1, "the confirmation goes out once"
        assert await campaign(stage, "oferta uno") == [f"telegram:{PEER}", f"whatsapp_cloud:{OTHER}"]
        await stage.hears("whatsapp_cloud", PEER, "tienen zqstop?")
        await stage.replies("zqstop")
        await stage.hears("whatsapp_cloud", PEER, "ALTA")
        await stage.quiet()
        assert f"whatsapp_cloud:{PEER}" in await campaign(stage, "oferta dos")
    assert await audited(stage) == ["consent.opted_out", "consent.opted_in"]
    assert await invariants.check(stage.resources) == []


async def test_a_stop_at_the_carrier_counts_once_however_late_its_copies_come(stage: Stage, settings: Settings) -> None:
    """Pain 23: handled by the carrier only; and a redelivered STOP must not undo a START."""
    account = await stage.connect("whatsapp_twilio")
    stop, start = (webhooks.said(account, PEER, kind, kind=kind) for kind in ("opt_out", "opt_in"))
    async with crew.worker(settings):
        for peer in (PEER, OTHER):
            await stage.hears("whatsapp_twilio", peer, "hola")
        await stage.quiet()
        assert [await stage.delivers(stop) for _ in range(3)] == [200] * 3
        assert await campaign(stage, "oferta uno") == [f"whatsapp_twilio:{OTHER}"]
        assert [await stage.delivers(hook) for hook in (start, stop, start, stop)] == [200] * 4
        assert await campaign(stage, "oferta dos") == [f"whatsapp_twilio:{PEER}", f"whatsapp_twilio:{OTHER}"]
    assert await audited(stage) == ["contact.opted_out", "contact.opted_in"]
    assert await invariants.check(stage.resources) == []


@pytest.mark.parametrize(
    ("channel", "status", "body", "action"),
    [
        ("whatsapp_twilio", 400, b'{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}',
         "contact.opted_out"),
        ("telegram", 403, b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}',
         "contact.blocked"),
    ],
)  # fmt: skip
async def test_a_refusal_of_the_provider_stops_bulk_to_this_contact_alone(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch, channel: str, status: int, body: bytes,
    action: str,
) -> None:  # fmt: skip
    """Pain 23: 21610 and "blocked by the user" are the same wish, told by the provider."""
    account = await stage.connect(channel)
    monkeypatch.setitem(sink.REFUSALS, (channel, status), body)
    refused: list[Any] = []

    async def refuses(sent: Sent) -> Fate:
        if PEER in sent.to and len(refused) < 1:
            refused.append(sent)
            return status
        return None

    async with crew.worker(settings):
        for peer in (PEER, OTHER):
            await stage.hears(channel, peer, "hola")
        await stage.quiet()
        stage.sink.program = refuses
        assert await campaign(stage, "oferta uno") == [f"{channel}:{OTHER}"]
        assert await campaign(stage, "oferta dos") == [f"{channel}:{OTHER}"]
        assert len(refused) == 1
        kind = "opt_in" if channel == "whatsapp_twilio" else "text"  # who writes again has unblocked us
        await stage.delivers(webhooks.said(account, PEER, "hola", kind=kind))
        await stage.quiet()
        assert f"{channel}:{PEER}" in await campaign(stage, "oferta tres")
    assert (await audited(stage))[0] == action
    assert await invariants.check(stage.resources) == []
