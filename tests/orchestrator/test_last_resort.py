"""The predefined replies: one per agent and situation, in three languages, with a person behind each."""

from typing import get_args

import pytest

from agents.registry import AGENTS
from agents.wording import LOCALES
from orchestrator import last_resort
from orchestrator.last_resort import Situation, words
from tests.orchestrator.conftest import say, tenant, turns


def test_every_agent_has_its_own_reply_in_every_situation_and_language() -> None:
    agents = {*(agent.name for agent in AGENTS), "catalog", "quotation"}
    replies = {words(s, a, locale) for s in get_args(Situation) for a in agents for locale in LOCALES}
    assert len(replies) == len(get_args(Situation)) * len(agents) * len(LOCALES)


@pytest.mark.parametrize(
    ("text", "agent", "situation", "words_"),
    [
        ("hola, buenas tardes", None, "greeting", "ventas"),
        ("cuánto cuesta el taladro?", None, "pricing", "ventas"),
        ("where is my order?", None, "status", "support"),
        ("quanto eu devo?", "dunning", "status", "pagamentos"),
        ("no me funciona el taladro, se apaga solo", "support", "technical", "soporte"),
    ],
)
async def test_after_three_failures_the_reply_fits_what_was_asked(
    text: str, agent: str | None, situation: str, words_: str
) -> None:
    outcome = await say(turns(), None, text, agent=agent, turn_failures=3)
    assert outcome.mode == "human"
    assert outcome.trace["situation"] == situation
    assert words_ in outcome.replies[0].text
    assert outcome.state["summary"] == text


async def test_even_when_the_text_cannot_be_read_the_customer_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> None:
        raise RuntimeError("the model file is damaged")

    monkeypatch.setattr(last_resort, "read", broken)
    outcome = await say(turns(), None, "hola", turn_failures=3, who=tenant(locale="pt"))
    assert (outcome.mode, outcome.locale) == ("human", "pt")
    assert outcome.replies[0].text == words("technical", "human", "pt")


async def test_before_that_the_turn_is_tried_again() -> None:
    assert (await say(turns(), None, "hola", turn_failures=2)).mode == "bot"
