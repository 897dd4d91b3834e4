"""Tools on the wire, as the real SDKs send them: what is offered, what a call must be, how results go back."""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
import pytest

from llm.base import Ask, Message, ToolCall, ToolSpec
from llm.ladder import Completion, Ladder, tiers
from tests.llm.conftest import ASK, Provider, completion, recorded


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    query: Annotated[str, msgspec.Meta(min_length=2, description="words")]


OFFERED = msgspec.structs.replace(ASK, tools=(ToolSpec(name="search", description="Products.", arguments=Wanted),))


def calling(*calls: tuple[str, str]) -> dict[str, Any]:
    answer = completion(None, "tool_calls")
    answer["body"]["choices"][0]["message"]["tool_calls"] = [
        {"id": f"fc_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(calls)
    ]
    return answer


@pytest.fixture
async def ladder(provider: Provider) -> AsyncIterator[Ladder]:
    built = Ladder(tiers(provider.settings()), waits=(0.01,))
    yield built
    await built.close()


async def climb(ladder: Ladder, ask: Ask) -> Completion:
    return await ladder.complete(ask, time.monotonic() + 5.0)


async def test_a_call_is_read_with_its_arguments(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", calling(("search", '{"query": "balatas"}')))
    done = await climb(ladder, OFFERED)
    assert done.said.tool_calls == (ToolCall(id="fc_0", name="search", arguments={"query": "balatas"}),)
    (tool,) = provider.requests[0][1]["tools"]
    assert tool["function"]["parameters"] == {
        "type": "object", "required": ["query"], "additionalProperties": False,
        "properties": {"query": {"type": "string", "minLength": 2, "description": "words"}},
    }  # fmt: skip


@pytest.mark.parametrize("tier", ["groq", "azure"])
@pytest.mark.parametrize(
    "bad",
    [
        calling(("search", '{"query": "cut')), calling(("search", "[]")), calling(("search", "{}")),
        calling(("search", '{"query": "x"}')), calling(("search", '{"query": "balatas", "customer_id": 2}')),
        calling(("search", '{"query": 7}')), calling(("pay", '{"query": "balatas"}')),
        calling(("search", '{"query": "balatas"}'), ("pay", "{}")),
    ],
)  # fmt: skip
async def test_a_call_that_does_not_fit_is_repaired_once_and_then_the_next_tier_is_asked(
    provider: Provider, tier: str, bad: dict[str, Any]
) -> None:
    only = {"groq": {"azure_openai_key": ""}, "azure": {"groq_api_key": ""}}[tier]
    ladder = Ladder(tiers(provider.settings(**only)), waits=(0.01,))
    provider.plays(tier, bad, calling(("search", '{"query": "balatas"}')))
    assert [each.outcome for each in (await climb(ladder, OFFERED)).attempts] == ["tool_call", "ok"]
    provider.plays(tier, bad)
    done = await climb(ladder, OFFERED)
    assert [each.outcome for each in done.attempts] == ["tool_call", "tool_call"]
    assert (done.said.tier, done.said.text) == ("offline", ASK.draft)
    await ladder.close()


RESULTS = (
    Message(role="assistant", content="", tool_calls=(ToolCall(id="call00100", name="search", arguments={"q": "ñ"}),)),
    Message(role="tool", content="<result>x</result>", tool_call_id="call00100"),
)


async def test_results_go_back_with_the_call_that_they_answer(ladder: Ladder, provider: Provider) -> None:
    provider.plays("groq", recorded("groq_chat_ok"))
    await climb(ladder, msgspec.structs.replace(OFFERED, messages=(*ASK.messages, *RESULTS)))
    called, result = provider.requests[0][1]["messages"][-2:]
    (call,) = called["tool_calls"]
    assert (call["id"], call["type"], json.loads(call["function"]["arguments"])) == (
        "call00100",
        "function",
        {"q": "ñ"},
    )
    assert result == {"role": "tool", "content": "<result>x</result>", "tool_call_id": "call00100"}


async def test_a_request_that_is_too_long_keeps_the_question_and_what_tools_found(
    ladder: Ladder, provider: Provider
) -> None:
    provider.plays("groq", recorded("groq_413_request_too_large"), recorded("groq_chat_ok"))
    old = tuple(Message(role="user", content=f"{n}") for n in range(8))
    messages = (ASK.messages[0], *old, ASK.messages[1], *RESULTS)
    await climb(ladder, msgspec.structs.replace(OFFERED, messages=messages))
    kept = [(each["role"], each["content"]) for each in provider.requests[1][1]["messages"]]
    assert kept == [(each.role, each.content) for each in (messages[0], old[-1], *messages[-3:])]


async def test_a_model_of_ollama_that_knows_no_tools_is_asked_without_them(provider: Provider) -> None:
    settings = provider.settings(groq_api_key="", azure_openai_key="", ollama_base_url=f"{provider.url}/ollama")
    refusal = {"message": "registry.ollama.ai/library/gemma3 does not support tools", "type": "api_error"}
    headers = {"content-type": "application/json"}
    refused = {"status": 400, "headers": headers, "body": {"error": refusal}}
    provider.plays("ollama", refused, recorded("groq_chat_ok"))
    ladder = Ladder(tiers(settings), waits=(0.01,))
    for _ in range(2):
        done = await climb(ladder, OFFERED)
        assert [(each.tier, each.outcome) for each in done.attempts] == [("ollama", "ok")]
    assert ["tools" in sent for _, sent in provider.requests] == [True, False, False]
    await ladder.close()
