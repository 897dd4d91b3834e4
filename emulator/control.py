"""The emulator's own interface: `/emulator/…` for the product, tests, demos and the chat page."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from core.errors import Invalid, OrkestaError, Refused
from emulator.asgi import answer, encode
from emulator.faults import Fault
from emulator.inbound import Inbox
from emulator.limits import Limits
from emulator.outbox import Entry, peer_key
from emulator.wire import Line, shown
from emulator.world import ContactWord, World

KEEP_ALIVE_SECONDS = 15.0


class ContactChange(msgspec.Struct):
    """The body of `POST /emulator/contacts`: how a customer's side of a channel behaves."""

    tenant: str
    channel: str
    peer: str
    state: ContactWord


class Transcript(msgspec.Struct):
    """The body of `POST /emulator/transcripts`: what is said in the audio file with this checksum."""

    sha256: str
    text: str


class Control:
    """The routes under `/emulator`, and `/health`."""

    def __init__(self, world: World, inbox: Inbox) -> None:
        self._world, self._inbox = world, inbox

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/health", self.health),
            Route("/emulator/inbound", self.inbound, methods=["POST"]),
            Route("/emulator/outbox", self.outbox),
            Route("/emulator/thread", self.thread),
            Route("/emulator/wire", self.wire),
            Route("/emulator/events", self.events),
            Route("/emulator/accounts", self.register, methods=["POST"]),
            Route("/emulator/accounts", self.accounts, methods=["GET"]),
            Route("/emulator/accounts", self.forget, methods=["DELETE"]),
            Route("/emulator/contacts", self.contact, methods=["POST"]),
            Route("/emulator/faults", self.fault, methods=["POST"]),
            Route("/emulator/faults", self.faults, methods=["GET"]),
            Route("/emulator/limits", self.limits, methods=["GET", "POST"]),
            Route("/emulator/transcripts", self.transcript, methods=["POST"]),
            Route("/emulator/media/{number}", self.media),
            Route("/emulator/reset", self.reset, methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        """Liveness, and how much is in memory."""
        world = self._world
        sizes = {"accounts": len(world.accounts.all()), "outbox": len(world.outbox), "delivered": world.outbox.total}
        return answer({"status": "ok", **sizes})

    async def inbound(self, request: Request) -> Response:
        """A customer does something."""
        body = await request.body()
        results = await self._inbox.take(body)
        single = body.lstrip()[:1] == b"{" and len(results) == 1
        return answer(results[0] if single else {"items": results})

    async def outbox(self, request: Request) -> Response:
        """What was delivered."""
        found = self._world.outbox.find(**_filters(request, "tenant", "to", "since", "channel"))
        return answer({"items": [entry.shown() for entry in found], "total": self._world.outbox.total})

    async def thread(self, request: Request) -> Response:
        """Both sides of one conversation, oldest first."""
        query = request.query_params
        tenant, peer, channel = query.get("tenant", ""), query.get("peer", ""), query.get("channel", "")
        channels = ("whatsapp_cloud", "whatsapp_twilio") if channel == "whatsapp" else (channel,)
        rows = [
            {**entry.shown(), "side": side}
            for side, box in (("out", self._world.outbox), ("in", self._world.inbox))
            for entry in box.find(tenant, peer, limit=200)
            if channel == "" or entry.channel in channels
        ]
        return answer({"items": sorted(rows, key=lambda row: row["at"])[-200:]})

    async def wire(self, request: Request) -> Response:
        """The traffic, secrets masked."""
        query = request.query_params
        since = _count(request, "since", least=0)
        found = self._world.wire.find(query.get("tenant", ""), query.get("from", ""), since)
        hidden = self._world.accounts.secrets()
        return answer({"items": [shown(line, hidden) for line in found]})

    async def events(self, request: Request) -> Response:
        """Server-sent events for the chat page: message, inbound, status, typing, wire."""
        query = request.query_params
        tenant, peer = query.get("tenant", ""), peer_key(query.get("peer", ""))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(tenant, peer), media_type="text/event-stream", headers=headers)

    async def _stream(self, tenant: str, peer: str) -> AsyncIterator[bytes]:
        queue = self._world.wire.watch()
        try:
            yield b": hello\n\n"
            while True:
                try:
                    name, what = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if _concerns(what, tenant, peer):
                    yield b"event: %s\ndata: %s\n\n" % (name.encode(), encode(self._shown(what)))
        finally:
            self._world.wire.unwatch(queue)

    def _shown(self, what: Entry | Line) -> dict[str, Any]:
        return what.shown() if isinstance(what, Entry) else shown(what, self._world.accounts.secrets())

    async def register(self, request: Request) -> Response:
        """Accounts, personas and tenant names."""
        return answer({"accounts": self._world.accounts.register(await request.body())})

    async def accounts(self, request: Request) -> Response:
        """What is registered, without secrets."""
        known = self._world.accounts
        items = [
            {"id": a.id, "tenant": a.tenant, "channel": a.channel, "address": a.address, "name": a.settings.get("name")}
            for a in known.all()
        ]
        personas = list(known.personas.values())
        return answer({"items": items, "personas": personas, "tenants": known.tenants})

    async def forget(self, request: Request) -> Response:
        """Take all registrations away."""
        self._world.accounts.clear()
        return answer({"accounts": 0})

    async def contact(self, request: Request) -> Response:
        """How a customer's phone answers from now on."""
        change = msgspec.json.decode(await request.body(), type=ContactChange)
        account = self._world.accounts.find(change.tenant, change.channel)
        key = (change.tenant, account.channel if account else change.channel, change.peer)
        if change.state == "ok":
            self._world.contacts.pop(key, None)
        else:
            self._world.contacts[key] = change.state
        return answer({"state": change.state})

    async def fault(self, request: Request) -> Response:
        """The next requests to a provider go wrong."""
        body = await request.body()
        given = msgspec.json.decode(body)
        programs = msgspec.convert(given if isinstance(given, list) else [given], list[Fault], strict=False)
        return answer({"ids": [self._world.faults.add(program) for program in programs]})

    async def faults(self, request: Request) -> Response:
        """The programs that wait."""
        waiting = [{"fault": fault, "left": left} for fault, left in self._world.faults.waiting()]
        return answer({"items": waiting, "happened": self._world.faults.happened})

    async def limits(self, request: Request) -> Response:
        """Read or change limits; what is not named stays."""
        limits = self._world.limits
        if request.method == "POST":
            given = msgspec.json.decode(await request.body(), type=dict[str, Any])
            unknown = set(given) - set(Limits.__struct_fields__)
            if unknown:
                raise msgspec.ValidationError(f"unknown limits: {', '.join(sorted(unknown))}")
            changed = msgspec.convert({**msgspec.to_builtins(limits), **given}, Limits)
            for name in Limits.__struct_fields__:
                setattr(limits, name, getattr(changed, name))
            self._world.outbox.capacity = limits.outbox
            self._world.buckets.clear()
        return answer(limits)

    async def transcript(self, request: Request) -> Response:
        """What is said in an audio file: `{"sha256", "text"}`."""
        given = msgspec.json.decode(await request.body(), type=Transcript)
        self._world.transcripts[given.sha256] = given.text
        return answer({"transcripts": len(self._world.transcripts)})

    async def media(self, request: Request) -> Response:
        """A file, for the chat page."""
        file = self._world.files.get(request.path_params["number"])
        if file is None:
            return Response(status_code=404)
        # Uploaded bytes are shown to people: never as a page of ours.
        safe = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(file.data, headers=safe, media_type=file.mime)

    async def reset(self, request: Request) -> Response:
        """Forget traffic, faults and limits."""
        self._world.reset()
        return answer({"status": "ok"})


