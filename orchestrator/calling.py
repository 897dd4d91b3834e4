"""What a model may call while it words an answer: look-ups of the present agent, and a hand-off to another one.

It chooses what to look up, never for whom: tools are bound to the tenant and the customer of the turn before any model
is asked. Nothing here writes (docs/decisions/model-tools.md).
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from agents.base import Agent, HandOff, Turn
from agents.lookups import LOOKUPS, Found
from llm.base import ToolCall, ToolSpec
from orchestrator.cleaning import cleaned

logger = logging.getLogger("orkesta.turn")
HAND_OFF = "hand_off"
ROUNDS, MOST_CALLS = 3, 3  # of calls in a turn; in one round
Reason = Literal["asks_for_person", "complaint", "other_subject", "cannot_answer"]


class Refused(Exception):
    """The model's calls lead nowhere: the draft is sent."""


def offered(agent: Agent, turn: Turn, *, hand_off: bool) -> tuple[ToolSpec, ...]:
    """What is offered to a model that speaks for `agent`; no hand-off once the turn has written something."""
    specs = [
        ToolSpec(name=name, description=LOOKUPS[name].description, arguments=LOOKUPS[name].arguments)
        for name in agent.tools
        if LOOKUPS[name].needs in ("", *turn.tenant.agents)
    ]
    if hand_off and not turn.tools.writes:
        others = tuple(name for name in turn.tenant.agents if name != agent.name and name not in turn.visited)
        specs.append(_hand_off_to((*others, "human")))
    return tuple(specs)


@lru_cache(maxsize=256)
def _hand_off_to(names: tuple[str, ...]) -> ToolSpec:
    is_text = msgspec.Meta(extra_json_schema={"type": "string"})
    shape = msgspec.defstruct(
        "HandOffTo",
        [("to", Annotated[Literal[names], is_text]), ("reason", Annotated[Reason, is_text])],
        forbid_unknown_fields=True,
    )
    description = "Let another agent, or a person (human), answer instead: the draft is thrown away."
    return ToolSpec(name=HAND_OFF, description=description, arguments=shape)


def hand_off(calls: Sequence[ToolCall]) -> HandOff | None:
    """The hand-off among the calls; it makes all others needless."""
    asked = next((call.arguments for call in calls if call.name == HAND_OFF), None)
    return HandOff(to=asked["to"], reason=asked["reason"]) if asked else None


async def look_up(turn: Turn, calls: Sequence[ToolCall], deadline: float) -> list[Found]:
    """What the calls of one round find; raises Refused when there are too many, or one of them fails."""
    if len(calls) > MOST_CALLS:
        raise Refused("too many calls")
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            return [await _find(turn, call) for call in calls]
    except TimeoutError:
        raise Refused("look-up out of time") from None
    except Exception as fault:  # the draft needs no look-up: a fault in one must not cost the customer the answer
        logger.exception("turn.look_up", extra={"tenant": turn.tenant.id})
        raise Refused(f"look-up failed: {type(fault).__name__}") from fault


async def _find(turn: Turn, call: ToolCall) -> Found:
    lookup = LOOKUPS[call.name]
    return await lookup.find(turn, cleaned(msgspec.convert(call.arguments, lookup.arguments)))
