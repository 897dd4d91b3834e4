"""Stop 8: the outbox of one conversation goes out in order; an outcome that nobody knows is never repeated blindly."""

import ipaddress
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlsplit

from msgspec import structs

from channels.base import Channel
from channels.registry import CHANNELS
from core.clock import Clock
from core.errors import (
    AccountStopped,
    ContactStopped,
    DeliveryError,
    NotFound,
    OrkestaError,
    Permanent,
    Transient,
    UnknownOutcome,
)
from core.log import ref
from core.messages import Account, ContactState, Recipient
from core.outside import outside
from core.records import Tenant
from storage import accounts as account_store
from storage import outbox as outbox_store
from storage import receipts
from storage.accounts import Accounts
from storage.conversations import Loaded, Outgoing
from storage.journal import Journal, on_wire
from storage.outbox import Claim, Finish
from storage.pacing import Pacer, Rate
from storage.resources import Resources
from workers.claims import Claims

log = logging.getLogger("orkesta.delivery")
IDLE = -1  # nothing left that this conversation could do by itself
_ELSEWHERE_MS = 1500  # somebody else is sending: look again after the sweeper did
_ASK_AGAIN_SECONDS = 3.0
_GIVE_UP_ASKING_SECONDS = 120.0
# How long evidence of an unknown outcome may take to arrive before the tenant's policy decides.
_EVIDENCE_SECONDS = {"lookup": 1.0, "receipt": 6.0, "none": 0.0}
_LONGEST_BACKOFF_SECONDS = 300.0


class Delivery:
    """Sends for one worker. `alive` says whether this worker's heartbeat is fresh: without it nothing is begun."""

    def __init__(
        self, resources: Resources, claims: Claims, accounts: Accounts, journal: Journal, alive: Callable[[], bool]
    ) -> None:
        self._resources, self._accounts, self._journal, self._alive = resources, accounts, journal, alive
        self._claims, self._pacer = claims, Pacer(resources)

    async def send(self, loaded: Loaded, waiting: Sequence[Outgoing], tenant: Tenant) -> int:
        """Send what is due, in order; returns the ms after which the rest wants to be looked at, or IDLE."""
        if not waiting:
            return IDLE
        try:
            account = await self._accounts.get(loaded.conversation.account)
        except NotFound:
            return IDLE  # disconnected: its messages wait until the channel is connected again
        # Bulk in front of an answer goes at the answer's pace: the customer is there, and the order stays.
        live = bool(loaded.conversation.inbound) or not all(item.bulk for item in waiting)
        for item in waiting:
            wait = await self._send_one(loaded, structs.replace(item, bulk=item.bulk and not live), account, tenant)
            if wait is not None:
                return wait
        return IDLE

    async def seen(self, loaded: Loaded) -> None:
        """Show the customer that the message was read and an answer is coming; a failure is of no matter."""
        account = await self._accounts.get(loaded.conversation.account)
        to = Recipient(peer=loaded.conversation.peer, our_id="", last_inbound_id=loaded.last_inbound_id)
        await CHANNELS[account.channel].seen(to, account, self._resources.http)

    async def _send_one(self, loaded: Loaded, item: Outgoing, account: Account, tenant: Tenant) -> int | None:
        """None: this one is done, go on with the next."""
        if item.state == "sending":  # by somebody else; if by ourselves, an outage took the claim's answer or outcome
            return 0 if await self._claims.settle(loaded.conversation.id, item.seq, item.worker) else _ELSEWHERE_MS
        if item.wait_seconds != 0:
            return IDLE if item.wait_seconds < 0 else int(item.wait_seconds * 1000) + 1
        channel, to = CHANNELS[account.channel], _recipient(loaded, item)
        if item.part.style == "template" and item.part.text and to.window_open:  # free, and it looks like a person's
            item = structs.replace(item, part=structs.replace(item.part, style="text"))
        if item.state == "unknown":
            wait = await self._resolve(loaded, item, channel, account, to, tenant)
            if wait is not None:
                return wait if wait >= 0 else None
        return await self._deliver(loaded, item, channel, account, to)

    async def _deliver(
        self, loaded: Loaded, item: Outgoing, channel: Channel, account: Account, to: Recipient
    ) -> int | None:
        conversation_id = loaded.conversation.id
        if not self._alive():
            return _ELSEWHERE_MS
        rate = _rate(channel, account, to.peer, bulk=item.bulk)
        if rate is not None and (wait := await self._pacer.wait_ms(rate)):
            return wait
        templated = item.part.template is not None
        claim = Claim(conversation_id=conversation_id, seq=item.seq, windowed=channel.windowed, templated=templated)
        verdict = await self._claims.claim(claim)
        if verdict.verdict != "sending":
            log.info("delivery.stopped", extra={"conversation": ref(conversation_id), "verdict": verdict.verdict})
            return _after(verdict.verdict)
        finish = await self._attempt(item, verdict.attempts, channel, account, to, conversation_id, rate)
        await self._claims.finish(finish)
        if finish.result in ("sent", "failed", "dead"):
            return None
        return IDLE if finish.result == "held" else max(1, int(finish.wait_seconds * 1000))

    async def _attempt(
        self, item: Outgoing, attempts: int, channel: Channel, account: Account, to: Recipient,
        conversation_id: str, rate: Rate | None,
    ) -> Finish:  # fmt: skip
        begin = partial(self._journal.begin, conversation_id, item.seq)
        waiting = on_wire.set(begin)
        if not channel.over_http:
            begin()
        try:
            with outside():
                provider_id = await channel.deliver(item.part, to, account, self._resources.http)
        except DeliveryError as error:
            known = not isinstance(error, UnknownOutcome)
            if known:
                self._journal.end(conversation_id, item.seq, None)
            finish = await self._failed(item, attempts, error, channel, account, to, rate)
        except (TimeoutError, OSError) as error:  # the channel let a network fault through: nobody knows how far it got
            finish = _unknown(channel, type(error).__name__)
        else:
            self._journal.end(conversation_id, item.seq, provider_id)
            finish = Finish(conversation_id="", seq=0, result="sent", provider_id=provider_id)
        finally:
            on_wire.reset(waiting)
        return _at(finish, conversation_id, item.seq)

    async def _failed(
        self, item: Outgoing, attempts: int, error: DeliveryError, channel: Channel, account: Account,
        to: Recipient, rate: Rate | None,
    ) -> Finish:  # fmt: skip
        facts = {"account": ref(account.id), "message_id": item.message_id, "code": error.code, "attempt": attempts}
        log.warning("delivery.failed", extra={**facts, "error": type(error).__name__})
        if isinstance(error, Transient):
            return await self._again(attempts, error, rate)
        if isinstance(error, UnknownOutcome):
            return _unknown(channel, error.code)
        if isinstance(error, AccountStopped):
            await account_store.stop(self._resources, account.id, error.code)
            return Finish(conversation_id="", seq=0, result="held", code=error.code, free=True)
        if isinstance(error, ContactStopped):
            await receipts.change_contact(self._resources, account, ContactState(peer=to.peer, state=error.state))
        alert = isinstance(error, Permanent) and error.alert
        detail = error.message[:500]
        return Finish(conversation_id="", seq=0, result="dead" if alert else "failed", code=error.code, detail=detail)

    async def _again(self, attempts: int, error: Transient, rate: Rate | None) -> Finish:
        if not error.free and attempts >= self._resources.settings.send_attempts:
            return Finish(conversation_id="", seq=0, result="dead", code=error.code, detail=error.message[:500])
        wait = error.retry_after
        if wait is None:
            wait = min(_LONGEST_BACKOFF_SECONDS, 0.5 * 4 ** max(0, attempts - 1)) * random.uniform(0.8, 1.2)
        elif rate is not None:
            await self._pacer.hold(rate, wait, pair=error.scope == "pair")
        return Finish(conversation_id="", seq=0, result="retry", code=error.code, wait_seconds=wait, free=error.free)

    async def _resolve(
        self, loaded: Loaded, item: Outgoing, channel: Channel, account: Account, to: Recipient, tenant: Tenant
    ) -> int | None:
        """Find out what became of a send. None: send it (again); IDLE: closed; else ms until to ask again."""
        resources, conversation_id = self._resources, loaded.conversation.id
        if channel.evidence == "lookup":
            try:
                with outside():
                    found = await channel.lookup(item.part, to, account, resources.http)
            except (OrkestaError, TimeoutError, OSError) as error:
                log.warning("delivery.lookup_failed", extra={"account": ref(account.id), "error": type(error).__name__})
                if item.age_seconds < _GIVE_UP_ASKING_SECONDS:
                    return int(_ASK_AGAIN_SECONDS * 1000)
            else:
                if found is not None:
                    await outbox_store.settle(resources, conversation_id, item.seq, provider_id=found)
                    return IDLE
                return await self._resend(conversation_id, item.seq, "absent_at_provider")
        if tenant.unknown_policy == "resend" and not item.money:
            return await self._resend(conversation_id, item.seq, "policy")
        await outbox_store.settle(resources, conversation_id, item.seq, provider_id=None)
        log.warning("delivery.unknown", extra={"conversation": ref(conversation_id), "message_id": item.message_id})
        return IDLE

    async def _resend(self, conversation_id: str, seq: int, why: str) -> int | None:
        done = await outbox_store.resend(self._resources, conversation_id, seq, why=why)
        return None if done else _ELSEWHERE_MS


