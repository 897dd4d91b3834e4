"""Lets the model ladder word an agent's draft for one turn, under the number guard; keeps the record of its calls."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.conversation import Line
from llm.base import Ask, Message, Task
from llm.ladder import Ladder
from orchestrator import guard

_PROMPTS = Path(__file__).parent / "prompts"
_HISTORY_LINES, _HISTORY_CHARACTERS = 6, 300
_TASKS: dict[str, Task] = {"sales": "sales"}


def _prompts() -> dict[tuple[str, str], str]:
    """`rules.<locale>.md` and, below it, `<agent>.<locale>.md`."""
    texts = {tuple(path.stem.split(".")): path.read_text("utf-8").strip() for path in _PROMPTS.glob("*.md")}
    return {
        (agent, locale): f"{texts['rules', locale]}\n\n{text}"
        for (agent, locale), text in texts.items()
        if agent != "rules"
    }


_SYSTEM = _prompts()


class Voice:
    """Words the drafts of one turn; `agent` is whoever has the turn at the moment."""

    def __init__(
        self, ladder: Ladder, *, agent: str, locale: str, text: str, history: Sequence[Line], seconds: float
    ) -> None:
        self._ladder, self.agent, self._locale, self._text = ladder, agent, locale, text
        self._history, self._deadline = history, time.monotonic() + seconds
        self.record: list[dict[str, Any]] = []

    async def word(self, draft: str, facts: Mapping[str, Any]) -> str:
        """Return the draft in better words, or the draft itself."""
        if (self.agent, self._locale) not in _SYSTEM:
            return draft
        stated = json.dumps(facts, ensure_ascii=False, default=str)
        completion = await self._ladder.complete(self._ask(draft, stated), self._deadline)
        said = completion.said
        entry: dict[str, Any] = {
            "tier": said.tier,
            "attempts": [msgspec.to_builtins(attempt) for attempt in completion.attempts],
        }
        self.record.append(entry)
        if said.tier == "offline":
            return draft
        colleagues = [line.text for line in self._history if line.author == "human"]
        objection = guard.objection(said.text, draft, (stated, self._text), self._locale, colleagues)
        entry["guard"] = objection or "passed"
        return said.text if entry["guard"] == "passed" else draft

    def _ask(self, draft: str, stated: str) -> Ask:
        task = f"<customer>{self._text}</customer>\n<facts>{stated}</facts>\n<draft>{draft}</draft>"
        messages = [
            Message(role="system", content=_SYSTEM[self.agent, self._locale]),
            *(
                Message(
                    role="user" if line.author == "customer" else "assistant", content=line.text[:_HISTORY_CHARACTERS]
                )
                for line in self._history[-_HISTORY_LINES:]
                if line.text
            ),
            Message(role="user", content=task),
        ]
        return Ask(messages=tuple(messages), draft=draft, task=_TASKS.get(self.agent, "phrase"))


def _message(line: Line) -> Message:
    role: Literal["user", "assistant"] = "user" if line.author == "customer" else "assistant"
    return Message(role=role, content=line.text[:_HISTORY_CHARACTERS])
