"""Takes up what payment providers told: settles it, and writes to the customer, in one transaction per event."""

import asyncio
import json
import logging
from typing import Any

import asyncpg
from redis.exceptions import RedisError

from core.errors import Unreadable
from core.payments import ProviderAccount
from payments import notices
from payments.registry import WEBHOOKS, Providers
from storage import clocks, live, payment_events, payment_notices, settlement
from storage.doorbell import Doorbell
from storage.payment_accounts import PaymentAccounts
from storage.payment_events import Event
from storage.payment_notices import Place
from storage.resources import OUTAGES, Resources
from storage.settlement import Notice, Settled

log = logging.getLogger("orkesta.payments")
_POLL_SECONDS = 0.3
_AT_ONCE = 4
_UNUSABLE = (Unreadable, asyncpg.DataError, UnicodeError, json.JSONDecodeError)


async def run(resources: Resources) -> None:
    """Settle for ever; an outage only delays what waits."""
    settling = Settling(resources)
    while True:
        try:
            busy = await settling.round()
        except (asyncpg.PostgresError, *OUTAGES) as fault:
            log.warning("payments.storage_away", extra={"fault": type(fault).__name__})
            busy = False
        await asyncio.sleep(0 if busy else _POLL_SECONDS)


class Settling:
    """One worker's part: several events at once, each taken by one worker only."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._accounts, self._doorbell = PaymentAccounts(resources), Doorbell(resources)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def round(self) -> bool:
        """Take up everything that is due; True when something was."""
        due = await payment_events.due(self._resources)
        done = await asyncio.gather(*(self._one(*each) for each in due))
        return any(done)

    async def _one(self, source: str, event_id: str, tenant: str) -> bool:
        async with self._room:
            try:
                return await self.settle(source, event_id, tenant)
            except OUTAGES:
                raise
            except Exception as fault:  # one event must not stop the others: it is tried again, then a dead letter
                log.exception("payments.event_failed", extra={"tenant": tenant, "event": event_id})
                await payment_events.postpone(self._resources, source, event_id, type(fault).__name__)
                return True

    async def settle(self, source: str, event_id: str, tenant: str) -> bool:
        """Take one event up; False when somebody else has it."""
        account = await self._accounts.get(tenant, source.rpartition(":")[2])
        inside = await self._fetched(account, source, event_id) if WEBHOOKS[account.provider].fetches else None
        try:
            async with self._resources.tenant_connection(tenant) as connection:
                event = await payment_events.take(connection, source, event_id)
                if event is None:
                    return False
                settled, rung = await self._settled(connection, account, event, inside)
        except _UNUSABLE as fault:
            await self._unusable(source, event_id, tenant, fault)
            return True
        log.info("payments.settled", extra={"tenant": tenant, "event": event.name, "status": settled.status})
        await self._tell(tenant, rung)
        return True

    async def _fetched(self, account: ProviderAccount, source: str, event_id: str) -> dict[str, Any] | None:
        body = await payment_events.body(self._resources, source, event_id)
        provider = self._resources.kept.once(Providers).get(account.provider)
        return await provider.fetched(account, json.loads(body)) if body else None

    async def _settled(
        self, connection: asyncpg.Connection, account: ProviderAccount, event: Event, inside: dict[str, Any] | None
    ) -> tuple[Settled, list[str]]:
        webhook = WEBHOOKS[account.provider]
        told = webhook.read(inside or json.loads(event.body))
        if told is None:
            await payment_events.done(connection, event, "ignored")
            return Settled(), []
        now = await clocks.within(connection, event.tenant)
        settled = await settlement.apply(
            connection, event.tenant, account.provider, told, now=now, mode=webhook.mode(account)
        )
        rung = [await payment_notices.put(connection, event.tenant, each, _written) for each in settled.notices]
        for trouble in settled.troubles:
            await payment_notices.alert(connection, event.tenant, trouble, now)
        await payment_events.done(connection, event)
        return settled, [conversation for conversation in rung if conversation]

    async def _unusable(self, source: str, event_id: str, tenant: str, fault: Exception) -> None:
        log.warning("payments.unreadable", extra={"tenant": tenant, "event": event_id, "fault": type(fault).__name__})
        await payment_events.give_up(self._resources, source, event_id, f"unreadable: {type(fault).__name__}")

    async def _tell(self, tenant: str, conversations: list[str]) -> None:
        if not conversations:
            return
        try:
            await self._doorbell.ring((conversation, 0) for conversation in conversations)
        except (RedisError, OSError):  # a hint only: the sweeper finds what was not rung
            return
        for conversation in conversations:
            await live.tell(self._resources, conversation)


def _written(notice: Notice, place: Place) -> str:
    return notices.text(
        notice.name, place.locale, kind=notice.kind, number=notice.debt, amount=notice.amount,
        remaining=notice.remaining, voucher=notice.voucher, timezone=place.timezone,
    )  # fmt: skip
