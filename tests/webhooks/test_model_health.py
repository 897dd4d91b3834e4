"""The model tiers in readiness and metrics, as the workers found them."""

import aiohttp
import pytest

from app import Api
from core.settings import Settings
from llm.breaker import Breaker
from storage.resources import Resources
from storage.shared_breakers import SharedBreakers
from tests.serving import serve


@pytest.fixture
def with_groq(settings: Settings) -> Settings:
    return settings.model_copy(update={"groq_api_key": "gsk_test"})


async def _ask(settings: Settings, path: str) -> tuple[int, str]:
    async with serve(Api(settings)) as url, aiohttp.ClientSession() as http, http.get(url + path) as answer:
        return answer.status, await answer.text()


async def test_an_open_tier_is_shown_with_its_reason(with_groq: Settings, resources: Resources) -> None:
    await Breaker("groq", SharedBreakers(resources.redis)).failed("auth", at_once=True, seconds=300)
    async with serve(Api(with_groq)) as url, aiohttp.ClientSession() as http:
        async with http.get(f"{url}/health/ready") as answer:
            models = (await answer.json())["models"]
        async with http.get(f"{url}/metrics") as answer:
            metrics = await answer.text()
    assert models["groq"]["state"] == "open"
    assert models["groq"]["reason"] == "auth"
    assert 250 < models["groq"]["seconds"] <= 300
    assert models["groq-speech"]["state"] == models["offline"]["state"] == "closed"
    assert 'orkesta_llm_breaker{state="open",tier="groq"} 1.0' in metrics
    assert 'orkesta_llm_breaker{state="closed",tier="groq"} 0.0' in metrics


async def test_attempts_are_counted_by_tier_and_outcome(with_groq: Settings, resources: Resources) -> None:
    await SharedBreakers(resources.redis).count([("groq", "timeout", 1500)] * 2)
    _, metrics = await _ask(with_groq, "/metrics")
    assert 'orkesta_llm_attempts_total{outcome="timeout",tier="groq"} 2.0' in metrics
    assert 'orkesta_llm_attempt_seconds_total{outcome="timeout",tier="groq"} 3.0' in metrics


async def test_without_a_key_only_the_offline_tier_is_there(settings: Settings, resources: Resources) -> None:
    _, ready = await _ask(settings, "/health/ready")
    assert '"models":{"offline":{"state":"closed"}}' in ready
