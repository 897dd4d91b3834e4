"""Statuses come late, twice, in any order and with poison among them: nothing is downgraded, nobody goes unanswered."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from bench import webhooks
from bench.webhooks import Hook
from core.clock import Clock
from core.messages import Account
from core.settings import Settings
from emulator.payloads import whatsapp
from emulator.payloads.inbound import Inbound
from emulator.payloads.meta import body
from storage import invariants
from storage.outbox import Finish, Outbox
from tests.chaos.stage import Stage, word
from tests.peers import crew
from tests.storage import given

PEER = "5215550001111"
WORDS = ("queued", "sent", "delivered", "read", "failed")


async def test_every_order_of_signed_status_callbacks_ends_in_the_highest_and_keeps_all(stage: Stage) -> None:
    """Pain 2, chatwoot#14529, department-of-veterans-affairs/notification-api#1488: a late `sent` overwrote."""
    account = await stage.connect("whatsapp_twilio")
    orders = list(itertools.permutations(WORDS))
    outbox = Outbox(stage.resources, "w1")

    async def play(number: int, order: tuple[str, ...]) -> None:
        peer = f"whatsapp:+52155500{number:05}"
        saved = await given.answered(stage.resources, account, "hola", peer=peer)
        await given.claim(stage.resources, account, saved.first_seq, peer=peer)
        finish = Finish(
            conversation_id=f"{account.id}:{peer}", seq=saved.first_seq, result="sent", provider_id=f"SM{number:032x}"
        )
        await outbox.finish(finish)
        back = f"https://bot.example.test/webhooks/twilio/acme/status?mid={saved.message_ids[0]}"
        for each in (*order, *order):
            assert await stage.delivers(webhooks.twilio_status(account, f"SM{number:032x}", peer, each, back)) == 200

    await asyncio.gather(*(play(number, order) for number, order in enumerate(orders)))
    statuses = "SELECT status, count(*) FROM messages WHERE direction = 'out' GROUP BY 1"
    assert [tuple(row) for row in await stage.resources.pg.fetch(statuses)] == [("read", len(orders))]
    kept = """SELECT count(*) FROM (SELECT message_id FROM message_events WHERE kind = 'receipt'
              GROUP BY 1 HAVING count(*) = $1) x"""
    assert await stage.resources.pg.fetchval(kept, 2 * len(WORDS)) == len(orders)
    assert await invariants.check(stage.resources) == []


POISON: dict[str, Any] = {
    "an id that is no text": {"id": {"$gt": ""}, "status": "read", "timestamp": "1", "recipient_id": PEER},
    "no id": {"status": "delivered", "timestamp": "1", "recipient_id": PEER},
    "no object": "read",
    "nothing": None,
    "an id that no index takes": {"id": "w" * 9000, "status": "read", "timestamp": "1", "recipient_id": PEER},
    "a noisy id that no index takes": {"id": given.noise(9000), "status": "read", "recipient_id": PEER},
    "a foreign id of ours": {"id": "wamid.x", "status": "read", "biz_opaque_callback_data": "9" * 4000},
    "a time beyond all": {"id": "wamid.x", "status": "read", "timestamp": "9" * 400, "recipient_id": PEER},
    "a recipient that no index takes": {
        "id": "wamid.x", "status": "failed", "recipient_id": given.noise(9000),
        "errors": [{"code": 131050, "title": "x"}],
    },
    "NUL in every field": {"id": "\0\0", "status": "read", "recipient_id": "\0", "biz_opaque_callback_data": "\0"},
}  # fmt: skip
UNREADABLE = {"an id that is no text", "no id", "no object"}


@pytest.mark.parametrize("poison", POISON)
async def test_a_poisoned_status_costs_neither_the_messages_nor_the_statuses_beside_it(
    stage: Stage, settings: Settings, poison: str
) -> None:
    """Pain 10, botpress PR #15083: a status that could not be handled killed the messages (a day without answers)."""
    account, opening, first, second = await stage.connect("whatsapp_cloud"), word(), word(), word()
    async with crew.worker(settings):
        await stage.hears("whatsapp_cloud", PEER, f"tienen {opening}?")
        (sent, *_) = await stage.replies(opening)
        await stage.quiet()
        good = [whatsapp.status(sent.id, PEER, name, 1.8e9, sent.our_id) for name in ("sent", "delivered")]
        hook = payload(account, [good[0], POISON[poison], good[1]], [first, second])
        assert [await stage.delivers(hook) for _ in range(2)] == [200, 200]
        await stage.replies(first, second)
        await stage.answered_once(opening, first, second)
    assert (await stage.statuses())[0] == "delivered"
    letters = await stage.resources.pg.fetchval("SELECT count(*) FROM dead_letters WHERE source = 'webhook'")
    assert letters == 1 or poison not in UNREADABLE


def payload(account: Account, statuses: list[Any], asked: list[str]) -> Hook:
    """One value with statuses and messages, as Meta batches them."""
    value: dict[str, Any] = {}
    messages = []
    for each in asked:
        what = Inbound(tenant="acme", channel="whatsapp_cloud", sender=PEER, text=f"tienen {each}?", name="Ana")
        made = json.loads(whatsapp.make(what, account, [], Clock.millis() / 1000).body)
        value = made["entry"][0]["changes"][0]["value"]
        messages += value["messages"]
    both = {**value, "messages": messages, "statuses": statuses}
    return webhooks.signed(account, body(whatsapp.envelope(account, "messages", both)))
