"""The graph of agents: one LangGraph node per agent; an agent answers, or hands the visit on to another one.

Built on LangGraph's Pregel directly: a channel `to:<agent>` per agent, so that the chosen agent is entered at once; a
hand-off is a write to the next one's channel. A StateGraph with conditional edges does the same in three times the
time (docs/decisions/langgraph.md).
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.channels import EphemeralValue
from langgraph.pregel import NodeBuilder, Pregel
from langgraph.pregel._write import (
    ChannelWriteEntry,  # the public write_to() takes these; only the name is private
)

from agents import human, sales
from agents.base import Agent, Answer, HandOff, Turn
from core.conversation import Write
from orchestrator import several
from orchestrator.route import allowed
from orchestrator.voice import Voice

MAX_HOPS = 3
DONE = "done"
_OF_A_SALE = frozenset({"shown", "quote_number"})


class Visit(msgspec.Struct):
    """One turn on its way through the agents; the graph moves it, the agents only see its frozen `turn`."""

    turn: Turn
    agent: str
    answer: Answer | None = None
    hops: list[str] = []
    summary: str = ""  # for the person, when one takes over
    notes: dict[str, Any] = {}  # what agents that handed on want to keep
    writes: tuple[Write, ...] = ()
    voice: Voice | None = None  # words the drafts; speaks for the agent that has the visit
    drafted: tuple[str, Answer] | None = None  # the agent's answer that a model wished to hand on instead of


class AgentNode(Runnable[Visit, Visit]):
    """Lets one agent have the visit; a plain Runnable has none of the tracing that costs most of a step.

    A hand-off goes one way, whoever wants it: the agent itself, or the model that words its answer.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.name = agent.name

    def invoke(self, input: Visit, config: RunnableConfig | None = None, **kwargs: Any) -> Visit:
        """Agents are asynchronous only."""
        raise NotImplementedError("use ainvoke")

    async def ainvoke(self, input: Visit, config: RunnableConfig | None = None, **kwargs: Any) -> Visit:
        """Ask the agent, and note its answer or where the visit goes next."""
        if input.voice:
            input.voice.speaks_for(self.agent, input.turn)
        result = await self.agent.answer(input.turn)
        if isinstance(result, Answer) and input.voice:
            drafted, result = result, input.voice.finished(result)
            input.drafted = (self.agent.name, drafted) if isinstance(result, HandOff) else input.drafted
        if isinstance(result, Answer):
            input.answer = result
        else:
            _hand_on(input, self.agent.name, result)
        return input


def _hand_on(visit: Visit, left: str, hand_off: HandOff) -> None:
    turn, enabled = visit.turn, visit.turn.tenant.agents
    to = allowed(hand_off.to, enabled)
    visit.notes |= hand_off.state
    visited = (*turn.visited, left)
    visit.hops.append(f"{left}→{to}:{hand_off.reason}")
    if to in visited or len(visit.hops) > MAX_HOPS:
        if visit.drafted:
            visit.agent, visit.answer = visit.drafted  # the model was mistaken: nobody knows better than the draft
        else:
            visit.answer = sales.unclear(turn)  # nobody knows better: say what can be done here
        return
    state = {**turn.state, **hand_off.state}
    if to == "human":
        state["reason"] = hand_off.reason
        visit.summary = hand_off.summary or human.summary(turn)
    visit.turn = msgspec.structs.replace(turn, visited=visited, state=state)
    visit.agent = to


def _writes_to(agent: str) -> Callable[[Visit], Visit | None]:
    return lambda visit: visit if visit.answer is None and visit.agent == agent else None


def _writes_done(visit: Visit) -> Visit | None:
    return visit if visit.answer is not None else None


def build(agents: Sequence[Agent]) -> Callable[[Visit], Awaitable[Visit]]:
    """Compile the graph once; the result takes a visit to its agent and returns it answered."""
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"  # what customers write must not go to a tracing service by somebody's shell
    names = [agent.name for agent in agents]
    nodes: dict[str, Any] = {}
    for agent in agents:
        onward = [
            ChannelWriteEntry(f"to:{name}", mapper=_writes_to(name), skip_none=True)
            for name in names
            if name != agent.name
        ]
        done = ChannelWriteEntry(DONE, mapper=_writes_done, skip_none=True)
        nodes[agent.name] = (
            NodeBuilder().subscribe_only(f"to:{agent.name}").do(AgentNode(agent)).write_to(*onward, done)
        )
    channels: Mapping[str, Any] = {f"to:{name}": EphemeralValue(Visit) for name in names} | {
        DONE: EphemeralValue(Visit)
    }
    graph: Pregel[Any, Any, Any, Any] = Pregel(
        nodes=nodes, channels=dict(channels), input_channels=[f"to:{name}" for name in names], output_channels=DONE
    )
    config: RunnableConfig = {"callbacks": [], "recursion_limit": MAX_HOPS + 3}

    async def visit_one(visit: Visit) -> Visit:
        await graph.ainvoke({f"to:{visit.agent}": visit}, config)
        return visit

    async def visit_agents(visit: Visit) -> Visit:
        whole = visit.turn
        wanted = several.wishes_of(whole) if visit.agent != "human" else ()
        visit = await _one_by_one(visit, wanted, visit_one) if wanted else await visit_one(visit)
        if visit.answer and (left := several.left_over(whole, visit.agent, wanted)):
            visit.answer = several.with_rest(visit.answer, left, whole.locale)
        return visit

    return visit_agents


async def _one_by_one(
    visit: Visit, wanted: Sequence[several.Wish], visit_one: Callable[[Visit], Awaitable[Visit]]
) -> Visit:
    """Visit an agent for each wish; going on to the next counts as a hop. With a person's answer the visit ends."""
    answers: list[tuple[str, Answer]] = []
    turn = visit.turn
    for wish in wanted:
        agent = allowed(wish.agent, turn.tenant.agents)
        if answers:
            visit.hops.append(f"{visit.agent}→{agent}:{wish.intent}")
        part = msgspec.structs.replace(turn, text=wish.text, intent=wish.intent)
        done = await visit_one(Visit(turn=part, agent=agent, hops=visit.hops, voice=visit.voice, notes=visit.notes))
        assert done.answer is not None  # the graph ends only with an answer
        answers.append((done.agent, done.answer))
        visit.agent, visit.summary, visit.turn = done.agent, done.summary, done.turn
        if done.agent == "human":
            break
        turn = msgspec.structs.replace(turn, state=several.onward({**turn.state, **visit.notes}, done.answer))
    visit.answer = several.together([answer for _, answer in answers])
    sold = [agent for agent, answer in answers if not _OF_A_SALE.isdisjoint(answer.state)]
    if sold and visit.agent != "human":
        visit.agent = sold[0]  # what comes next is about the goods: `dame 2`
    return visit
