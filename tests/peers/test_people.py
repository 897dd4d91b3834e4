"""A colleague who answers is never talked over, and what people agreed with the customer is known afterwards."""

from typing import Any

import pytest

from bench import webhooks
from bench.webhooks import Hook
from core.messages import Account
from core.settings import Settings
from storage import invariants
from tests.chaos.stage import Stage, until, word
from tests.peers import crew

PEER = "5215550001111"
_SWITCH_ON = "INSERT INTO kill_switches (scope, reason, actor) VALUES ('global', 'test', 't')"
_STORED = "SELECT author, text, status FROM messages WHERE direction = 'out' ORDER BY seq"


def colleague(account: Account, text: str) -> Hook:
    """The echo of what a person sent from the phone app."""
    return webhooks.said(account, PEER, text, kind="echo")


@pytest.mark.parametrize("channel", ["whatsapp_cloud", "instagram"])
async def test_an_answer_from_the_phone_while_the_turn_runs_discards_the_bots(
    stage: Stage, settings: Settings, channel: str
) -> None:
    """Pain 13, fazer-ai/agents#433, sarrazola/openlivery#90: the bot answered over the colleague who just had."""
    account, asked = await stage.connect(channel), word()
    async with crew.worker(settings, crew.Gate) as gate:
        await stage.hears(channel, PEER, f"tienen {asked}?")
        await gate.arrived.wait()
        echo = colleague(account, "Sí, te lo aparto")
        assert [await stage.delivers(echo) for _ in range(3)] == [200, 200, 200]
        gate.go.set()
        await stage.quiet()
        await stage.hears(channel, PEER, "gracias")
        await stage.quiet()
    assert stage.sink.sent == []
    assert [tuple(row) for row in await stage.resources.pg.fetch(_STORED)] == [("human", "Sí, te lo aparto", "sent")]
    row = await stage.resources.pg.fetchrow("SELECT mode, held_by FROM conversations")
    assert tuple(row) == ("human", "provider app")
    assert await invariants.check(stage.resources) == []


async def test_an_answer_from_the_phone_drops_the_rest_of_what_the_bot_had_still_to_send(
    stage: Stage, settings: Settings
) -> None:
    """Pain 13: the reply is written already, but not at the customer's yet."""
    account, asked = await stage.connect("whatsapp_cloud"), word()
    await _kill_switch(stage, on=True)
    async with crew.worker(settings):
        await stage.hears("whatsapp_cloud", PEER, f"tienen {asked}?")
        await until(lambda: stage.resources.pg.fetchval("SELECT count(*) FROM todo WHERE state = 'held'"))
        await stage.delivers(colleague(account, "Yo me encargo"))
        await _kill_switch(stage, on=False)
        await stage.quiet()
        await until(lambda: _nothing_waits(stage))
    assert stage.sink.sent == []
    stored = [tuple(row) for row in await stage.resources.pg.fetch(_STORED)]
    assert [(author, status) for author, _, status in stored] == [("agent", "dropped"), ("human", "sent")]


async def test_the_echoes_of_our_own_messages_are_never_stored_twice(stage: Stage, settings: Settings) -> None:
    """Pain 13: before the provider's answer, after it, and several times."""
    account = await stage.connect("instagram")

    async def echoed_first(sent: Any) -> None:
        await stage.delivers(webhooks.instagram_echo(account, sent.id, sent.to, sent.text))

    stage.sink.program = echoed_first
    words = [word() for _ in range(5)]
    async with crew.workers(settings, 2):
        for each in words:
            await stage.hears("instagram", PEER, f"tienen {each}?")
        await stage.replies(*words)
        for sent in list(stage.sink.sent):
            for _ in range(2):
                await stage.delivers(webhooks.instagram_echo(account, sent.id, sent.to, sent.text))
        await stage.answered_once(*words)
    assert {row["author"] for row in await stage.resources.pg.fetch(_STORED)} == {"agent"}
    assert await stage.resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'out'") == 5
    assert await stage.resources.pg.fetchval("SELECT mode FROM conversations") == "bot"


async def _kill_switch(stage: Stage, *, on: bool) -> None:
    if on:
        await stage.resources.pg.execute(_SWITCH_ON)
        return
    await stage.resources.pg.execute("DELETE FROM kill_switches")
    await stage.resources.pg.execute("UPDATE todo SET state = 'waiting', due_at = now() WHERE state = 'held'")


async def _nothing_waits(stage: Stage) -> bool:
    return not await stage.resources.pg.fetchval("SELECT count(*) FROM todo")
