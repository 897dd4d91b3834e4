"""Voice notes: Groq's Whisper first, then Azure's deployment, through the real SDKs; what was said, or nothing."""

import time

from redis.asyncio import Redis

from core import keys
from llm.base import Speech
from llm.ladder import Completion, Ladder, tiers
from storage.shared_breakers import SharedBreakers
from tests.llm.conftest import ASK, WEB_PAGE, Provider, recorded

NOTE = Speech(data=b"OggS voice", name="note.ogg", mime="audio/ogg")
HEARD = {
    "status": 200, "headers": {"content-type": "application/json"},
    "body": {"task": "transcribe", "language": "spanish", "duration": 3.5, "text": " Quiero dos llantas. "},
}  # fmt: skip
SILENCE = HEARD | {"body": HEARD["body"] | {"text": "  "}}  # type: ignore[operator]


async def listen(provider: Provider, redis: Redis | None = None, **changes: str) -> Completion:
    settings = provider.settings(**({"azure_openai_deployment_transcription": "whisper"} | changes))
    ladder = Ladder(tiers(settings), SharedBreakers(redis) if redis else None, waits=(0.01, 0.02))
    try:
        return await ladder.transcribe(NOTE, time.monotonic() + 5.0)
    finally:
        await ladder.close()


async def test_groq_writes_it_down_with_the_configured_model(provider: Provider) -> None:
    provider.plays("groq", HEARD)
    done = await listen(provider)
    said = done.said
    assert (said.text, said.tier, said.seconds) == ("Quiero dos llantas.", "groq", 3.5)
    ((_, form),) = provider.requests
    assert form["model"] == "whisper-large-v3-turbo"
    assert form["file"] == NOTE.data.decode()


async def test_azure_does_when_groq_cannot(provider: Provider) -> None:
    for trouble in (recorded("groq_401_invalid_api_key"), recorded("groq_498_flex_capacity"), WEB_PAGE, SILENCE):
        provider.plays("groq", trouble)
        provider.plays("azure", HEARD)
        done = await listen(provider)
        assert (done.said.tier, done.said.text) == ("azure", "Quiero dos llantas.")


async def test_when_nobody_can_there_is_no_text(provider: Provider) -> None:
    provider.plays("groq", recorded("groq_498_flex_capacity"))
    provider.plays("azure", recorded("azure_404_deployment_not_found"))
    done = await listen(provider)
    assert (done.said.tier, done.said.text) == ("offline", "")
    assert [attempt.outcome for attempt in done.attempts] == ["capacity", "model_gone"]


async def test_azure_without_a_deployment_for_speech_is_not_asked(provider: Provider) -> None:
    provider.plays("groq", recorded("groq_498_flex_capacity"))
    done = await listen(provider, azure_openai_deployment_transcription="")
    assert [attempt.tier for attempt in done.attempts] == ["groq"]


async def test_a_speech_model_that_is_gone_leaves_the_other_models_alone(provider: Provider, redis: Redis) -> None:
    provider.plays("groq", recorded("groq_404_model_not_found"))
    await listen(provider, redis, azure_openai_key="")
    assert await redis.hget(keys.breaker("groq-speech"), "reason") == b"model_gone"
    provider.plays("groq", recorded("groq_chat_ok"))
    ladder = Ladder(tiers(provider.settings()), SharedBreakers(redis))
    assert (await ladder.complete(ASK, time.monotonic() + 5.0)).said.tier == "groq"
    await ladder.close()
