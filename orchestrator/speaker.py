"""Asks the model ladder within a tenant's budget; a completed call is kept before it is used, so it is paid once."""

import hashlib
from functools import lru_cache
from typing import Any

import msgspec

from core.conversation import Conversation
from core.model_calls import ModelCall
from core.records import Tenant
from core.settings import Settings
from llm.base import Ask, Said
from llm.ladder import Completion, Ladder
from llm.prices import cost
from orchestrator.ports import ModelCalls

_shape = lru_cache(maxsize=512)(msgspec.json.schema)  # of a tool's arguments
_encode = msgspec.json.Encoder(order="deterministic", enc_hook=_shape).encode


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


class Asking(msgspec.Struct, frozen=True):
    """For whom one turn asks models."""

    speaker: Speaker
    conversation: Conversation
    tenant: Tenant
    deadline: float  # of the turn, monotonic

    async def said(self, ask: Ask, agent: str, entry: dict[str, Any]) -> Said:
        """The answer of a model, from an earlier run of this turn if it has been paid for already.

        `entry` is the call in the turn's trace. Raises the database's error when a paid answer cannot be kept.
        """
        calls, first = self.speaker.calls, self.conversation.inbound[0].seq
        call = hashlib.sha256(_encode(ask)).hexdigest()[:32]
        kept = await calls.find(self.conversation.id, first, call)
        if kept:
            said = msgspec.convert(kept, Said)
            entry |= {"tier": said.tier, "model": said.model, "reused": True}
            return said
        if await broke(self.speaker, self.tenant):
            entry["reason"] = "budget"
            return Said(text=ask.draft, tier="offline")
        completion = await self.speaker.ladder.complete(ask, self.deadline)
        said = completion.said
        entry |= {"tier": said.tier, "attempts": [msgspec.to_builtins(attempt) for attempt in completion.attempts]}
        if said.tier != "offline":
            done = self._call(ask, completion, agent, first, call, entry["prompt"])
            await calls.keep(done)
            entry |= {"model": said.model, "cost_micros": done.cost_micros}
        return said

    def _call(self, ask: Ask, completion: Completion, agent: str, first: int, call: str, version: str) -> ModelCall:
        said, prices = completion.said, self.speaker.settings.llm_prices
        return ModelCall(
            tenant=self.tenant.id, conversation=self.conversation.id, from_seq=first, call=call, task=ask.task,
            agent=agent, tier=said.tier, model=said.model, answer=msgspec.to_builtins(said), prompt=version,
            prompt_tokens=said.prompt_tokens, completion_tokens=said.completion_tokens,
            latency_ms=completion.attempts[-1].ms,
            cost_micros=cost(prices, said.tier, said.model, said.prompt_tokens, said.completion_tokens),
        )  # fmt: skip
