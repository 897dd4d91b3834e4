"""Lets the model ladder word an agent's draft for one turn, under the number guard; keeps the record of its calls."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from core.conversation import Conversation, Line
from core.model_calls import ModelCall
from core.records import Tenant
from core.settings import Settings
from llm.base import Ask, Message, Said, Task
from llm.ladder import Completion, Ladder
from llm.prices import cost
from orchestrator import guard, prompts
from orchestrator.ports import ModelCalls

_HISTORY_LINES, _HISTORY_CHARACTERS = 6, 300
_TASKS: dict[str, Task] = {"sales": "sales"}
_encode = msgspec.json.Encoder(order="deterministic").encode


class Speaker(msgspec.Struct, frozen=True):
    """What a voice needs of its process."""

    ladder: Ladder
    calls: ModelCalls
    settings: Settings


async def broke(speaker: Speaker, tenant: Tenant) -> bool:
    """Whether the tenant's month is spent: then no model is asked."""
    dollars = tenant.llm_budget_usd
    limit = speaker.settings.llm_monthly_budget_usd if dollars is None else dollars
    return await speaker.calls.spent(tenant.id) >= limit * 1_000_000


class Voice:
    """Words the drafts of one turn; `agent` is whoever has the turn at the moment."""

    def __init__(
        self, speaker: Speaker, conversation: Conversation, tenant: Tenant, *, agent: str, locale: str, text: str,
        deadline: float, known: str = "",
    ) -> None:  # fmt: skip
        self._speaker, self._conversation, self._tenant = speaker, conversation, tenant
        self.agent, self._locale, self._text, self._known = agent, locale, text, known
        self._version = prompts.choose(tenant.prompts, tenant.id, conversation.customer_id)
        self._deadline = deadline  # of the turn, monotonic
        self.record: list[dict[str, Any]] = []

    async def word(self, draft: str, facts: Mapping[str, Any]) -> str:
        """Return the draft in better words, or the draft itself.

        Raises the database's error when a paid answer cannot be kept: then the turn is run again.
        """
        told = prompts.prompt(self._version, self.agent, self._locale)
        if told is None:
            return draft
        entry: dict[str, Any] = {"tier": "offline", "prompt": told.version}
        self.record.append(entry)
        stated = json.dumps(facts, ensure_ascii=False, default=str)
        said = await self._said(self._ask(told, draft, stated), entry)
        if said.tier == "offline":
            return draft
        colleagues = [line.text for line in self._conversation.history if line.author == "human"]
        objection = guard.objection(said.text, draft, (stated, self._text), self._locale, colleagues)
        entry["guard"] = objection or "passed"
        return said.text if entry["guard"] == "passed" else draft

    async def _said(self, ask: Ask, entry: dict[str, Any]) -> Said:
        """The answer of a model, from an earlier run of this turn if it has been paid for already."""
        first, call = self._conversation.inbound[0].seq, hashlib.sha256(_encode(ask)).hexdigest()[:32]
        kept = await self._speaker.calls.find(self._conversation.id, first, call)
        if kept:
            said = msgspec.convert(kept, Said)
            entry |= {"tier": said.tier, "model": said.model, "reused": True}
            return said
        if await broke(self._speaker, self._tenant):
            entry["reason"] = "budget"
            return Said(text=ask.draft, tier="offline")
        completion = await self._speaker.ladder.complete(ask, self._deadline)
        said = completion.said
        entry |= {"tier": said.tier, "attempts": [msgspec.to_builtins(attempt) for attempt in completion.attempts]}
        if said.tier != "offline":
            done = self._call(ask, completion, first, call, entry["prompt"])
            await self._speaker.calls.keep(done)
            entry |= {"model": said.model, "cost_micros": done.cost_micros}
        return said

    def _call(self, ask: Ask, completion: Completion, first: int, call: str, version: str) -> ModelCall:
        said, prices = completion.said, self._speaker.settings.llm_prices
        return ModelCall(
            tenant=self._tenant.id, conversation=self._conversation.id, from_seq=first, call=call, task=ask.task,
            agent=self.agent, tier=said.tier, model=said.model, answer=msgspec.to_builtins(said), prompt=version,
            prompt_tokens=said.prompt_tokens, completion_tokens=said.completion_tokens,
            latency_ms=completion.attempts[-1].ms,
            cost_micros=cost(prices, said.tier, said.model, said.prompt_tokens, said.completion_tokens),
        )  # fmt: skip

    def _ask(self, told: prompts.Prompt, draft: str, stated: str) -> Ask:
        # `<` and `>` are ours alone: a customer cannot close its own part and write the draft
        text = self._text.translate({ord("<"): "‹", ord(">"): "›"})
        task = f"<customer>{text}</customer>\n<facts>{stated}</facts>\n<draft>{draft}</draft>"
        system = f"{told.text}\n\n{self._known}" if self._known else told.text
        messages = [
            Message(role="system", content=system),
            *(_message(line) for line in self._conversation.history[-_HISTORY_LINES:] if line.text),
            Message(role="user", content=task),
        ]
        return Ask(messages=tuple(messages), draft=draft, task=_TASKS.get(self.agent, "phrase"))


def _message(line: Line) -> Message:
    role: Literal["user", "assistant"] = "user" if line.author == "customer" else "assistant"
    return Message(role=role, content=line.text[:_HISTORY_CHARACTERS])
