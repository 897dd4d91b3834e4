"""Does the dunning steps that are due: each reminder once, on a channel that reaches the customer, or says why not."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from core.clock import Clock
from core.dunning import STAGES, WRITE_OFF, Calendar, Debt, Rule
from core.messages import Struct
from payments import best_hour, cadence
from storage import dunning
from storage.doorbell import Doorbell
from storage.dunning import Creditor, Due, Reminder, Skip, Stuck
from storage.resources import Resources
from workers.reminder import Letter, written

log = logging.getLogger("orkesta.dunning")
_BATCH = 500
_PAUSE_SECONDS = 5.0
_LOOK_AGAIN = timedelta(hours=1)


class Done(Struct):
    """One step that was done."""

    tenant: str
    invoice: str
    stage: str
    result: str  # reminded, fell_back, skipped, written_off
    channel: str | None = None
    reason: str | None = None
    at: datetime | None = None  # the tenant's time
    message_id: int | None = None


async def run(resources: Resources) -> None:
    """Sweep for ever; what one round cannot do, the next one does."""
    while True:
        started = Clock.monotonic()
        try:
            await sweep(resources)
        except Exception as fault:  # PostgreSQL away, or one tenant's data: recorded, and tried again
            log.warning("dunning.failed", extra={"fault": type(fault).__name__}, exc_info=True)
        await asyncio.sleep(max(0.5, _PAUSE_SECONDS - (Clock.monotonic() - started)))


async def sweep(resources: Resources, tenants: Sequence[str] | None = None) -> list[Done]:
    """Do everything that is due now for these tenants, or for all that remind by themselves; what was done."""
    done: list[Done] = []
    for creditor in await dunning.creditors(resources, tenants):
        async with resources.pg.acquire() as connection, connection.transaction():
            if await dunning.lock(connection, creditor.id, wait=tenants is not None):
                done += await _Sweep(resources, creditor).run()
    return done


async def remind(resources: Resources, tenant: str, invoice: str | None = None) -> Sequence[Done]:
    """Do what is due now for a tenant, or for one of its invoices."""
    if invoice is None:
        return await sweep(resources, [tenant])
    for creditor in await dunning.creditors(resources, [tenant]):
        async with resources.pg.acquire() as connection, connection.transaction():
            await dunning.lock(connection, tenant, wait=True)
            return await _Sweep(resources, creditor).only(invoice)
    return ()


class _Sweep:
    """One tenant's due steps."""

    def __init__(self, resources: Resources, creditor: Creditor) -> None:
        self._resources, self._creditor = resources, creditor
        self._calendar: Calendar = creditor.policy.calendar(creditor.timezone)
        self._rules = {rule.stage: rule for rule in creditor.rules}
        self._done: list[Done] = []

    async def run(self) -> list[Done]:
        """Batch by batch until nothing is due any more."""
        await self._remind()
        while stuck := await dunning.stuck(self._resources, self._creditor.id, self._creditor.now, _BATCH):
            for item in stuck:
                await self._unstick(item)
        await self._remind()  # of what had been too late for its day
        return self._done

    async def only(self, number: str) -> list[Done]:
        """Do what is due of one invoice."""
        if item := await dunning.one(self._resources, self._creditor.id, number):
            await self._batch([item])
        return self._done

    async def _remind(self) -> None:
        while due := await dunning.due(self._resources, self._creditor.id, self._creditor.now, _BATCH):
            await self._batch(due)

    async def _batch(self, due: list[Due]) -> None:
        letters: list[Letter] = []
        skips: list[Skip] = []
        seen = []
        for item in due:
            debt = Debt(
                due_on=item.due_on, done=frozenset(stage for stage, status in item.done.items() if status != "late"),
                last_at=item.last_at, promised_for=item.promised_for,
            )  # fmt: skip
            found = cadence.decide(debt, self._rules_of(item), self._calendar, self._creditor.now)
            seen.append((item.number, item.due_on, found.look_at))
            skips += [self._skip(item, stage, at, "superseded") for stage, at in found.passed]
            if found.stage is None or found.due_at is None:
                continue
            if found.stage == WRITE_OFF:
                await self._write_off(item, found.due_at)
                continue
            made = written(self._creditor, item, self._rules[found.stage], found.due_at)
            if isinstance(made, str):
                skips.append(self._skip(item, found.stage, found.due_at, made))
            else:
                letters.append(made)
        await self._put(letters)
        if skips:
            await dunning.skip(self._resources, skips)
        await dunning.look(self._resources, self._creditor.id, seen)

    def _rules_of(self, item: Due) -> Sequence[Rule]:
        """The rules, or where the tenant learns the hour, those with hours drawn for this invoice."""
        if not self._creditor.policy.learn_hour:
            return self._creditor.rules
        return best_hour.tried(self._creditor.rules, self._creditor.hours, self._calendar, item.number)

    def _skip(self, item: Due, stage: str, due_at: datetime, reason: str) -> Skip:
        self._note(item.number, stage, "skipped", reason=reason)
        return Skip(tenant=item.tenant, invoice=item.number, stage=stage, due_at=due_at, reason=reason)

    async def _write_off(self, item: Due, due_at: datetime) -> None:
        if await dunning.write_off(self._resources, item.tenant, item.number, due_at):
            self._note(item.number, WRITE_OFF, "written_off")

    async def _put(self, letters: list[Letter], first: int | None = None) -> bool:
        reminders = [self._reminder(letter, at, first) for letter, at in await self._addressed(letters)]
        put = await dunning.put(self._resources, reminders)
        for place, message_id in put.items():
            letter = letters[place]
            result = "reminded" if first is None else "fell_back"
            self._note(letter.invoice, letter.stage, result, channel=letter.channel, message_id=message_id)
        await ring(self._resources, [reminders[place].conversation_id for place in put])
        return bool(put)

    async def _addressed(self, letters: list[Letter]) -> list[tuple[Letter, str]]:
        """Each letter with its conversation; those with people who never wrote are made."""
        missing = {(letter.account, letter.peer): letter for letter in letters if letter.conversation is None}
        known: dict[tuple[str, str], str] = {}
        if missing:
            rows = [
                (self._creditor.id, letter.account, letter.channel, letter.peer, letter.name, letter.phone)
                for letter in missing.values()
            ]
            await dunning.open_conversations(self._resources, rows)
            known = await dunning.conversations_of(self._resources, list(missing))
        return [(letter, letter.conversation or known[letter.account, letter.peer]) for letter in letters]

    def _reminder(self, letter: Letter, conversation: str, first: int | None) -> Reminder:
        return Reminder(
            tenant=self._creditor.id, invoice=letter.invoice, stage=letter.stage, due_at=letter.due_at,
            conversation_id=conversation, part=letter.part, first=first,
            until=cadence.closes_at(self._creditor.now, self._calendar),
            fallback_at=None if first is not None else _watch_until(letter, self._creditor.now),
        )  # fmt: skip

    async def _unstick(self, item: Stuck) -> None:
        """A reminder that failed or was not delivered in time: the rule's other channel takes over, once."""
        at = await self._fall_back(item)
        await dunning.watch(self._resources, item, at)

    async def _fall_back(self, item: Stuck) -> datetime | None:
        """When to look at it again; None: never."""
        if item.status == "late" or item.message_id is None or item.message_status in ("delivered", "read"):
            return None
        if item.waits in ("sending", "unknown", "held"):
            return self._creditor.now + _LOOK_AGAIN
        rule = self._rules.get(item.stage)
        due = await dunning.one(self._resources, item.tenant, item.number)
        if rule is None or rule.fallback_channel is None or due is None or _superseded(item, due):
            return None
        allowed_at = cadence.next_allowed(self._creditor.now, self._calendar)
        if allowed_at > self._creditor.now:
            return allowed_at
        if cadence.promise_ends(due.promised_for, self._calendar, self._creditor.now):
            return None
        made = written(self._creditor, due, rule, item.due_at, fallback=True)
        if isinstance(made, str):
            self._note(item.number, item.stage, "skipped", reason=f"fallback: {made}")
            return None
        await self._put([made], first=item.message_id)
        return None

    def _note(self, number: str, stage: str, result: str, **more: Any) -> None:
        tenant, now = self._creditor.id, self._creditor.now
        self._done.append(Done(tenant=tenant, invoice=number, stage=stage, result=result, at=now, **more))


def _superseded(item: Stuck, due: Due) -> bool:
    """Whether a later stage was done meanwhile."""
    return any(STAGES.index(stage) > STAGES.index(item.stage) for stage in due.done)


def _watch_until(letter: Letter, now: datetime) -> datetime | None:
    """From when on silence counts as a failure: only where the provider reports deliveries."""
    if letter.fallback_after is None:
        return None
    return now + letter.fallback_after if letter.reports else datetime.max.replace(tzinfo=UTC)


async def ring(resources: Resources, conversations: list[str]) -> None:
    """Wake the workers; the sweeper finds what was not rung."""
    try:
        await Doorbell(resources).ring(((each, 0) for each in conversations), "bulk")
    except (RedisError, OSError) as fault:
        log.warning("doorbell.away", extra={"fault": type(fault).__name__, "lost": len(conversations)})
