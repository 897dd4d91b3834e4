"""Every dialogue of tests/agents/fixtures on every tier: offline, and Groq and Azure over HTTP with the real SDKs."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.conversation import Outcome
from core.settings import Settings
from llm.ladder import Ladder, tiers
from tests.emulator.conftest import Emulator, emulator, product
from tests.orchestrator.conftest import say, tenant, turns

__all__ = ["emulator", "product"]  # fixtures
FIXTURES = Path(__file__).parent / "fixtures"
DIALOGUES = sorted(FIXTURES.glob("*/*.json"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


async def converse(dialogue: dict[str, Any], ladder: Ladder | None = None) -> list[Outcome]:
    running = turns(dialogue["given"], ladder)
    who = tenant(**dialogue["given"].get("tenant", {}))
    outcomes: list[Outcome] = []
    for turn in dialogue["turns"]:
        outcome = await say(running, outcomes[-1] if outcomes else None, turn["user"], who=who)
        outcomes.append(outcome)
        check(turn, outcome)
    return outcomes


def check(turn: dict[str, Any], outcome: Outcome) -> None:
    text = "\n".join(reply.text for reply in outcome.replies)
    told = f"{turn['user']!r} → {outcome.agent}/{outcome.intent}: {text}"
    for words in turn["contains"]:
        assert words in text, told
    for words in turn.get("excludes", []):
        assert words not in text, told
    assert outcome.mode == turn.get("mode", "bot"), told
    assert outcome.agent == turn.get("agent", outcome.agent), told
    assert outcome.locale == turn.get("locale", outcome.locale), told
    for note, value in turn.get("notes", {}).items():  # such as the stage of a sale
        assert outcome.state["notes"].get(note) == value, (note, outcome.state["notes"], told)
    names = [reply.media.name for reply in outcome.replies if reply.media]
    assert names == ([turn["document"]] if "document" in turn else names), told
    assert [write.kind for write in outcome.writes] == turn.get("writes", [w.kind for w in outcome.writes]), told
    assert turn.get("summary", "") in outcome.state.get("summary", ""), told


@pytest.mark.parametrize("path", DIALOGUES, ids=name)
async def test_offline(path: Path) -> None:
    await converse(json.loads(path.read_text("utf-8")))


@pytest.fixture
async def models(emulator: Emulator) -> AsyncIterator[dict[str, Ladder]]:
    keys = {
        "groq": {"groq_api_key": "gsk_test", "groq_base_url": f"{emulator.url}/groq"},
        "azure": {
            "azure_openai_endpoint": f"{emulator.url}/azure",
            "azure_openai_key": "key",
            "azure_openai_deployment": "orkesta-mini",
        },
    }
    ladders = {tier: Ladder(tiers(Settings(**given))) for tier, given in keys.items()}
    yield ladders
    for ladder in ladders.values():
        await ladder.close()


@pytest.mark.parametrize("tier", ["groq", "azure"])
async def test_with_a_model(tier: str, models: dict[str, Ladder]) -> None:
    reworded = 0
    for path in DIALOGUES:
        for outcome in await converse(json.loads(path.read_text("utf-8")), models[tier]):
            calls = outcome.trace.get("llm", [])
            assert all(call["tier"] == tier for call in calls), name(path)
            reworded += sum(call["guard"] == "passed" for call in calls)
    assert reworded > 20


def test_every_agent_has_dialogues_in_every_language() -> None:
    spoken = {(path.parent.name, path.stem[:2]) for path in DIALOGUES}
    agents = {path.name for path in FIXTURES.iterdir()}
    assert spoken == {(agent, language) for agent in agents for language in ("es", "en", "pt")}
