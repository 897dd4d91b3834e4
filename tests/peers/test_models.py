"""A model that hangs, fails or promises what nobody does: the customer is answered, and only with what is true."""

import asyncio

import pytest

from bench import webhooks
from core.settings import Settings
from storage import invariants
from tests.chaos.stage import Stage, until
from tests.llm.conftest import Provider, completion
from tests.peers import crew

PEER = "5215550001111"


@pytest.fixture
def talkative(settings: Settings, provider: Provider) -> Settings:
    """Settings with Groq, played by the provider, as the only tier."""
    return settings.model_copy(
        update={"groq_api_key": "gsk_test", "groq_base_url": f"{provider.url}/groq", "llm_turn_deadline_seconds": 1.0}
    )


async def test_while_the_model_hangs_webhooks_are_acknowledged_and_later_the_conversation_goes_on_by_itself(
    stage: Stage, talkative: Settings, provider: Provider
) -> None:
    """Pain 11, chatwoot#12754, #12720, fazer-ai/chatwoot#413: one slow answer, and the bot was mute for ever."""
    account = await stage.connect("whatsapp_cloud")
    patient = talkative.model_copy(update={"llm_turn_deadline_seconds": 120.0})
    provider.plays("groq", "hang")
    async with crew.worker(patient) as hung:
        assert await stage.delivers(webhooks.said(account, PEER, "hola")) == 200
        await until(lambda: _asked(provider))
        others = [webhooks.said(account, f"52155500022{n:02}", "tienen zqmute?") for n in range(30)]
        again = [webhooks.said(account, PEER, f"sigues ahí {n}?") for n in range(3)]
        assert set(await asyncio.gather(*map(stage.delivers, [*others, *again]))) == {200}
        # Whoever needs no model is answered meanwhile; the acknowledgements all came before the model answered.
        await until(lambda: _sent(stage, 30))
        assert hung.ran == 31
        assert not [sent for sent in stage.sink.sent if sent.to == PEER]
    provider.plays("groq", completion("¡Hola, Ana! ¿Qué necesitas hoy?"))
    async with crew.worker(talkative):
        await stage.quiet()
    texts = [sent.text for sent in stage.sink.sent if sent.to == PEER]
    assert len(texts) == 4
    assert texts[0] == "¡Hola, Ana! ¿Qué necesitas hoy?"
    assert await invariants.check(stage.resources) == []


async def test_a_model_that_never_answers_costs_only_the_deadline_of_the_turn(
    stage: Stage, talkative: Settings, provider: Provider
) -> None:
    """Pain 11: the draft goes out when the time of the turn is over, and the next turn may have its model again."""
    account = await stage.connect("whatsapp_cloud")
    provider.plays("groq", "hang")
    async with crew.worker(talkative):
        await stage.delivers(webhooks.said(account, PEER, "hola"))
        await until(lambda: _sent(stage, 1))
        provider.plays("groq", completion("¡Gracias a ti, Ana!"))
        await stage.delivers(webhooks.said(account, PEER, "gracias"))
        await until(lambda: _sent(stage, 2))
        await stage.quiet()
    assert stage.sink.sent[1].text == "¡Gracias a ti, Ana!"
    assert await invariants.check(stage.resources) == []


PROMISES = [
    "¡Hola, Ana! Te transfiero con un asesor.", "Hola, ya te comunico con una persona de nuestro equipo.",
    "Hola, en un momento un agente te contactará.", "¡Hola! Un asesor humano te atenderá enseguida.",
    "Hola, un compañero se pondrá en contacto contigo.",
]  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_model_that_promises_a_person_without_the_hand_off_is_not_heard(
    stage: Stage, talkative: Settings, provider: Provider, promise: str
) -> None:
    """Pain 15, chatwoot PR #13178, #13881, fazer-ai/agents#662: "I transfer you", and nobody came."""
    account = await stage.connect("whatsapp_cloud")
    provider.plays("groq", completion(promise))
    async with crew.worker(talkative):
        await stage.delivers(webhooks.said(account, PEER, "hola"))
        await until(lambda: _sent(stage, 1))
        await stage.quiet()
    assert provider.count("groq") == 1
    assert stage.sink.sent[0].text != promise
    assert await stage.resources.pg.fetchval("SELECT mode FROM conversations") == "bot"


async def test_a_hand_off_is_one_change_of_state_and_one_notice_and_then_silence(
    stage: Stage, talkative: Settings, provider: Provider
) -> None:
    """Pain 15: transferred silently, or told twice."""
    account = await stage.connect("whatsapp_cloud")
    provider.plays("groq", completion("Hola"))
    asked = webhooks.said(account, PEER, "quiero hablar con una persona")
    async with crew.workers(talkative, 2):
        assert set(await asyncio.gather(*(stage.delivers(asked) for _ in range(5)))) == {200}
        await until(lambda: _sent(stage, 1))
        for text in ("quiero hablar con una persona", "hola?", "transfiéreme"):
            await stage.delivers(webhooks.said(account, PEER, text))
        await stage.quiet()
    assert len(stage.sink.sent) == 1
    turns = await stage.resources.pg.fetch("SELECT outcome, agent FROM turns ORDER BY turn")
    assert [row["outcome"] for row in turns] == ["answered", "for_human", "for_human", "for_human"]
    row = await stage.resources.pg.fetchrow("SELECT mode, taken_version FROM conversations")
    assert tuple(row) == ("human", None)  # nobody took it over: what was answered before still goes out
    assert await invariants.check(stage.resources) == []


async def _asked(provider: Provider) -> bool:
    return provider.count("groq") > 0


async def _sent(stage: Stage, count: int) -> bool:
    return len(stage.sink.sent) >= count
