"""Every class of error on every tier, through the real SDKs over HTTP: what is tried, and what the customer gets."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from core import keys
from llm.base import Ask
from llm.breaker import FAILURES
from llm.ladder import Completion, Ladder, tiers
from storage.shared_breakers import SharedBreakers
from tests.llm.conftest import ASK, WEB_PAGE, Provider, completion, recorded

SOON = (0.01, 0.02)  # the pauses of the retries, shortened


@pytest.fixture
async def ladder(provider: Provider) -> AsyncIterator[Ladder]:
    built = Ladder(tiers(provider.settings()), waits=SOON)
    yield built
    await built.close()


async def climb(ladder: Ladder, ask: Ask = ASK, seconds: float = 5.0) -> Completion:
    return await ladder.complete(ask, time.monotonic() + seconds)


def outcomes(done: Completion) -> list[tuple[str, str]]:
    return [(attempt.tier, attempt.outcome) for attempt in done.attempts]


async def test_groq_answers_first_with_the_small_model_and_little_reasoning(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_chat_ok"))
    done = await climb(ladder)
    assert done.said.tier == "groq"
    assert done.said.text.startswith("Hola Ana")
    assert (done.said.prompt_tokens, done.said.completion_tokens) == (212, 48)
    sent = provider.requests[0][1]
    assert sent["model"] == "openai/gpt-oss-20b"
    assert sent["reasoning_effort"] == "low"


async def test_sales_uses_the_large_model(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_chat_ok"))
    await climb(ladder, Ask(messages=ASK.messages, draft="x", task="sales"))
    assert provider.requests[0][1]["model"] == "openai/gpt-oss-120b"


@pytest.mark.parametrize(
    ("answer", "name", "tries"),
    [
        ("groq_401_invalid_api_key", "auth", 1),
        ("groq_404_model_not_found", "model_gone", 1),
        ("groq_400_model_decommissioned", "model_gone", 1),
        ("groq_498_flex_capacity", "capacity", 1),
        ("groq_503_unavailable", "overloaded", 3),
        ("groq_413_request_too_large", "too_long", 2),
        ("groq_400_tool_use_failed", "tool_call", 2),
        ("groq_400_json_validate_failed", "tool_call", 2),
    ],
)
async def test_a_failing_groq_gives_way_to_azure(
    ladder: Ladder, provider: Provider, answer: str, name: str, tries: int
) -> None:
    provider.plays("groq", recorded(answer))
    provider.plays("azure", recorded("azure_chat_ok"))
    done = await climb(ladder)
    assert done.said.tier == "azure"
    assert outcomes(done) == [("groq", name)] * tries + [("azure", "ok")]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("azure_400_content_filter", "content_filter"),
        ("azure_401_access_denied", "auth"),
        ("azure_404_deployment_not_found", "model_gone"),
    ],
)
async def test_when_azure_fails_too_the_draft_answers(
    ladder: Ladder, provider: Provider, answer: str, name: str
) -> None:
    provider.plays("groq", recorded("groq_498_flex_capacity"))
    provider.plays("azure", recorded(answer))
    done = await climb(ladder)
    assert (done.said.tier, done.said.text) == ("offline", ASK.draft)
    assert outcomes(done)[-1] == ("azure", name)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        (WEB_PAGE, "no_completion"),
        (completion(None), "empty"),
        (completion("   "), "empty"),
        (completion("Debes $1", finish="length"), "truncated"),
        (completion("", finish="content_filter"), "content_filter"),
        (recorded("groq_chat_ok") | {"body": {"id": "x", "object": "chat.completion", "choices": []}}, "no_completion"),
        ({"status": 200, "headers": {"content-type": "application/json"}, "text": "{cut"}, "no_completion"),
    ],
)
async def test_a_200_that_is_no_answer_is_not_taken_for_one(
    ladder: Ladder, provider: Provider, bad: dict[str, Any], name: str
) -> None:
    provider.plays("groq", bad)
    provider.plays("azure", recorded("azure_chat_ok"))
    done = await climb(ladder)
    assert done.said.tier == "azure"
    assert outcomes(done)[0] == ("groq", name)


async def test_a_server_error_is_retried_and_can_recover(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_503_unavailable"), recorded("groq_chat_ok"))
    done = await climb(ladder)
    assert outcomes(done) == [("groq", "overloaded"), ("groq", "ok")]
    assert provider.count("groq") == 2


async def test_a_tier_that_others_found_broken_is_not_tried_again(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_503_unavailable"))
    provider.plays("azure", recorded("azure_chat_ok"))
    for _ in range(FAILURES - 1):
        await ladder._rungs[0].breaker.failed("overloaded")
    assert outcomes(await climb(ladder)) == [("groq", "overloaded"), ("azure", "ok")]


async def test_a_too_long_request_is_shortened_once(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_413_request_too_large"), recorded("groq_chat_ok"))
    history = (ASK.messages[0], *[ASK.messages[1]] * 8)
    done = await climb(ladder, Ask(messages=history, draft="x"))
    assert done.said.tier == "groq"
    assert len(provider.requests[1][1]["messages"]) < len(provider.requests[0][1]["messages"])


async def test_a_retry_after_that_does_not_fit_takes_the_next_tier_at_once(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_429_tpm"))  # retry-after 3, and half of 5 s is less
    provider.plays("azure", recorded("azure_chat_ok"))
    started = time.monotonic()
    done = await climb(ladder)
    assert outcomes(done) == [("groq", "throttled"), ("azure", "ok")]
    assert time.monotonic() - started < 2.5
    assert ladder.states()["groq"] == "open"


async def test_a_retry_after_that_fits_is_honoured(ladder: Ladder, provider: Provider) -> None:
    soon = recorded("groq_429_tpm")
    soon["headers"]["retry-after"] = "0.05"
    provider.plays("groq", soon, recorded("groq_chat_ok"))
    done = await climb(ladder)
    assert outcomes(done) == [("groq", "throttled"), ("groq", "ok")]


async def test_with_both_providers_hanging_the_draft_comes_within_the_deadline(
    ladder: Ladder, provider: Provider
) -> None:
    provider.plays("groq", "hang")
    provider.plays("azure", "hang")
    deadline = time.monotonic() + 1.2
    done = await ladder.complete(ASK, deadline)
    assert time.monotonic() < deadline
    assert done.said.tier == "offline"
    assert outcomes(done) == [("groq", "timeout"), ("azure", "timeout")]


async def test_nothing_listening_is_a_connection_error(provider: Provider) -> None:
    ladder = Ladder(tiers(provider.settings(groq_base_url="http://127.0.0.1:9/groq", azure_openai_key="")), waits=SOON)
    done = await climb(ladder)
    assert outcomes(done) == [("groq", "connection")]
    await ladder.close()


async def test_five_failures_open_the_breaker_and_one_probe_closes_it(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_498_flex_capacity"))
    provider.plays("azure", recorded("azure_chat_ok"))
    for _ in range(FAILURES):
        await climb(ladder)
    assert ladder.states()["groq"] == "open"
    assert outcomes(await climb(ladder))[0] == ("groq", "open")
    assert provider.count("groq") == FAILURES
    ladder._rungs[0].breaker._until = time.monotonic()  # the open stretch ends
    provider.plays("groq", recorded("groq_chat_ok"))
    assert ladder.states()["groq"] == "half-open"
    assert (await climb(ladder)).said.tier == "groq"
    assert ladder.states()["groq"] == "closed"


async def test_an_open_breaker_is_open_for_other_processes(provider: Provider, redis: Redis) -> None:
    provider.plays("groq", recorded("groq_401_invalid_api_key"))
    provider.plays("azure", recorded("azure_chat_ok"))
    one, other = (Ladder(tiers(provider.settings()), SharedBreakers(redis), waits=SOON) for _ in range(2))
    await climb(one)
    assert await redis.hget(keys.breaker("groq"), "reason") == b"auth"
    assert outcomes(await climb(other))[0] == ("groq", "open")
    assert provider.count("groq") == 1
    await one.close()
    await other.close()


async def test_a_tier_without_a_key_is_skipped_and_azure_v1_needs_no_version(provider: Provider) -> None:
    settings = provider.settings(groq_api_key="", azure_openai_api_version="")
    provider.plays("azure", recorded("azure_chat_ok"))
    ladder = Ladder(tiers(settings), waits=SOON)
    assert outcomes(await climb(ladder)) == [("azure", "ok")]
    assert provider.requests[0][1]["model"] == "orkesta-mini"
    await ladder.close()


async def test_ollama_comes_last(provider: Provider) -> None:
    settings = provider.settings(groq_api_key="", azure_openai_key="", ollama_base_url=f"{provider.url}/ollama")
    provider.plays("ollama", recorded("groq_chat_ok"))
    ladder = Ladder(tiers(settings), waits=SOON)
    assert (await climb(ladder)).said.tier == "ollama"
    await ladder.close()


async def test_without_any_tier_the_draft_answers() -> None:
    ladder = Ladder([])
    assert not ladder.configured
    assert (await climb(ladder)).said.text == ASK.draft


async def test_every_attempt_is_counted_for_the_metrics(provider: Provider, redis: Redis) -> None:
    provider.plays("groq", recorded("groq_503_unavailable"))
    provider.plays("azure", recorded("azure_chat_ok"))
    ladder = Ladder(tiers(provider.settings()), SharedBreakers(redis), waits=SOON)
    await climb(ladder)
    assert await redis.hgetall(keys.MODEL_ATTEMPTS) == {b"groq overloaded": b"3", b"azure ok": b"1"}
    await ladder.close()
