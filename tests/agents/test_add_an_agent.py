"""The agent that docs/add-an-agent.md walks through works as it stands there: one file, one line in the registry."""

import re
from pathlib import Path

import msgspec

from agents.registry import BY_INTENT
from orchestrator import turn
from tests.orchestrator.conftest import conversation, tenant, turns

PAGE = Path(__file__).parents[2] / "docs" / "add-an-agent.md"
GIVEN = {"pages": [{"title": "Sucursales", "text": "Centro: Av. Ejemplo 1.", "source": "s.md", "score": 0}]}


def documented():
    """The class of the page's code, made by running that code."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    made = {}
    exec(re.sub(r"^ {3}", "", code, flags=re.M), made)  # our own page
    return made["Branches"]()


async def asked(text, given):
    talk = conversation(text)
    inbound = tuple(msgspec.structs.replace(each, payload="intent:branch") for each in talk.inbound)
    who = tenant(agents=("sales", "support", "branches"))
    return await turns(given).run(msgspec.structs.replace(talk, inbound=inbound), who)


async def test_the_documented_agent_answers_and_hands_off(monkeypatch):
    agent = documented()
    monkeypatch.setattr(turn, "AGENTS", (*turn.AGENTS, agent))
    monkeypatch.setitem(BY_INTENT, "branch", agent.name)
    outcome = await asked("dónde están las sucursales?", GIVEN)
    assert outcome.agent == "branches"
    assert "Av. Ejemplo 1" in outcome.replies[0].text
    outcome = await asked("dónde están las sucursales?", {"pages": []})
    assert outcome.agent == "support"
