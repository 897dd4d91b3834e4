"""What comes out of a turn: the reply, the agents' notes for the next one, and the trace that people look at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agents import human, payout, returns
from core.conversation import Outcome
from orchestrator import graph, memory, route
from orchestrator.given import Given

_KEPT_NOTES = 40  # notes of the agents that survive a turn at most
_QUESTIONS = ("offer", "expects", "reason", "withdrawal", "return", "ticket")  # and what begins like these
_IN_BETWEEN = frozenset({"debt", "order_status", "royalties_balance", "royalties_earnings", "support"})
# what was just said only lives until the next message
_ONE_TURN_NOTES = ("offer", "expects", "reason", "haggles", "returned")


def notes_of(state: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The agents' notes. At the end of a human stretch they learn of it, and no question of before is open any more:
    the person has settled it. What the person told the customer stands in the history."""
    notes = payout.as_of(state.get("notes") or {}, now)
    stretch = state.get("human_stretch") or {}
    if not stretch.get("over") or stretch.get("told"):
        return notes
    state["human_stretch"] = {**stretch, "told": True}
    kept = {name: value for name, value in notes.items() if name.partition("_")[0] not in _QUESTIONS}
    kept |= payout.after_people(notes, by_customer=stretch.get("by") == "customer")
    return {**kept, "person": {"by": stretch.get("by"), "note": stretch.get("note", "")}}


def routed(decision: route.Decision) -> dict[str, Any]:
    """The decision as the trace tells it."""
    intent = decision.intent
    return {
        "intent": intent.name,
        "confidence": intent.confidence,
        "agent": decision.agent,
        "reason": decision.reason,
        "sentiment": intent.sentiment,
        "priority": intent.priority,
    }


def of(
    given: Given, decision: route.Decision, visit: graph.Visit, notes: Mapping[str, Any], trace: dict[str, Any]
) -> Outcome:
    """The turn as it is saved: with a summary for the person when one takes over."""
    assert visit.answer is not None  # the graph ends only with an answer
    to_human = visit.agent == "human"
    reply, told = visit.answer.reply, visit.answer.state
    if still := _still_open(given, decision, visit, notes):
        reply = msgspec.structs.replace(reply, text=f"{reply.text}\n\n{still}")
        told = {**told, "expects": "return", "offer": "return" if notes.get("return") == "confirm" else None}
    given.state["notes"] = _notes({**notes, **visit.notes}, told)
    if to_human:
        remembered = memory.known(given.state["digest"], given.facts, given.locale)
        summary = visit.summary or human.summary(visit.turn)
        given.state["summary"] = trace["summary"] = "\n".join(filter(None, [summary, remembered]))
        wanted = memory.interest(notes) if decision.intent.name == "human" else ""
        paused = payout.told_beside(given.state["notes"], given.locale, "paused", None)
        if paused:
            reply = msgspec.structs.replace(reply, text=f"{reply.text}\n{paused}")
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


def _still_open(given: Given, decision: route.Decision, visit: graph.Visit, notes: Mapping[str, Any]) -> str:
    """What an open return waits for, after a question in between that changed nothing; else empty."""
    assert visit.answer is not None
    between = notes.get("expects") == "return" and decision.intent.name in _IN_BETWEEN
    if not between or visit.agent == "human" or visit.writes or "expects" in visit.answer.state:
        return ""
    return returns.reminder(notes, given.locale)


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in old.items() if name not in _ONE_TURN_NOTES and name not in new}
    merged = {**kept, **new}
    return {name: value for name, value in list(merged.items())[-_KEPT_NOTES:] if value is not None}
