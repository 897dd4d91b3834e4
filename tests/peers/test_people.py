"""A colleague who answers is never talked over, and what people agreed with the customer is known afterwards."""

from typing import Any

import pytest

from bench import webhooks
from bench.webhooks import Hook
from core.messages import Account, Part
from core.settings import Settings
from storage import invariants, takeover
from tests.chaos.stage import Stage, until, word
from tests.llm.conftest import Provider, completion
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


async def test_an_answer_from_the_tower_while_the_turn_runs_discards_the_bots(stage: Stage, settings: Settings) -> None:
    """Pain 13: taken over and answered while the model was still writing."""
    account, asked = await stage.connect("telegram"), word()
    conversation = f"{account.id}:{PEER}"
    async with crew.worker(settings, crew.Gate) as gate:
        await stage.hears("telegram", PEER, f"tienen {asked}?")
        await gate.arrived.wait()
        await takeover.takeover(stage.resources, conversation, "luis@acme.mx")
        await takeover.reply(stage.resources, conversation, "luis@acme.mx", [Part(text="Soy Luis: sí lo tengo")])
        gate.go.set()
        await stage.replies("Soy Luis")
        await stage.answered_once("Soy Luis")


async def test_after_the_hand_back_the_bot_answers_once_and_knows_what_the_person_agreed(
    stage: Stage, settings: Settings, provider: Provider
) -> None:
    """Pain 14, fazer-ai/agents#457, #458: silent after the hand-back; the history said only "a human took over"."""
    account = await stage.connect("telegram")
    conversation, luis = f"{account.id}:{PEER}", "luis@acme.mx"
    told = ["Soy Luis, ya revisé tu caso", "Te hago 15% de descuento", "Lo tienes el jueves 27"]
    agreed = "¡Hola, Ana! Quedó en 15% de descuento para el jueves 27."
    provider.plays("groq", completion(agreed))
    talkative = settings.model_copy(
        update={"groq_api_key": "gsk_test", "groq_base_url": f"{provider.url}/groq", "llm_turn_deadline_seconds": 5.0}
    )
    async with crew.workers(talkative, 2):
        await stage.hears("telegram", PEER, "quiero hablar con una persona")
        await until(lambda: _sent(stage, 1))
        await takeover.takeover(stage.resources, conversation, luis)
        for text in told:
            await takeover.reply(stage.resources, conversation, luis, [Part(text=text)])
        await stage.replies(*told)
        await stage.hears("telegram", PEER, "perfecto")
        await stage.quiet()
        await takeover.release(stage.resources, conversation, luis, note="descuento del 15%")
        await stage.hears("telegram", PEER, "hola")
        await until(lambda: _sent(stage, 5))
        await stage.quiet()
    assert [sent.text for sent in stage.sink.sent[1:]] == [*told, agreed]
    asked_of_the_model = str(provider.requests[-1][1]["messages"])
    assert all(text in asked_of_the_model for text in told)
    assert await invariants.check(stage.resources) == []


async def test_after_the_hand_back_the_bot_answers_without_any_model_too(stage: Stage, settings: Settings) -> None:
    """Pain 14: once, whatever the customer wrote to the person meanwhile."""
    account, meanwhile, asked = await stage.connect("telegram"), word(), word()
    conversation, luis = f"{account.id}:{PEER}", "luis@acme.mx"
    async with crew.worker(settings):
        await stage.hears("telegram", PEER, "hola")
        await until(lambda: _sent(stage, 1))
        await takeover.takeover(stage.resources, conversation, luis)
        await stage.hears("telegram", PEER, f"tienen {meanwhile}?")
        await stage.quiet()
        await takeover.release(stage.resources, conversation, luis)
        await stage.hears("telegram", PEER, f"tienen {asked}?")
        await stage.replies(asked)
        await stage.quiet()
    assert len(stage.sink.sent) == 2
    assert await invariants.check(stage.resources) == []


async def _sent(stage: Stage, count: int) -> bool:
    return len(stage.sink.sent) >= count


async def _kill_switch(stage: Stage, *, on: bool) -> None:
    if on:
        await stage.resources.pg.execute(_SWITCH_ON)
        return
    await stage.resources.pg.execute("DELETE FROM kill_switches")
    await stage.resources.pg.execute("UPDATE todo SET state = 'waiting', due_at = now() WHERE state = 'held'")


async def _nothing_waits(stage: Stage) -> bool:
    return not await stage.resources.pg.fetchval("SELECT count(*) FROM todo")
