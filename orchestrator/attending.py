"""Turns that also attend to who writes while a person is awaited: told once in a while, and free to call it off."""

import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from agents import taking, waiting, without_discount
from agents.base import Turn
from core.conversation import Conversation, Outcome
from core.records import Tenant
from orchestrator import cleaning, intents
from orchestrator.given import Given, take
from orchestrator.turn import Turns, as_drafted

_ANSWERED = frozenset({
    "debt", "product_search", "pricing", "quotation", "order_status", "support", "royalties_balance",
})  # fmt: skip
_TOLD = "waiting_told"  # in the state: when it was last said that a person is awaited


class Attending(Turns):
    """Answers as Turns do; what these leave to a person who has not come yet is acknowledged."""

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        """Answer everything that waits, once."""
        outcome = await super().run(conversation, tenant)
        if outcome.trace.get("skipped") != "human" or _taken_over(conversation):
            return outcome
        messages = tuple(item for item in conversation.inbound if item.kind in ("message", "callback", "unsupported"))
        given = take(conversation, tenant, messages, time.monotonic())
        if _goes_on(given):
            return await self._gone_on(conversation, tenant, given)
        if waiting.gives_up(given.text):
            answer = waiting.ended(self._waiting_turn(given))
            return msgspec.structs.replace(
                outcome, replies=(answer.reply,), mode="bot", agent=None, locale=given.locale,
                state={**_state(given), "human_stretch": _ended_by(given)},
                trace={**outcome.trace, "skipped": "wait_called_off"},
            )  # fmt: skip
        if rest := _asks_besides(given):
            return await self._asked_besides(conversation, tenant, given, rest)
        if not self._due(given):
            return outcome
        answer = await waiting.kept(self._waiting_turn(given))
        state = {**given.state, _TOLD: messages[-1].received_at.isoformat()}
        return msgspec.structs.replace(outcome, replies=(answer.reply,), locale=given.locale, state=state)

    async def _gone_on(self, conversation: Conversation, tenant: Tenant, given: Given) -> Outcome:
        """Let sales go on: nobody has to wait for a discount that is not wanted any more."""
        stretch = {**_ended_by(given), "told": True}  # no person has said anything
        state = {**_state(given), "human_stretch": stretch}
        notes = {name: value for name, value in (state.get("notes") or {}).items() if name != "awaits"}
        state["notes"] = {**notes, "haggles": True}  # what was spoken of last
        outcome = await super().run(
            msgspec.structs.replace(conversation, mode="bot", agent="sales", state=state), tenant
        )
        return msgspec.structs.replace(outcome, trace={**outcome.trace, "wait": "called_off"})

    async def _asked_besides(self, conversation: Conversation, tenant: Tenant, given: Given, rest: str) -> Outcome:
        """Answer what is asked of us instead of a person."""
        inbound = tuple(
            msgspec.structs.replace(item, text=rest) if item.seq == given.messages[-1].seq else item
            for item in conversation.inbound
        )
        state = {**_state(given), "human_stretch": {**_ended_by(given), "told": True}}  # no person has said anything
        outcome = await super().run(
            msgspec.structs.replace(conversation, mode="bot", agent=None, state=state, inbound=inbound), tenant
        )
        return msgspec.structs.replace(outcome, trace={**outcome.trace, "wait": "called_off"})

    def _due(self, given: Given) -> bool:
        """Whether it is long enough since we said something."""
        ours = [line.at for line in given.conversation.history if line.author != "customer"]
        told = given.state.get(_TOLD)
        last = max([*ours[-1:], *([datetime.fromisoformat(told)] if isinstance(told, str) else [])], default=None)
        pause = timedelta(minutes=self._resources.settings.waiting_notice_minutes)
        return last is None or given.messages[-1].received_at - last >= pause

    def _waiting_turn(self, given: Given) -> Turn:
        conversation, tenant = given.conversation, given.tenant
        return Turn(
            text=given.text, intent=given.intent.name, locale=given.locale,
            now=self._resources.clock.now(tenant.id).astimezone(ZoneInfo(tenant.timezone)), tenant=tenant,
            channel=conversation.channel, customer_name=cleaning.name(conversation.customer_name),
            history=conversation.history, state=given.state,
            tools=self._bind(self._resources, tenant, conversation), ask_llm=as_drafted,
        )  # fmt: skip


def _goes_on(given: Given) -> bool:
    """Whether who awaits a person's word on a discount would rather buy without it."""
    awaits = (given.state.get("notes") or {}).get("awaits")
    if awaits != "discount":
        return False
    without = without_discount.said(given.text, talked=True)
    return given.payload == "intent:purchase" or without in ("on", "take", "change") or taking.goes_on(given.text)


def _asks_besides(given: Given) -> str:
    """What is asked of us by who gives up waiting, when it is something that an agent answers."""
    rest = waiting.asks_besides(given.text) if len(given.messages) == 1 else ""
    return rest if rest and intents.read(rest).name in _ANSWERED else ""


def _ended_by(given: Given) -> dict[str, Any]:
    return {"by": "customer", "until_seq": given.messages[-1].seq, "note": given.text[:200], "over": True}


def _state(given: Given) -> dict[str, Any]:
    return {name: value for name, value in given.state.items() if name not in (_TOLD, "summary")}


def _taken_over(conversation: Conversation) -> bool:
    """Whether a person holds it by now: by the tower, or by an answer in the provider's own app."""
    stretch: dict[str, Any] = conversation.state.get("human_stretch") or {}
    if stretch and not stretch.get("over"):
        return True
    ours = [line.author for line in conversation.history if line.author != "customer"]
    return ours[-1:] == ["human"]