def refused(request: Request, error: Exception) -> Response:
    """An error in the shape of all our interfaces."""
    if isinstance(error, msgspec.ValidationError | msgspec.DecodeError):
        return answer({"error": {"code": "invalid", "message": str(error)}}, 422)
    status = error.status if isinstance(error, Refused) else 500
    code = error.code if isinstance(error, OrkestaError) else "error"
    return answer({"error": {"code": code, "message": str(error)}}, status)


def unknown(request: Request, error: Exception) -> Response:
    """A path or method that nobody has: in our shape under /emulator, in words elsewhere."""
    assert isinstance(error, HTTPException)
    if not request.url.path.startswith("/emulator"):
        return Response(str(error.detail), error.status_code, dict(error.headers or {}), "text/plain")
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
    return answer({"error": {"code": code, "message": str(error.detail)}}, error.status_code)


def _concerns(what: Entry | Line, tenant: str, peer: str) -> bool:
    if isinstance(what, Line) and not what.tenant:  # a call to a model: whose turn it serves is not in the request
        return True
    return tenant in ("", what.tenant) and peer in ("", peer_key(_peer(what)))


def _peer(what: Entry | Line) -> str:
    return what.to if isinstance(what, Entry) else what.peer


def _filters(request: Request, *names: str) -> dict[str, Any]:
    query = request.query_params
    filters: dict[str, Any] = {name: query[name] for name in names if query.get(name)}
    if query.get("limit"):
        filters["limit"] = _count(request, "limit", least=1)
    return filters


def _count(request: Request, name: str, *, least: int) -> int:
    given = request.query_params.get(name) or "0"
    if not (given.isascii() and given.isdecimal() and len(given) <= 18 and int(given) >= least):
        raise Invalid(f"{name}: a whole number from {least}, not {given[:40]!r}")
    return int(given)
