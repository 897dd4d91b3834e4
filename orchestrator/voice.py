"""Lets the model ladder word an agent's draft for one turn, under the number guard; keeps the record of its calls.

A model that misses something in the draft may call tools first (orchestrator/calling.py): what they find is told to it,
and what it tells of that is held against the guard like the draft itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from agents.base import Agent, Answer, HandOff, Turn
from agents.lookups import Found
from core.conversation import Conversation, Line
from core.records import Tenant
from llm.base import Ask, Message, Task, ToolCall
from orchestrator import calling, guard, own_words, prompts
from orchestrator.speaker import Asking, Speaker

_HISTORY_LINES, _HISTORY_CHARACTERS = 6, 300
_TASKS: dict[str, Task] = {"sales": "sales"}


class Voice:
    """Words the drafts of one turn, for the agent that has the turn at the moment."""

    def __init__(
        self, speaker: Speaker, conversation: Conversation, tenant: Tenant, *, locale: str, text: str,
        deadline: float, known: str = "",
    ) -> None:  # fmt: skip
        self._asking = Asking(speaker, conversation, tenant, deadline)
        self._history = conversation.history
        self._locale, self._text, self._known = locale, text, known
        self._version = prompts.choose(tenant.prompts, tenant.id, conversation.customer_id)
        self._rounds, self._may_hand_off = calling.ROUNDS, True
        self._found: list[Found] = []  # for the draft that was worded last
        self._told: list[str] = []  # of it
        self._wish: HandOff | None = None
        self.record: list[dict[str, Any]] = []

    def speaks_for(self, agent: Agent, turn: Turn) -> None:
        """Word the drafts of this agent from now on."""
        self._agent, self._turn, self._wish = agent, turn, None
        self._text = turn.text  # of several wishes, the one that is answered now
        self._found, self._told = [], []

    async def word(self, draft: str, facts: Mapping[str, Any]) -> str:
        """Return the draft in better words, or the draft itself.

        Raises the database's error when a paid answer cannot be kept: then the turn is run again.
        """
        told = prompts.prompt(self._version, self._agent.name, self._locale)
        if told is None:
            return draft
        stated = json.dumps(facts, ensure_ascii=False, default=str)
        try:
            text, found = await self._spoken(self._ask(told, draft, stated), told.version)
        except calling.Refused as refused:
            self.record[-1]["refused"] = str(refused)
            return draft
        if text is None:
            return draft
        lines = own_words.told(text, [line for each in found for line in each.lines])
        objection = self._objection(text, draft, lines, stated)
        self.record[-1]["guard"] = objection or "passed"
        if objection:
            return draft
        self._found, self._told = found, lines
        return text

    def _objection(self, text: str, draft: str, lines: Sequence[str], stated: str) -> str | None:
        """The guard's, against the draft and what was told of the finds, in whichever order they are told."""
        colleagues = [line.text for line in self._history if line.author == "human"]
        wholes = ([draft, *lines], [*lines, draft]) if lines else ([draft],)
        objections = [
            guard.objection(text, "\n".join(whole), (stated, self._text), self._locale, colleagues) for whole in wholes
        ]
        return None if None in objections else objections[0]

    def finished(self, answer: Answer) -> Answer | HandOff:
        """The agent's answer with what look-ups add to it; or the hand-off that the model wished for, once a turn."""
        if self._wish and not self._turn.tools.writes:
            self._may_hand_off = False
            return self._wish
        shown = [list(product) for each in self._found for row, product in each.shown.items() if row in self._told]
        notes = {"shown": shown} if shown else {}
        told = [each for each in self._found if not set(self._told).isdisjoint(each.lines)]
        money = answer.reply.money or any(each.money for each in told)
        reply = msgspec.structs.replace(answer.reply, money=money)
        return msgspec.structs.replace(answer, reply=reply, state={**notes, **answer.state})

    async def _spoken(self, ask: Ask, version: str) -> tuple[str | None, list[Found]]:
        """What the model says at last, and what its calls found; no text: the draft is to be sent."""
        found: list[Found] = []
        while True:
            entry: dict[str, Any] = {"tier": "offline", "prompt": version}
            self.record.append(entry)
            said = await self._asking.said(ask, self._agent.name, entry)
            if said.tier == "offline":
                return None, found
            if not said.tool_calls:
                return said.text, found
            entry["called"] = [call.name for call in said.tool_calls]
            self._wish = calling.hand_off(said.tool_calls)
            if self._wish:
                return None, found
            if not self._rounds:
                raise calling.Refused("too many rounds")
            self._rounds -= 1
            fresh = await calling.look_up(self._turn, said.tool_calls, self._asking.deadline)
            found += fresh
            ask = _continued(ask, said.tool_calls, fresh)

    def _ask(self, told: prompts.Prompt, draft: str, stated: str) -> Ask:
        task = f"<customer>{_fenced(self._text)}</customer>\n<facts>{stated}</facts>\n<draft>{draft}</draft>"
        system = f"{told.text}\n\n{self._known}" if self._known else told.text
        messages = [
            Message(role="system", content=system),
            *(_message(line) for line in self._history[-_HISTORY_LINES:] if line.text),
            Message(role="user", content=task),
        ]
        offers = calling.offered(self._agent, self._turn, hand_off=self._may_hand_off) if told.tools else ()
        return Ask(
            messages=tuple(messages), draft=draft, task=_TASKS.get(self._agent.name, "phrase"), tools=offers
        )  # fmt: skip


def _continued(ask: Ask, calls: Sequence[ToolCall], found: Sequence[Found]) -> Ask:
    """The conversation with the calls and what they found; ids are ours: some providers refuse each other's."""
    ours = tuple(
        ToolCall(id=f"call{len(ask.messages):03}{n:02}", name=call.name, arguments=call.arguments)
        for n, call in enumerate(calls)
    )
    results = (
        Message(role="tool", tool_call_id=call.id, content="<result>" + _fenced("\n".join(each.lines)) + "</result>")
        for call, each in zip(ours, found, strict=True)
    )
    asked = Message(role="assistant", content="", tool_calls=ours)
    return msgspec.structs.replace(ask, messages=(*ask.messages, asked, *results))


def _fenced(text: str) -> str:
    """`<` and `>` are ours alone: what comes from outside cannot close its own part and write the draft."""
    return text.translate({ord("<"): "‹", ord(">"): "›"})


def _message(line: Line) -> Message:
    role: Literal["user", "assistant"] = "user" if line.author == "customer" else "assistant"
    return Message(role=role, content=line.text[:_HISTORY_CHARACTERS])
