"""`orkesta doctor` about models: withdrawn ones, a refused key, a tier that is not asked for a while."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import web

from cli.doctor import Finding, _embeddings, _models
from llm.breaker import Breaker
from storage import tenants
from storage.resources import Resources
from storage.shared_breakers import SharedBreakers

Ask = Callable[..., Awaitable[list[Finding]]]


@pytest.fixture
async def ask(resources: Resources) -> AsyncIterator[Ask]:
    """What the doctor says when Groq lists these models to who has the right key."""
    names: list[str] = []

    async def models(request: web.Request) -> web.Response:
        if request.headers["authorization"] != "Bearer right":
            return web.json_response({"error": {"message": "Invalid API Key", "code": "invalid_api_key"}}, status=401)
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "x"} for name in names]
        return web.json_response({"object": "list", "data": rows})

    app = web.Application()
    app.router.add_get("/openai/v1/models", models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def asked(*listed: str, key: str = "right") -> list[Finding]:
        names[:] = listed
        settings = resources.settings.model_copy(update={"groq_api_key": key, "groq_base_url": url})
        return await _models(replace(resources, settings=settings), True)

    yield asked
    await runner.cleanup()


async def test_all_configured_models_are_there(ask: Ask) -> None:
    assert await ask("openai/gpt-oss-20b", "openai/gpt-oss-120b", "whisper-large-v3-turbo", "other") == []


async def test_a_withdrawn_model_is_named_with_what_to_set(ask: Ask) -> None:
    (found,) = await ask("openai/gpt-oss-20b", "whisper-large-v3-turbo")
    assert found.fact == "Groq has no openai/gpt-oss-120b"
    assert "ORKESTA_LLM_MODEL_SMALL" in found.mend


async def test_a_refused_key_is_named(ask: Ask) -> None:
    (found,) = await ask(key="wrong")
    assert (found.fact, "GROQ_API_KEY" in found.mend) == ("Groq: auth", True)


async def test_a_tier_that_the_workers_do_not_ask_is_named_with_the_reason(ask: Ask, resources: Resources) -> None:
    await Breaker("groq", SharedBreakers(resources.redis)).failed("timeout", at_once=True, seconds=60)
    found, *_ = await ask("openai/gpt-oss-20b", "openai/gpt-oss-120b", "whisper-large-v3-turbo")
    assert found.fact.startswith("groq is not asked for")
    assert found.fact.endswith("timeout")


async def test_catalogues_that_wait_to_be_embedded_are_counted_with_what_keeps_them(resources: Resources) -> None:
    assert await _embeddings(resources, True) == []  # no model is to embed anything
    given = {"embeddings_base_url": "http://127.0.0.1:9/v1", "embeddings_model": "m"}
    configured = replace(resources, settings=resources.settings.model_copy(update=given))
    (found,) = await _embeddings(configured, True)
    assert (found.fact, found.mend) == ("every catalogue is embedded by m/512", "")
    await tenants.create(resources, "acme", name="Acme")
    await resources.pg.execute("INSERT INTO catalog_changes (tenant_id, error) VALUES ('acme', 'auth')")
    (found,) = await _embeddings(configured, True)
    assert found.fact == "1 catalogues wait to be embedded by m/512: auth"
    assert "ORKESTA_EMBEDDINGS_" in found.mend
