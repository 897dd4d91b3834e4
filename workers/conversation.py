"""Stops 4 to 8 of one conversation: its messages are answered one after the other, in their order, each once."""

import asyncio
import logging
from typing import Protocol

from msgspec import structs

from channels.parts import parts
from channels.registry import CHANNELS
from core.conversation import Conversation, Inbound, Line, Outcome
from core.log import ref
from core.records import Tenant
from storage import sweep
from storage.accounts import Accounts
from storage.conversations import HISTORY, Conversations, Finished, Loaded, Outgoing, Saved, Written
from storage.resources import OUTAGES, Resources
from storage.tenants import Tenants
from workers.burst import pause_ms
from workers.delivery import IDLE, Delivery

log = logging.getLogger("orkesta.conversation")
_SEEN_AFTER_SECONDS = 1.0  # an answer that takes longer shows the customer that we read and type
_TURNS_AT_ONCE = 4  # then the conversation queues again, behind those of others that wait as well
_BUSY_TURNS = 32  # with more under way, time is lost in our own queue: showing it would only make it longer


class TurnRunner(Protocol):
    """What answers: orchestrator.turn.Turns."""

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome: ...


class Drain:
    """Drains conversations for one worker; may be called for many at the same time."""

    def __init__(self, resources: Resources, turns: TurnRunner, delivery: Delivery, accounts: Accounts) -> None:
        self._resources, self._turns, self._delivery, self._accounts = resources, turns, delivery, accounts
        self._conversations, self._tenants = Conversations(resources), Tenants(resources)
        self._under_way = 0  # turns

    async def drain(self, conversation_id: str) -> int:
        """Do all that can be done now; returns the ms until the conversation wants another look, or IDLE."""
        loaded = await self._conversations.load(conversation_id)
        if loaded is None:
            return IDLE
        tenant = await self._tenants.get(loaded.conversation.tenant)
        wait = await self._delivery.send(loaded, loaded.outgoing, tenant)
        for _ in range(_TURNS_AT_ONCE):
            if not loaded.conversation.inbound:
                return wait
            pause = pause_ms(loaded.conversation, self._resources.clock.now(), self._pause(tenant))
            if pause:
                return pause if wait == IDLE else min(wait, pause)
            result = await self._turn(loaded, tenant)
            if isinstance(result, int):
                return result
            loaded, written = result
            if wait == IDLE:
                wait = await self._delivery.send(loaded, written, tenant)
        return 0 if loaded.conversation.inbound else wait

    async def _turn(self, loaded: Loaded, tenant: Tenant) -> tuple[Loaded, tuple[Outgoing, ...]] | int:
        """One turn, saved: what the conversation is now and what is to be sent; or ms to wait before a new try."""
        taken = self._taken(loaded.conversation, tenant)
        seen = asyncio.get_running_loop().call_later(_SEEN_AFTER_SECONDS, self._show_seen, loaded)
        self._under_way += 1
        try:
            finished = self._finished(taken, await self._turns.run(taken, tenant))
            saved = await self._conversations.save(finished)
        except OUTAGES:
            raise  # nobody's fault: the whole conversation is looked at again
        except Exception:  # whatever an agent did wrong: counted, tried again, at last given to a person
            log.exception("turn.failed", extra=_facts(taken))
            return await self._failed(taken)
        finally:
            self._under_way -= 1
            seen.cancel()
        if saved is None:
            log.info("turn.fenced", extra=_facts(taken))
            return 0
        return _after(loaded, finished, saved), _outgoing(finished, saved)

    def _pause(self, tenant: Tenant) -> int:
        own = tenant.burst_pause_ms
        return self._resources.settings.burst_pause_ms if own is None else own

    def _taken(self, conversation: Conversation, tenant: Tenant) -> Conversation:
        """What one turn answers: the oldest message, or all that wait when the burst pause is on."""
        if self._pause(tenant):
            return conversation
        return structs.replace(conversation, inbound=conversation.inbound[:1])

    def _finished(self, taken: Conversation, outcome: Outcome) -> Finished:
        channel = CHANNELS[taken.channel]
        written = [
            Written(part=part, author=reply.author, bulk=reply.bulk, money=reply.money)
            for reply in outcome.replies
            for part in parts(channel, reply)
        ]
        silent = "for_human" if outcome.mode == "human" else "silent"
        return Finished(
            conversation=taken, outcome=outcome, written=tuple(written), result="answered" if written else silent,
            consent=outcome.trace.get("consent"),
        )  # fmt: skip

    async def _failed(self, taken: Conversation) -> int:
        failures = taken.turn_failures + 1
        seconds = min(60.0, 0.5 * 3**taken.turn_failures)
        await sweep.postpone(self._resources, taken.id, taken.inbound[-1].seq, seconds=seconds)
        if failures < self._resources.settings.turn_attempts:
            return int(seconds * 1000)
        outcome = Outcome(
            replies=(), agent=taken.agent, mode="human", locale=taken.locale, state=taken.state,
            trace={"dead": True, "failures": failures},
        )  # fmt: skip
        finished = Finished(conversation=taken, outcome=outcome, written=(), result="dead")
        if await self._conversations.save(finished):
            await sweep.bury(self._resources, taken.id, taken.inbound[0].message_id, reason="turn_failed")
        return 0

    def _show_seen(self, loaded: Loaded) -> None:
        if self._under_way > _BUSY_TURNS:
            return
        task = asyncio.get_running_loop().create_task(self._delivery.seen(loaded))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


def _facts(taken: Conversation) -> dict[str, object]:
    """What the log tells of a turn."""
    return {"conversation": ref(taken.id), "message_id": taken.inbound[0].message_id, "failures": taken.turn_failures}


def _after(loaded: Loaded, finished: Finished, saved: Saved) -> Loaded:
    """The conversation as it is after a saved turn, without reading it again."""
    taken, outcome = finished.conversation, finished.outcome
    lines = [Line(author="customer", text=item.text, at=item.received_at) for item in taken.inbound]
    at = taken.inbound[-1].received_at
    lines += [Line(author=w.author, text=w.part.text, at=at) for w in finished.written]
    rest: tuple[Inbound, ...] = loaded.conversation.inbound[len(taken.inbound) :]
    conversation = structs.replace(
        loaded.conversation, version=saved.turn, agent=outcome.agent, mode=outcome.mode, locale=outcome.locale,
        state=outcome.state, inbound=rest, history=(*loaded.conversation.history, *lines)[-HISTORY:], turn_failures=0,
    )  # fmt: skip
    last = taken.inbound[-1]
    return structs.replace(
        loaded, conversation=conversation, outgoing=(), last_inbound_id=last.provider_message_id,
        thread=last.context.get("thread"), subject=last.context.get("subject"),
    )  # fmt: skip


def _outgoing(finished: Finished, saved: Saved) -> tuple[Outgoing, ...]:
    return tuple(
        Outgoing(
            seq=saved.first_seq + number, message_id=saved.message_ids[number], state="waiting", wait_seconds=0.0,
            part=written.part, author=written.author, money=written.money, attempts=0, age_seconds=0.0,
            bulk=written.bulk,
        )
        for number, written in enumerate(finished.written)
    )  # fmt: skip
