"""Everything the emulator knows while it runs, and how one request to a provider is played."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Literal

import aiohttp
import msgspec
from starlette.responses import Response

from core.clock import Clock
from core.messages import Account
from core.settings import Settings
from emulator.accounts import Accounts
from emulator.asgi import Dropped, connection_fault
from emulator.faults import Fault, Faults
from emulator.limits import Buckets, Limits
from emulator.outbox import Entry, Outbox
from emulator.sender import Sender
from emulator.wire import Line, Wire

MEDIA_BYTES = 64 * 1024 * 1024
ContactWord = Literal["ok", "blocked", "unknown", "deactivated", "opted_out"]


class File(msgspec.Struct, frozen=True):
    """One media file, inbound or uploaded by the product."""

    data: bytes
    mime: str
    name: str
    transcript: str = ""


class Files:
    """Media by id; the oldest go when all together pass 64 MiB."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()
        self._size = 0

    def put(self, name: str, file: File) -> None:
        """Keep a file under an id."""
        self._files[name] = file
        self._size += len(file.data)
        while self._size > MEDIA_BYTES and len(self._files) > 1:
            self._size -= len(self._files.popitem(last=False)[1].data)

    def get(self, name: str) -> File | None:
        """The file with this id."""
        return self._files.get(name)


class World:
    """The state that all providers share."""

    def __init__(self, settings: Settings, *, base_url: str = "", api_url: str = "") -> None:
        host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
        self.base_url = base_url or f"http://{host}:{settings.emulator_port}"
        self.api_url = api_url or f"http://{host}:{settings.port}"
        self.accounts = Accounts(settings.home / "emulator" / "accounts.json")
        self.stripe_file = settings.home / "emulator" / "stripe.json"
        self.limits = Limits()
        self.buckets = Buckets()
        self.faults = Faults()
        self.files = Files()
        self.transcripts: dict[str, str] = {}  # sha256 of a voice file → what is said in it
        self.outbox = Outbox()
        self.inbox = Outbox(50_000)
        self.wire = Wire()
        self.clock = Clock()
        self.contacts: dict[tuple[str, str, str], ContactWord] = {}  # (tenant, channel, peer), only those not ok
        self.seen: dict[tuple[str, str], float] = {}  # (account id, peer) → time of the last inbound message
        self.names: dict[tuple[str, str], str] = {}  # (channel, peer) → the customer's name
        self.sender: Sender

    def open(self, http: aiohttp.ClientSession) -> None:
        """Take the HTTP session with which webhooks are posted."""
        self.sender = Sender(http, self.api_url, self.limits, self.wire)

    def now(self) -> float:
        """Real time in epoch seconds."""
        return Clock.millis() / 1000

    def deliver(self, entry: Entry) -> None:
        """A message arrived on the customer's phone."""
        self.outbox.put(entry)
        self.wire.tell("message", entry)

    def wrote(self, entry: Entry) -> None:
        """The customer wrote."""
        self.inbox.put(entry)
        self.seen[entry.account, entry.to] = entry.at
        self.wire.tell("inbound", entry)

    def mark(self, entry: Entry, status: str, error: str | None = None) -> None:
        """A delivered message came further."""
        entry.status, entry.error = status, error
        self.wire.tell("status", entry)

    def window_open(self, account: Account, peer: str) -> bool:
        """Whether the customer wrote within the last 24 hours (as far as we know)."""
        return self.now() - self.seen.get((account.id, peer), 0.0) < 24 * 3600

    def reset(self) -> None:
        """Forget traffic, faults and limits; the accounts stay."""
        for part in (self.outbox, self.inbox, self.wire, self.faults, self.buckets):
            part.clear()
        for table in (self.contacts, self.seen, self.transcripts):
            table.clear()
        for name in Limits.__struct_fields__:
            setattr(self.limits, name, getattr(Limits(), name))


# How the wire log names calls whose method alone would say little.
SHOWN = {
    "messages": "POST /messages",
    "read": "POST /messages (read)",
    "sender_action": "POST /messages (sender_action)",
    "media": "POST /media",
    "chat": "POST /chat/completions",
    "transcriptions": "POST /audio/transcriptions",
}


class Call(msgspec.Struct, kw_only=True):
    """One request of the product to a provider, as the fault programs and the wire log see it."""

    provider: str
    method: str
    tenant: str = ""
    channel: str = ""
    to: str = ""
    body: bytes = b""


Act = Callable[[Fault | None], Awaitable[Response]]
Refuse = Callable[[Fault], Response]


async def play(world: World, call: Call, act: Act, refuse: Refuse) -> Response:
    """Answer one request: a fault if one is due, else what `act` says; log the exchange."""
    started = Clock.monotonic()
    fault = world.faults.take(call.provider, call.method, call.tenant, call.to)
    response = await _respond(fault, act, refuse)
    if world.limits.wire:
        dropped = isinstance(response, Dropped)
        world.wire.put(
            Line(
                at=world.now(),
                direction="out",
                tenant=call.tenant,
                channel=call.channel or call.provider,
                peer=call.to,
                what=SHOWN.get(call.method, call.method),
                status=0 if dropped else response.status_code,
                ms=(Clock.monotonic() - started) * 1000,
                body=call.body,
                answer=b"" if dropped else bytes(getattr(response, "body", b"")),  # a stream has none
                note=f"fault: {fault.kind}" if fault else "",
            )
        )
    return response


async def _respond(fault: Fault | None, act: Act, refuse: Refuse) -> Response:
    if fault is None:
        return await act(None)
    if fault.processed or fault.kind == "drop_response":
        await act(fault)
    if fault.kind == "drop_response":
        return Dropped()
    early = await connection_fault(fault)
    if early is not None:
        return early
    if fault.kind in ("slow", "obeys") or (fault.kind == "error_code" and fault.late):
        return await act(fault)
    return refuse(fault)
