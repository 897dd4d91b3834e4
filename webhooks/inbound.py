"""Stops 1 to 3 for every channel: verify on the raw bytes, store once, ring, and only then answer 200."""

import hashlib
import logging
from collections import Counter
from urllib.parse import parse_qsl

import asyncpg
from redis.exceptions import RedisError

from channels.base import Channel
from channels.registry import CHANNELS
from core.batch import Batcher
from core.errors import BadSignature, NotFound, Refused, Unavailable, Unreadable
from core.messages import Account, ContactState, Envelope, Event, Ignored, Receipt, Request
from payments.registry import WEBHOOKS
from storage import echoes, inbox, receipts
from storage.accounts import Accounts
from storage.doorbell import Doorbell
from storage.inbox import Arrival, Inbox, Rejected
from storage.media_store import MediaStore
from storage.resources import OUTAGES, Resources
from storage.tenants import Tenants
from webhooks import attachments
from webhooks.deadline import Deadline
from webhooks.http import Disconnected, Receive, Scope, Send, answer, error_body, read
from webhooks.stripe import PaymentWebhooks

log = logging.getLogger("orkesta.inbound")
PREFIX = "/webhooks/"
# The word in the URL → the channels that it may carry.
ROUTES: dict[str, list[Channel]] = {}
for _channel in CHANNELS.values():
    if _channel.route:
        ROUTES.setdefault(_channel.route, []).append(_channel)
# Meta has one webhook per app: it may come without a tenant, and is verified by a GET first.
_META = frozenset({"whatsapp", "instagram"})
_STORE_SECONDS = 8.0  # for the whole request, up to half as much more: no provider waits much longer
_UNAVAILABLE = error_body("unavailable", "the message could not be stored: send it again")
_STORAGE_FAULTS = (asyncpg.PostgresError, *OUTAGES, Unavailable)


