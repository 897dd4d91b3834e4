"""Runs one turn: everything that waits in a conversation in, one Outcome out; writes nothing itself."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from agents import human
from agents.base import Tools, Turn
from agents.registry import AGENTS
from agents.wording import Wording
from core.conversation import Conversation, Inbound, Outcome
from core.messages import Attachment, Reply
from core.records import Tenant
from orchestrator import consent, graph, language, loops, route
from orchestrator.ports import BindTools, Resources

say = Wording("system", folder="orchestrator")
LAST_RESORT_FAILURES = 3
_KEPT_NOTES = 40  # notes of the agents that survive a turn at most
_ONE_TURN_NOTES = ("offer", "expects", "reason")  # an offer or a question only lives until the next message


class Turns:
    """Built once per worker process; `run` may be under way for hundreds of conversations at the same time."""

    def __init__(self, resources: Resources, bind_tools: BindTools) -> None:
        self._resources, self._bind = resources, bind_tools
        self._visit = graph.build(AGENTS)

    async def close(self) -> None:
        """Close the clients of the model tiers."""

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        """Answer everything that waits, once. Raises only when the tenant's data cannot be read."""
        messages = tuple(item for item in conversation.inbound if item.kind in ("message", "callback", "unsupported"))
        if not messages or conversation.mode == "human":
            return _silence(conversation, {"skipped": "human" if messages else "nothing_to_answer"})
        tally, looping = loops.count(messages, conversation.state)
        state = {**conversation.state, "repeats": tally}
        if looping:
            return _silence(conversation, {"loop": True}, mode="human", state=state)
        text = "\n".join(item.text.strip() for item in messages if item.text.strip())
        locale = language.choose(text, messages, conversation.locale, tenant.locale)
        if conversation.turn_failures >= LAST_RESORT_FAILURES:
            return _said(conversation, state, locale, "trouble", mode="human", trace={"last_resort": True})
        wish = consent.read(text)
        if wish:
            return _said(conversation, state, locale, wish, trace={"consent": wish})
        payload = next((item.payload for item in reversed(messages) if item.payload), None)
        if not text and not payload:
            return _said(conversation, state, locale, _without_text(messages), trace={"no_text": True})
        return await self._answer(conversation, tenant, state, locale, text, payload)

    async def _answer(
        self,
        conversation: Conversation,
        tenant: Tenant,
        state: dict[str, Any],
        locale: str,
        text: str,
        payload: str | None,
    ) -> Outcome:
        started = time.perf_counter()
        notes: dict[str, Any] = state.get("notes") or {}
        decision = route.decide(text, tenant.agents, current=conversation.agent, notes=notes, payload=payload)
        tools = self._bind(self._resources, tenant, conversation)
        turn = self._turn(conversation, tenant, decision, locale, text, payload, notes, tools)
        visit = await self._visit(graph.Visit(turn=turn, agent=decision.agent, hops=[]))
        assert visit.answer is not None  # the graph ends only with an answer
        to_human = visit.agent == "human"
        state["notes"] = _notes(notes, visit.answer.state)
        trace: dict[str, Any] = {
            "route": {
                "intent": decision.intent.name,
                "agent": decision.agent,
                "reason": decision.reason,
                "hops": visit.hops,
            },
            "ms": round((time.perf_counter() - started) * 1000, 2),
        }
        if to_human:
            state["summary"] = trace["summary"] = visit.summary or human.summary(turn)
        return Outcome(
            replies=(visit.answer.reply,),
            agent=visit.agent,
            mode="human" if to_human else "bot",
            locale=locale,
            state=state,
            intent=decision.intent.name,
            confidence=decision.intent.confidence,
            trace=trace,
        )

    def _turn(
        self, conversation: Conversation, tenant: Tenant, decision: route.Decision, locale: str, text: str,
        payload: str | None, notes: Mapping[str, Any], tools: Tools,
    ) -> Turn:  # fmt: skip
        return Turn(
            text=text,
            intent=decision.intent.name,
            locale=locale,
            now=self._resources.clock.now(tenant.id),
            tenant=tenant,
            channel=conversation.channel,
            customer_name=conversation.customer_name,
            history=conversation.history,
            state=notes,
            tools=tools,
            ask_llm=_draft,
            attachments=_attachments(conversation.inbound),
            payload=payload,
        )


async def _draft(draft: str, facts: Mapping[str, Any]) -> str:
    return draft


def _attachments(messages: tuple[Inbound, ...]) -> tuple[Attachment, ...]:
    return tuple(item for message in messages for item in message.attachments)


def _without_text(messages: tuple[Inbound, ...]) -> str:
    kinds = {item.kind for item in _attachments(messages)}
    if kinds & {"voice", "audio"}:
        return "voice"
    if "location" in kinds:
        return "location"
    return "media" if kinds else "unsupported"


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in old.items() if name not in _ONE_TURN_NOTES}
    merged = {**kept, **new}
    return {name: value for name, value in list(merged.items())[-_KEPT_NOTES:] if value is not None}


def _silence(
    conversation: Conversation, trace: dict[str, Any], *, mode: Any = None, state: dict[str, Any] | None = None
) -> Outcome:
    return Outcome(
        replies=(),
        agent=conversation.agent,
        mode=mode or conversation.mode,
        locale=conversation.locale,
        state=conversation.state if state is None else state,
        trace=trace,
    )


def _said(
    conversation: Conversation, state: dict[str, Any], locale: str, key: str, *, trace: dict[str, Any], mode: Any = None
) -> Outcome:
    quiet = _silence(conversation, trace, mode=mode, state=state)
    reply = Reply(text=say(locale, key), author="system")
    return msgspec.structs.replace(quiet, replies=(reply,), locale=locale)