def _after(verdict: str) -> int | None:
    if verdict.startswith("dropped:"):
        return None
    return IDLE if verdict.startswith("held:") else _ELSEWHERE_MS


def _recipient(loaded: Loaded, item: Outgoing) -> Recipient:
    return Recipient(
        peer=loaded.conversation.peer, our_id=str(item.message_id), thread=loaded.thread,
        last_inbound_id=loaded.last_inbound_id, window_open=loaded.window_open,
        subject=loaded.subject,
        since=Clock.millis() / 1000 - item.age_seconds,
    )  # fmt: skip


def _rate(channel: Channel, account: Account, peer: str, *, bulk: bool) -> Rate | None:
    """The provider's rates, which hold at the provider and at the emulator that plays it, not at a loopback sink."""
    if account.api_base and not account.sandbox and _loopback(account.api_base):
        return None
    pace = channel.pace
    return Rate(
        account=account.id, peer=peer, account_per_second=pace.account_per_second, account_burst=pace.account_burst,
        pair_per_second=pace.pair_per_second, pair_burst=pace.pair_burst, bulk=bulk,
    )  # fmt: skip


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unknown(channel: Channel, code: str) -> Finish:
    wait = _EVIDENCE_SECONDS[channel.evidence]
    return Finish(conversation_id="", seq=0, result="unknown", code=code, wait_seconds=wait)


def _at(finish: Finish, conversation_id: str, seq: int) -> Finish:
    return Finish(
        conversation_id=conversation_id, seq=seq, result=finish.result, provider_id=finish.provider_id,
        code=finish.code, detail=finish.detail, wait_seconds=finish.wait_seconds, free=finish.free,
    )  # fmt: skip
