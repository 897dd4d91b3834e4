"""Runs one turn: everything that waits in a conversation in, one Outcome out; writes nothing itself."""

import time
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from agents.base import Turn
from agents.registry import AGENTS
from core.conversation import Conversation, Inbound, Outcome
from core.records import Tenant
from llm import sight
from llm.ladder import Ladder, tiers
from orchestrator import cleaning, data_rights, graph, last_resort, loops, memory, outcome, route, without_agent
from orchestrator.given import Given, attachments, take
from orchestrator.hearing import Hearing
from orchestrator.perceived import Heard
from orchestrator.ports import BindTools, ModelCalls, Resources
from orchestrator.recorder import recorded
from orchestrator.seeing import Seeing
from orchestrator.speaker import Speaker
from orchestrator.voice import Voice
from storage.llm_calls import LlmCalls
from storage.shared_breakers import SharedBreakers
from storage.voice_notes import VoiceNotes

_OPT_OUT_SURE = 0.6


class Turns:
    """Built once per worker process; `run` may be under way for hundreds of conversations at the same time."""

    def __init__(
        self, resources: Resources, bind_tools: BindTools, ladder: Ladder | None = None, calls: ModelCalls | None = None
    ) -> None:
        self._resources, self._bind = resources, bind_tools
        self._visit = graph.build(AGENTS)
        self.ladder = ladder or Ladder(tiers(resources.settings), SharedBreakers(resources.redis))
        self._speaker: Speaker | None = None
        self._hearing: Hearing | None = None
        if self.ladder.configured:
            self._speaker = Speaker(self.ladder, calls or LlmCalls(resources.pg), resources.settings)
        if self._speaker and self.ladder.hears:
            self._hearing = Hearing(self._speaker, VoiceNotes(resources))
        self._seeing = Seeing(sight.Sight(), VoiceNotes(resources)) if sight.installed() else None

    async def close(self) -> None:
        """Close the clients of the model tiers."""
        await self.ladder.close()

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        """Answer everything that waits, once. Raises only when the tenant's data cannot be read."""
        messages = tuple(item for item in conversation.inbound if item.kind in ("message", "callback", "unsupported"))
        if not messages:
            return without_agent.silence(conversation, {"skipped": "nothing_to_answer"})
        deadline = time.monotonic() + self._resources.settings.llm_turn_deadline_seconds
        heard = await self._perceived(conversation, tenant, messages, deadline)
        return heard.into(await self._decided(conversation, tenant, heard.messages, deadline))

    async def _perceived(
        self, conversation: Conversation, tenant: Tenant, messages: tuple[Inbound, ...], deadline: float
    ) -> Heard:
        heard = Heard(messages)
        if conversation.turn_failures >= last_resort.AFTER_FAILURES:
            return heard  # perhaps the files are what makes the turn fail
        if self._hearing:
            heard = await self._hearing.listen(conversation, tenant, messages, deadline)
        return await self._seeing.look(heard, deadline) if self._seeing else heard

    async def _decided(
        self, conversation: Conversation, tenant: Tenant, messages: tuple[Inbound, ...], deadline: float
    ) -> Outcome:
        if conversation.mode == "human" and not without_agent.wish_of(messages):  # a person cannot hear STOP for us
            return without_agent.silence(conversation, {"skipped": "human"})
        if conversation.turn_failures >= last_resort.AFTER_FAILURES:
            return last_resort.answer(conversation, tenant, messages)
        given = take(conversation, tenant, messages, deadline)
        tally, looping = loops.count(messages, conversation.state)
        given.state["repeats"] = tally
        if looping:
            return without_agent.silence(conversation, {"loop": True}, mode="human", state=given.state)
        answered = without_agent.answer(given, self._resources.clock.now(tenant.id)) or await self._answer(given)
        if answered.trace.get("consent") == "promotions_stopped":
            await self._bind(self._resources, tenant, conversation).stop_promotions()
        return await self._opted_out(given, answered) if answered.trace.get("consent") == "opted_out" else answered

    async def _opted_out(self, given: Given, answered: Outcome) -> Outcome:
        """Void the code of a withdrawal, in whichever of the customer's conversations it was asked for."""
        tenant = given.tenant
        if "royalties" not in tenant.agents:
            return answered
        await self._bind(self._resources, tenant, given.conversation).withdrawal_cancel()
        return without_agent.withdrawal_left(answered, given.locale, self._resources.clock.now(tenant.id))

    async def _answer(self, given: Given) -> Outcome:
        started = time.perf_counter()
        notes = outcome.notes_of(given.state, self._resources.clock.now(given.tenant.id))
        decision = route.decide(
            given.intent, given.tenant.agents, current=given.conversation.agent, notes=notes, payload=given.payload
        )
        if data_rights.asked(given.text):
            decision = msgspec.structs.replace(decision, agent="human", reason="personal_data")
            notes = {**notes, "reason": "personal_data"}
        elif decision.intent.name == "opt_out" and decision.intent.confidence >= _OPT_OUT_SURE:
            return without_agent.consented(given, "opted_out")
        elif route.for_a_person(decision.intent):
            decision = msgspec.structs.replace(decision, agent="human", reason="urgent")
            notes = {**notes, "reason": "complaint"}
        trace: dict[str, Any] = {"route": outcome.routed(decision), "tools": []}
        visit = await self._through_agents(given, decision, notes, trace)
        trace["route"]["hops"] = visit.hops
        trace["ms"] = round((time.perf_counter() - started) * 1000, 2)
        now = self._resources.clock.now(given.tenant.id)
        digest, learnt = memory.keep(
            given.state.get("digest") or {}, given.conversation, given.messages, decision.intent.name, now
        )
        given.state["digest"] = digest
        visit.writes = (*visit.writes, *learnt)
        return outcome.of(given, decision, visit, notes, trace)

    async def _through_agents(
        self, given: Given, decision: route.Decision, notes: Mapping[str, Any], trace: dict[str, Any]
    ) -> graph.Visit:
        conversation, tenant = given.conversation, given.tenant
        voice = self._voice(given)
        tools = self._bind(self._resources, tenant, conversation)
        turn = Turn(
            text=given.text,
            intent=decision.intent.name,
            locale=given.locale,
            now=self._resources.clock.now(tenant.id).astimezone(ZoneInfo(tenant.timezone)),
            tenant=tenant,
            channel=conversation.channel,
            customer_name=cleaning.name(conversation.customer_name) or cleaning.name(given.facts.get("name")),
            history=conversation.history,
            state=notes,
            tools=recorded(tools, trace["tools"]),
            ask_llm=voice.word if voice else as_drafted,
            attachments=attachments(given.messages),
            payload=given.payload,
            priority=decision.intent.priority,
        )
        visit = await self._visit(graph.Visit(turn=turn, agent=decision.agent, hops=[], voice=voice))
        visit.writes = tuple(tools.writes)
        if voice:
            trace["llm"] = voice.record
            trace["tier"] = voice.record[-1]["tier"] if voice.record else "offline"
        return visit

    def _voice(self, given: Given) -> Voice | None:
        if self._speaker is None:
            return None
        digest = given.state.get("digest") or {}
        known = memory.known(digest, _for_a_model(given.facts), given.locale)
        return Voice(
            self._speaker, given.conversation, given.tenant, locale=given.locale, text=given.text,
            deadline=given.deadline, known=known,
        )  # fmt: skip


async def as_drafted(draft: str, facts: Mapping[str, Any]) -> str:
    """The agent's own words, which no model puts another way."""
    return draft


def _for_a_model(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if name != "email"}  # no model needs an address
