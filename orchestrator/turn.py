"""Runs one turn: everything that waits in a conversation in, one Outcome out; writes nothing itself."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agents import human
from agents.base import Turn
from agents.registry import AGENTS
from agents.wording import Wording
from core.conversation import Conversation, Inbound, Outcome
from core.messages import Attachment, Reply
from core.records import Tenant
from llm import sight
from llm.ladder import Ladder, tiers
from orchestrator import cleaning, consent, graph, language, last_resort, loops, memory, route
from orchestrator.hearing import Hearing
from orchestrator.intents import Intent, read
from orchestrator.perceived import Heard
from orchestrator.ports import BindTools, ModelCalls, Resources
from orchestrator.recorder import recorded
from orchestrator.seeing import Seeing
from orchestrator.voice import Speaker, Voice
from storage.llm_calls import LlmCalls
from storage.voice_notes import VoiceNotes

say = Wording("system", folder="orchestrator")
_OPT_OUT_SURE = 0.6
_LONGEST_TEXT = 8000  # characters that a turn reads; a mail may have millions
_KEPT_NOTES = 40  # notes of the agents that survive a turn at most
_QUESTIONS = ("offer", "expects", "reason", "withdrawal", "return", "ticket")  # and what begins like these
_ONE_TURN_NOTES = ("offer", "expects", "reason")  # an offer or a question only lives until the next message


class _Given(NamedTuple):
    """What waits in a conversation, read."""

    conversation: Conversation
    tenant: Tenant
    messages: tuple[Inbound, ...]
    state: dict[str, Any]
    text: str
    intent: Intent
    locale: str
    payload: str | None
    deadline: float  # monotonic: of all model calls of the turn
    facts: dict[str, str]  # what the customer has said about itself


class Turns:
    """Built once per worker process; `run` may be under way for hundreds of conversations at the same time."""

    def __init__(
        self, resources: Resources, bind_tools: BindTools, ladder: Ladder | None = None, calls: ModelCalls | None = None
    ) -> None:
        self._resources, self._bind = resources, bind_tools
        self._visit = graph.build(AGENTS)
        self.ladder = ladder or Ladder(tiers(resources.settings), resources.redis)
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
            return _silence(conversation, {"skipped": "nothing_to_answer"})
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
        if conversation.mode == "human" and not _wish(messages):  # a person cannot hear STOP for us
            return _silence(conversation, {"skipped": "human"})
        if conversation.turn_failures >= last_resort.AFTER_FAILURES:
            return last_resort.answer(conversation, tenant, messages)
        given = _read(conversation, tenant, messages, deadline)
        tally, looping = loops.count(messages, conversation.state)
        given.state["repeats"] = tally
        if looping:
            return _silence(conversation, {"loop": True}, mode="human", state=given.state)
        return _without_agent(given) or await self._answer(given)

    async def _answer(self, given: _Given) -> Outcome:
        started = time.perf_counter()
        notes = _after_people(given.state)
        decision = route.decide(
            given.intent, given.tenant.agents, current=given.conversation.agent, notes=notes, payload=given.payload
        )
        if decision.intent.name == "opt_out" and decision.intent.confidence >= _OPT_OUT_SURE:
            return _consented(given, "opted_out")
        if route.for_a_person(decision.intent):
            decision = msgspec.structs.replace(decision, agent="human", reason="urgent")
            notes = {**notes, "reason": "complaint"}
        trace: dict[str, Any] = {"route": _routed(decision), "tools": []}
        visit = await self._through_agents(given, decision, notes, trace)
        trace["route"]["hops"] = visit.hops
        trace["ms"] = round((time.perf_counter() - started) * 1000, 2)
        now = self._resources.clock.now(given.tenant.id)
        digest, learnt = memory.keep(
            given.state.get("digest") or {}, given.conversation, given.messages, decision.intent.name, now
        )
        given.state["digest"] = digest
        visit.writes = (*visit.writes, *learnt)
        return _outcome(given, decision, visit, notes, trace)

    async def _through_agents(
        self, given: _Given, decision: route.Decision, notes: Mapping[str, Any], trace: dict[str, Any]
    ) -> graph.Visit:
        conversation, tenant = given.conversation, given.tenant
        voice = self._voice(given, decision.agent)
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
            ask_llm=voice.word if voice else _draft,
            attachments=_attachments(given.messages),
            payload=given.payload,
            priority=decision.intent.priority,
        )
        visit = await self._visit(graph.Visit(turn=turn, agent=decision.agent, hops=[], voice=voice))
        visit.writes = tuple(tools.writes)
        if voice:
            trace["llm"] = voice.record
            trace["tier"] = voice.record[-1]["tier"] if voice.record else "offline"
        return visit

    def _voice(self, given: _Given, agent: str) -> Voice | None:
        if self._speaker is None:
            return None
        digest = given.state.get("digest") or {}
        known = memory.known(digest, _for_a_model(given.facts), given.locale)
        return Voice(
            self._speaker, given.conversation, given.tenant, agent=agent, locale=given.locale, text=given.text,
            deadline=given.deadline, known=known,
        )  # fmt: skip


async def _draft(draft: str, facts: Mapping[str, Any]) -> str:
    return draft


def _read(conversation: Conversation, tenant: Tenant, messages: tuple[Inbound, ...], deadline: float) -> _Given:
    text = "\n".join(item.text.strip() for item in messages if item.text.strip())[:_LONGEST_TEXT]
    intent = read(text)
    return _Given(
        conversation=conversation,
        tenant=tenant,
        messages=messages,
        state=dict(conversation.state),
        text=text,
        intent=intent,
        locale=language.choose(intent, text, messages, conversation.locale, tenant.locale),
        payload=next((item.payload for item in reversed(messages) if item.payload), None),
        deadline=deadline,
        facts=memory.facts(conversation, messages),
    )


def _for_a_model(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if name != "email"}  # no model needs an address


def _without_agent(given: _Given) -> Outcome | None:
    """What no agent has to answer: consent, and messages without words."""
    if wish := _wish(given.messages):
        return _consented(given, wish)
    if not given.text and not given.payload:
        return _said(given, _kind_of_media(given.messages), trace={"no_text": True})
    return None


def _wish(messages: Sequence[Inbound]) -> consent.Consent | None:
    """What the last word of consent among them asks for."""
    return next((wish for wish in (consent.read(item.text) for item in reversed(messages)) if wish), None)


def _consented(given: _Given, wish: consent.Consent) -> Outcome:
    """Take it down, and confirm it: once, also when it is said again."""
    confirmed = _said(given, wish, trace={"consent": wish})
    last = next((line for line in reversed(given.conversation.history) if line.author != "customer"), None)
    if last and (last.author, last.text) == ("system", confirmed.replies[0].text):
        return msgspec.structs.replace(confirmed, replies=())
    return confirmed


def _after_people(state: dict[str, Any]) -> dict[str, Any]:
    """The agents' notes. At the end of a human stretch they learn of it, and no question of before is open any more:
    the person has settled it. What the person told the customer stands in the history."""
    notes: dict[str, Any] = state.get("notes") or {}
    stretch = state.get("human_stretch") or {}
    if not stretch.get("over") or stretch.get("told"):
        return notes
    state["human_stretch"] = {**stretch, "told": True}
    kept = {name: value for name, value in notes.items() if name.partition("_")[0] not in _QUESTIONS}
    return {**kept, "person": {"by": stretch.get("by"), "note": stretch.get("note", "")}}


def _attachments(messages: Sequence[Inbound]) -> tuple[Attachment, ...]:
    return tuple(item for message in messages for item in message.attachments)


def _kind_of_media(messages: Sequence[Inbound]) -> str:
    kinds = {item.kind for item in _attachments(messages)}
    if kinds & {"voice", "audio"}:
        return "voice"
    if "location" in kinds:
        return "location"
    return "media" if kinds else "unsupported"


def _routed(decision: route.Decision) -> dict[str, Any]:
    intent = decision.intent
    return {
        "intent": intent.name,
        "confidence": intent.confidence,
        "agent": decision.agent,
        "reason": decision.reason,
        "sentiment": intent.sentiment,
        "priority": intent.priority,
    }


def _outcome(
    given: _Given, decision: route.Decision, visit: graph.Visit, notes: Mapping[str, Any], trace: dict[str, Any]
) -> Outcome:
    assert visit.answer is not None  # the graph ends only with an answer
    to_human = visit.agent == "human"
    given.state["notes"] = _notes({**notes, **visit.notes}, visit.answer.state)
    reply = visit.answer.reply
    if to_human:
        remembered = memory.known(given.state["digest"], given.facts, given.locale)
        summary = visit.summary or human.summary(visit.turn)
        given.state["summary"] = trace["summary"] = "\n".join(filter(None, [summary, remembered]))
        wanted = memory.interest(notes) if decision.intent.name == "human" else ""
        if wanted:
            passed_on = memory.say(given.locale, "interest", name=wanted)
            reply = msgspec.structs.replace(reply, text=f"{reply.text}\n{passed_on}")
    return Outcome(
        replies=(reply,),
        agent=visit.agent,
        mode="human" if to_human else "bot",
        locale=given.locale,
        state=given.state,
        intent=decision.intent.name,
        confidence=decision.intent.confidence,
        trace=trace,
        writes=visit.writes,
    )


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in old.items() if name not in _ONE_TURN_NOTES and name not in new}
    merged = {**kept, **new}
    return {name: value for name, value in list(merged.items())[-_KEPT_NOTES:] if value is not None}


def _silence(
    conversation: Conversation,
    trace: dict[str, Any],
    *,
    mode: Literal["bot", "human"] | None = None,
    state: dict[str, Any] | None = None,
) -> Outcome:
    return Outcome(
        replies=(),
        agent=conversation.agent,
        mode=mode or conversation.mode,
        locale=conversation.locale,
        state=conversation.state if state is None else state,
        trace=trace,
    )


def _said(given: _Given, key: str, *, trace: dict[str, Any]) -> Outcome:
    quiet = _silence(given.conversation, trace, state=given.state)
    reply = Reply(text=say(given.locale, key), author="system")
    return msgspec.structs.replace(quiet, replies=(reply,), locale=given.locale)
