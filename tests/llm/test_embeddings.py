"""Vectors through the real SDK: Azure's two paths and any other server, and silence whenever something is wrong."""

from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import ModelError
from llm.embeddings import Embeddings, configured
from llm.faults import CLASSES
from storage.shared_breakers import SharedBreakers
from tests.llm.conftest import WEB_PAGE, Provider, recorded


def vectors(*rows: list[float]) -> dict[str, Any]:
    data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
    body = {"object": "list", "data": data[::-1], "model": "m", "usage": {"prompt_tokens": 4, "total_tokens": 4}}
    return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}


def packed(*texts: str) -> dict[str, Any]:
    answer = vectors([0.0])
    answer["body"]["data"] = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(texts)]
    return answer


def embedder(provider: Provider, redis: Redis | None = None, **changes: Any) -> Embeddings:
    given: dict[str, Any] = {
        "azure_openai_deployment_embedding": "small", "embeddings_dimensions": 2, "embeddings_query_ms": 20_000,
    }  # fmt: skip
    made = configured(provider.settings(**(given | changes)), SharedBreakers(redis) if redis else None)
    assert made
    return made


def test_without_a_deployment_or_a_server_there_is_none(provider: Provider) -> None:
    assert configured(provider.settings(), None) is None
    assert configured(provider.settings(embeddings_model="m"), None) is None
    assert configured(provider.settings(embeddings_base_url=provider.url), None) is None


@pytest.mark.parametrize("version", ["2024-10-21", ""])
async def test_items_come_back_in_their_order_and_in_the_size_asked_for(provider: Provider, version: str) -> None:
    provider.plays("azure", vectors([1.0, 0.0], [0.0, 1.0]))
    asked = embedder(provider, azure_openai_api_version=version)
    assert [list(row) for row in await asked.items(["uno", "dos"])] == [[1.0, 0.0], [0.0, 1.0]]
    ((_, sent),) = provider.requests
    assert (sent["input"], sent["dimensions"], sent["model"]) == (["uno", "dos"], 2, "small")
    assert asked.space == "small/2"
    await asked.close()


async def test_numbers_may_come_packed(provider: Provider) -> None:
    provider.plays("azure", packed("AACAPwAAAEA="))
    asked = embedder(provider)
    assert [list(row) for row in await asked.items(["uno"])] == [[1.0, 2.0]]
    assert provider.requests[0][1]["encoding_format"] == "base64"
    await asked.close()


async def test_another_server_comes_before_azure(provider: Provider) -> None:
    provider.plays("v1", vectors([1.0, 0.0, 0.0]))
    asked = embedder(
        provider, embeddings_base_url=f"{provider.url}/v1", embeddings_model="bge-m3", embeddings_dimensions=0
    )
    assert [list(row) for row in await asked.items(["uno"])] == [[1.0, 0.0, 0.0]]
    assert "dimensions" not in provider.requests[0][1]
    assert asked.space == "bge-m3/whole"
    await asked.close()


async def test_the_same_question_is_asked_once(provider: Provider) -> None:
    provider.plays("azure", vectors([1.0, 0.0]))
    asked = embedder(provider)
    for _ in range(3):
        assert list(await asked.question("freno") or ()) == [1.0, 0.0]
    assert provider.count("azure") == 1
    await asked.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (recorded("azure_404_deployment_not_found"), "model_gone"),
        (WEB_PAGE, "no_completion"),
        (vectors(), "no_completion"),
        (vectors([1.0, 0.0], [1.0, 0.0]), "no_completion"),
        (packed("AACA"), "no_completion"),
        (packed("é"), "no_completion"),
        (vectors([1.0, 0.0, 0.0]), "model_gone"),
    ],
    ids=["no deployment", "web page", "nothing", "too many", "half a number", "no base64", "another size"],
)
async def test_what_is_no_answer_raises_for_items_and_is_silence_for_a_question(
    provider: Provider, answer: dict[str, Any], code: str
) -> None:
    assert code in CLASSES
    provider.plays("azure", answer)
    asked = embedder(provider)
    with pytest.raises(ModelError) as raised:
        await asked.items(["uno"])
    assert raised.value.code == code
    assert await asked.question("uno") is None
    await asked.close()


async def test_a_late_question_is_silence_and_five_open_the_breaker_for_all(provider: Provider, redis: Redis) -> None:
    provider.plays("azure", "hang")
    late = embedder(provider, redis, embeddings_query_ms=50)
    for at in range(5):
        assert await late.question(f"uno {at}") is None
    provider.plays("azure", vectors([1.0, 0.0]))
    asked = provider.count("azure")
    other = embedder(provider, redis)  # another process
    assert await late.question("dos") is None
    assert await other.question("dos") is None
    assert provider.count("azure") == asked
    for each in (late, other):
        await each.close()