class InboundWebhooks:
    """The ASGI application behind /webhooks/: all messaging channels, and the payment providers."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._accounts, self._tenants = Accounts(resources), Tenants(resources)
        self._inbox, self._doorbell = Inbox(resources), Doorbell(resources)
        self._payments = PaymentWebhooks(resources)
        self._files = MediaStore(resources.settings.home)
        self._deadline = Deadline(_STORE_SECONDS)
        self._rings: Batcher[str, None] = Batcher(self._ring, most=512)
        self.counts: Counter[str] = Counter()  # requests by `word:status`, for /metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        word = scope["path"][len(PREFIX) :].split("/", 1)[0]
        try:
            with self._deadline:
                request = await read(scope, receive, limit=self._resources.settings.webhook_body_limit_bytes)
                content_type, body = await self._respond(request)
        except Disconnected:
            return
        except Refused as refused:
            await self._answer(send, word, refused.status, error_body(refused.code, refused.message))
        except _STORAGE_FAULTS as fault:
            log.warning("inbound.unavailable", extra={"route": word, "fault": type(fault).__name__})
            await self._answer(send, word, 503, _UNAVAILABLE, retry_after="2")
        except Exception:  # a fault of ours must not make the provider take its message for refused: it sends it again
            log.exception("inbound.failed", extra={"route": word})
            await self._answer(send, word, 503, _UNAVAILABLE, retry_after="30")
        else:
            await self._answer(send, word, 200, body, content_type)

    async def _answer(
        self, send: Send, word: str, status: int, body: bytes, content_type: str = "application/json", **headers: str
    ) -> None:
        self.counts[f"{word if word in ROUTES or word in WEBHOOKS else 'other'}:{status}"] += 1
        await answer(send, status, body, content_type, **headers)

    async def _respond(self, request: Request) -> tuple[str, bytes]:
        if request.path[len(PREFIX) :].split("/", 1)[0] in WEBHOOKS:
            return await self._payments.respond(request)
        word, tenant = _route(request)
        if request.method == "GET":
            return "text/plain", (await self._handshake(word, tenant, request)).encode()
        candidates = await self._candidates(word, tenant, request)
        serving = _serving(candidates, request)
        events = [(account, event) for channel, account in serving for event in _events(channel, account, request)]
        await self._store(events, request)
        return candidates[0][0].answer

    async def _handshake(self, word: str, tenant: str | None, request: Request) -> str:
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        (channel,) = ROUTES[word]
        if tenant is not None:
            await self._tenants.get(tenant)
            accounts = await self._accounts.of_tenant(tenant, channel.name)
        else:
            accounts = await self._accounts.of_channel(channel.name)
        for account in accounts:
            challenge = channel.handshake(query, account)
            if challenge is not None:
                return challenge
        raise BadSignature("hub.verify_token does not match the one given to `orkesta channel connect`")

    async def _candidates(self, word: str, tenant: str | None, request: Request) -> list[tuple[Channel, Account]]:
        channels = ROUTES[word]
        found: list[tuple[Channel, Account]] = []
        if tenant is not None:
            await self._tenants.get(tenant)
            for channel in channels:
                found += [(channel, account) for account in await self._accounts.of_tenant(tenant, channel.name)]
        else:
            for channel in channels:
                addresses = channel.addresses(request)
                found += [(channel, a) for a in await self._accounts.at_addresses(channel.name, addresses)]
            if not found:  # signed by an app of ours, but for an address that nobody connected
                found = [(c, a) for c in channels for a in await self._accounts.of_channel(c.name)]
        if not found:
            raise NotFound(f"{word} is not connected for this tenant: use `orkesta channel connect`")
        return found

    async def _store(self, events: list[tuple[Account, Event]], request: Request) -> None:
        arrivals = [
            Arrival(account=account, envelope=event)
            for account, event in events
            if isinstance(event, Envelope) and event.kind != "echo"
        ]
        if arrivals:
            await self._put(arrivals, request)
        for number, (account, event) in enumerate(events):
            if not isinstance(event, Envelope) or event.kind == "echo":
                await self._note(account, event, f"{_digest(request)}:{number}")

    async def _put(self, arrivals: list[Arrival], request: Request) -> None:
        arrivals = [await attachments.stored(arrival, self._files) for arrival in arrivals]
        for number, (arrival, item) in enumerate(zip(arrivals, await self._inbox.put(arrivals), strict=True)):
            account, envelope = arrival.account, arrival.envelope
            if isinstance(item, Rejected):
                name, fragment = f"{account.channel}.{envelope.kind}", repr(envelope)
                ignored = Ignored(name=name, reason=item.reason, unreadable=True, fragment=fragment)
                await receipts.record(self._resources, account, ignored, f"{_digest(request)}:in{number}")
            elif item.fresh:
                if envelope.kind == "edit":
                    await inbox.amend(self._resources, account, envelope)
                self._rings(item.conversation_id)

    async def _note(self, account: Account, event: Event, event_id: str) -> None:
        """Store what is no customer message. Data that the database refuses is kept as unreadable: it is no reason
        to lose the rest of the payload."""
        try:
            await self._apply(account, event, event_id)
        except asyncpg.DataError as fault:
            name = f"{account.channel}.{type(event).__name__.lower()}"
            unreadable = Ignored(name=name, reason=type(fault).__name__, unreadable=True, fragment=repr(event))
            await receipts.record(self._resources, account, unreadable, event_id)

    async def _apply(self, account: Account, event: Event, event_id: str) -> None:
        resources = self._resources
        if isinstance(event, Envelope):
            touched = await echoes.apply(resources, account, event)
        elif isinstance(event, Receipt):
            touched = await receipts.apply(resources, account, event)
        elif isinstance(event, ContactState):
            await receipts.change_contact(resources, account, event)
            touched = None
        else:
            await receipts.record(resources, account, event, event_id)
            touched = None
        if touched:
            self._rings(touched)

    async def _ring(self, conversations: list[str]) -> list[None]:
        try:
            await self._doorbell.ring((conversation, 0) for conversation in dict.fromkeys(conversations))
        except (RedisError, OSError) as fault:  # a hint only: the sweeper finds what was not rung
            log.warning("doorbell.away", extra={"fault": type(fault).__name__, "lost": len(conversations)})
        return [None] * len(conversations)


def _route(request: Request) -> tuple[str, str | None]:
    """(word, tenant) of the path; raises NotFound, or Refused with 405."""
    parts = request.path[len(PREFIX) :].split("/")
    word, tenant = parts[0], parts[1] if len(parts) > 1 and parts[1] else None
    status_callback = word == "twilio" and len(parts) == 3 and parts[2] == "status"
    known = word in ROUTES and (len(parts) <= 2 or status_callback)
    if not known or (tenant is None and word not in _META):
        raise NotFound("there is no such webhook")
    if request.method != "POST" and not (request.method == "GET" and word in _META):
        refused = Refused(f"{request.method} is not for this webhook", code="method_not_allowed")
        refused.status = 405
        raise refused
    return word, tenant


def _serving(candidates: list[tuple[Channel, Account]], request: Request) -> list[tuple[Channel, Account]]:
    """The verified accounts that the payload names (all verified ones' first if it names none); or BadSignature."""
    verified, refusal = [], None
    for channel, account in candidates:
        try:
            channel.verify(request, account)
        except BadSignature as bad:
            refusal = bad
        else:
            verified.append((channel, account))
    if not verified:
        raise refusal or BadSignature("no account")
    if len(verified) == 1:
        return verified
    named = {channel.name: channel.addresses(request) for channel, _ in verified}
    exact = [(c, a) for c, a in verified if a.address in named[c.name]]
    of_its_kind = [(c, a) for c, a in verified if named[c.name]]  # an SMS is never answered over WhatsApp
    return exact or of_its_kind[:1] or verified[:1]


def _events(channel: Channel, account: Account, request: Request) -> list[Event]:
    try:
        return channel.read(request, account)
    except Unreadable as unreadable:
        fragment = request.body[:16_000].decode("utf-8", "replace")
        name = f"{channel.name}.unreadable"
        return [Ignored(name=name, reason=unreadable.message, unreadable=True, fragment=fragment)]


def _digest(request: Request) -> str:
    return hashlib.sha256(request.path.encode() + b"?" + request.query.encode() + b"\n" + request.body).hexdigest()[:40]
