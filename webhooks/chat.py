"""The web channel: POST /api/chat goes through the inbox like every channel, and can wait for the answer."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from core.clock import Clock, rfc3339
from core.errors import Conflict, Invalid, NotFound
from core.messages import Envelope, Sender
from core.records import Tenant
from storage import chat
from storage.chat import Progress, Said
from storage.inbox import Arrival, Rejected
from storage.storable import clean
from webhooks.client import Api, Caller, Client

router = APIRouter(prefix="/api/chat", tags=["chat"])
MOST_WAIT_SECONDS = 30
_ASK_SECONDS = 1.0  # between looks at the database when no change was announced
_KEEP_ALIVE_SECONDS = 15.0
_ACTIVE_HOURS = 24
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"  # a control character would be dropped on the way to the database

CustomerId = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
CustomerPath = Annotated[str, Path(min_length=1, max_length=200, pattern=_PRINTABLE)]


class Message(BaseModel):
    """`message_id` is the client's own: the same one again is the same message."""

    customer: CustomerId
    text: str = Field(min_length=1, max_length=10_000)
    wait_seconds: float = Field(10, ge=0, le=MOST_WAIT_SECONDS)
    message_id: str | None = Field(None, pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    name: str | None = Field(None, max_length=200)
    locale: str | None = Field(None, pattern="^(es|en|pt)$")


@router.post("")
async def say(message: Message, response: Response, api: Api, tenant: Caller) -> dict[str, Any]:
    """Take one message of a customer; answer with the replies that came within `wait_seconds`."""
    conversation, message_id = await _put(api, tenant, message)
    if message.wait_seconds:
        progress = await _progress(api, tenant, conversation, message_id, message.wait_seconds)
    else:
        progress = Progress(settled=False)
        await api.ring(conversation)
    response.status_code = 200 if progress.settled else 202
    return {
        "conversation_id": conversation,
        "message_id": str(message_id),
        "replies": [_shown(reply) for reply in progress.replies],
        "outcome": progress.outcome,
        "agent": progress.agent,
        "intent": progress.intent,
    }


@router.get("/history/{customer}")
async def history(
    customer: CustomerPath, api: Api, tenant: Caller,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:  # fmt: skip
    """Messages of a customer, newest last; `before` of the answer asks for the page before this one."""
    conversation = _conversation(tenant, customer)
    found = await chat.history(api.resources, tenant.id, conversation, before=before, most=limit)
    if found is None:
        raise NotFound("this customer has not written on the web channel")
    return {
        "conversation_id": conversation,
        "messages": [_shown(said) for said in found],
        "before": found[0].seq if len(found) == limit and found[0].seq > 1 else None,
    }


@router.get("/active")
async def active(
    api: Api, tenant: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> dict[str, Any]:  # fmt: skip
    """Conversations of the last 24 hours on every channel, the newest first."""
    since = api.resources.clock.now() - timedelta(hours=_ACTIVE_HOURS)
    rows = await chat.active(api.resources, tenant.id, since=since, most=limit)
    return {
        "conversations": [
            {
                "conversation_id": row["id"], "channel": row["channel"], "customer": row["peer"], "mode": row["mode"],
                "agent": row["agent"], "language": row["locale"], "last_message_at": rfc3339(row["last_message_at"]),
            }
            for row in rows
        ]
    }  # fmt: skip


@router.get("/stream/{customer}")
async def stream(
    customer: CustomerPath, api: Api, tenant: Caller,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None, last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:  # fmt: skip
    """Server-sent events: one `message` for everything said to this customer from now on, or after a seq."""
    conversation = _conversation(tenant, customer)
    start = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 19 else after
    if start is None:
        start = await chat.last_seq(api.resources, tenant.id, conversation)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(api, tenant, conversation, start), 200, headers, "text/event-stream")


async def _put(api: Client, tenant: Tenant, message: Message) -> tuple[str, int]:
    account = await api.accounts.get(f"{tenant.id}:web:web")
    dedupe = f"{message.message_id or uuid.uuid4().hex}/{message.customer}"
    sender = Sender(id=message.customer, name=message.name, locale=message.locale)
    context: dict[str, Any] = {"locale": message.locale} if message.locale else {}
    envelope = Envelope(dedupe=dedupe, sender=sender, text=message.text, context=context)
    (stored,) = await api.inbox.put([Arrival(account=account, envelope=envelope)])
    if isinstance(stored, Rejected):
        raise Invalid("the message cannot be stored: shorten customer, name or message_id")
    if stored.message_id is not None:
        return stored.conversation_id, stored.message_id
    known = await chat.received(api.resources, tenant.id, account.id, clean(dedupe) or "")
    if known is None:
        raise NotFound("the message of this message_id is gone")
    if known[1] != clean(message.text):
        raise Conflict("this message_id was used for another text")
    return stored.conversation_id, known[0]


async def _progress(api: Client, tenant: Tenant, conversation: str, message_id: int, seconds: float) -> Progress:
    deadline = Clock.monotonic() + seconds
    async with api.live.watch(conversation) as changed:
        await api.ring(conversation)
        while True:
            changed.clear()
            progress = await chat.progress(api.resources, tenant.id, conversation, message_id)
            left = deadline - Clock.monotonic()
            if progress.settled or left <= 0:
                return progress
            await _change(changed, min(_ASK_SECONDS, left))


async def _events(api: Client, tenant: Tenant, conversation: str, seq: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    async with api.live.watch(conversation) as changed:
        written = Clock.monotonic()
        while True:
            changed.clear()
            for said in await chat.said_after(api.resources, tenant.id, conversation, seq):
                seq, written = said.seq, Clock.monotonic()
                body = msgspec.json.encode(_shown(said)).decode()
                yield f"id: {seq}\nevent: message\ndata: {body}\n\n"
            if Clock.monotonic() - written > _KEEP_ALIVE_SECONDS:
                written = Clock.monotonic()
                yield ": still here\n\n"
            await _change(changed, 5.0)


async def _change(changed: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return


def _conversation(tenant: Tenant, customer: str) -> str:
    return f"{tenant.id}:web:web:{customer}"


def _shown(said: Said) -> dict[str, Any]:
    shown = {
        "id": str(said.id), "seq": said.seq, "author": said.author, "kind": said.kind, "text": said.text,
        "status": said.status, "at": rfc3339(said.at),
    }  # fmt: skip
    if said.buttons:
        shown["buttons"] = [{"id": button.id, "title": button.title} for button in said.buttons]
    if said.media:
        shown["attachments"] = [
            {"kind": said.media.kind, "mime": said.media.mime, "url": said.media.url, "name": said.media.name}
        ]
    return shown
