"""The tower's JSON of payments: links, transactions, played webhooks, and the stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.shapes import plain
from core.clock import Clock
from core.errors import Conflict, PaymentFailed
from core.payments import PaymentLink, Play
from storage import payment_events, payments, users
from storage.resources import Resources
from storage.users import User

router = APIRouter(prefix="/api")
Limit = Annotated[int, Query(ge=1, le=500)]
_POLL_SECONDS = 0.5
_KEEP_ALIVE_SECONDS = 15.0
_SHOWN = 20  # events that a new stream begins with


class Desk(Protocol):
    """What needs a payment provider; the tower's process puts it in."""

    async def create_link(self, tenant: str, kind: str, number: str, part: int | None = None) -> PaymentLink:
        """Make a link, of a part of the debt when one is given."""
        ...

    async def refund(self, tenant: str, payment_id: str, part: int | None, actor: str) -> dict[str, Any]:
        """Give money back."""
        ...

    async def simulate(self, wish: Play) -> dict[str, Any]:
        """Play a webhook."""
        ...

    async def test_idempotency(self, wish: Play) -> dict[str, Any]:
        """Play one webhook many times."""
        ...


class LinkOf(BaseModel):
    """What a link is for: `kind` and `number`, or one of `invoice`, `order`, `quote`."""

    tenant: str = Field(max_length=63)
    kind: str = Field("invoice", max_length=20)
    number: str = Field("", max_length=100)
    invoice: str = Field("", max_length=100)
    order: str = Field("", max_length=100)
    quote: str = Field("", max_length=100)
    amount_minor: int | None = Field(None, ge=0, le=10**15)  # a part; else all that remains

    def named(self) -> tuple[str, str]:
        """Kind and number."""
        given = [(kind, getattr(self, kind)) for kind in ("invoice", "order", "quote") if getattr(self, kind)]
        return given[0] if given else (self.kind, self.number)


class Played(LinkOf):
    """A webhook to be played for a sandbox tenant."""

    type: str = Field("checkout.session.completed", max_length=100)
    currency: str = Field("", max_length=3)
    payment_id: str = Field("", max_length=255)
    event: dict[str, Any] | None = None
    copies: int = Field(1, ge=1, le=100)


class Repeat(Played):
    """One event, many times."""

    copies: int = Field(10, ge=2, le=100)


@router.post("/payments/create-link")
async def create_link(wish: LinkOf, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Make the payment link of an invoice, order or quote: for what remains, from our own rows."""
    await may(resources, user, wish.tenant, ANSWER)
    try:
        return plain(await _desk(request).create_link(wish.tenant, *wish.named(), wish.amount_minor))
    except PaymentFailed as fault:
        raise Conflict(fault.message, code=fault.code.replace(":", "_")) from fault


class Refund(BaseModel):
    """Which payment (our id or the provider's), and how much of it; all that is left without an amount."""

    tenant: str = Field(max_length=63)
    payment_id: str = Field(max_length=300)
    amount_minor: int | None = Field(None, ge=0, le=10**15)


@router.post("/payments/refund")
async def refund(wish: Refund, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Give money back: for admins of the tenant."""
    await may(resources, user, wish.tenant, RULE)
    try:
        return plain(await _desk(request).refund(wish.tenant, wish.payment_id, wish.amount_minor, user.email))
    except PaymentFailed as fault:
        raise Conflict(fault.message, code=fault.code.replace(":", "_")) from fault


@router.post("/payments/simulate-webhook")
async def simulate(wish: Played, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Play a provider's webhook through the real endpoint."""
    await may(resources, user, wish.tenant, ANSWER)
    return plain(await _desk(request).simulate(_play(wish)))


@router.post("/webhooks/test-idempotency")
async def test_idempotency(wish: Repeat, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Post one event many times at once, and tell what it left behind."""
    await may(resources, user, wish.tenant, ANSWER)
    return plain(await _desk(request).test_idempotency(_play(wish)))


@router.get("/payments/transactions")
async def transactions(
    resources: Opened, user: SignedIn, tenant: str | None = None, status: str = "", number: str = "",
    before: datetime | None = None, limit: Limit = 100,
) -> Any:  # fmt: skip
    """Payments, newest first."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    found = await payments.transactions(
        resources, scope_of(user, tenant), status=status, number=number, before=before, most=limit
    )
    return plain({"transactions": found, "before": found[-1].created_at if len(found) == limit else None})


@router.get("/webhooks/events")
async def events(resources: Opened, user: SignedIn, tenant: str | None = None, limit: Limit = 100) -> Any:
    """Events of providers, newest first."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    return plain({"events": await payment_events.listed(resources, scope_of(user, tenant), most=limit)})


@router.get("/webhooks/stream")
async def stream(resources: Opened, user: SignedIn, tenant: str | None = None) -> StreamingResponse:
    """Server-sent events: each webhook event as it comes, and again when its status changes."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_told(resources, user, tenant), 200, headers, "text/event-stream")


async def _told(resources: Resources, user: User, tenant: str | None) -> AsyncIterator[str]:
    """The database is asked twice a second: no event is lost with Redis, and any replica may serve the stream."""
    yield "retry: 1500\n\n"
    seen: dict[tuple[str, str], str] = {}
    checked = said = Clock.monotonic()
    while True:
        rows = await payment_events.listed(resources, scope_of(user, tenant), most=100 if seen else _SHOWN)
        news = [row for row in reversed(rows) if seen.get((row["source"], row["event_id"])) != row["status"]]
        for row in news:
            yield f"event: webhook\ndata: {json.dumps(plain(row))}\n\n"
        seen = {(row["source"], row["event_id"]): row["status"] for row in rows} or {("", ""): ""}
        now = Clock.monotonic()
        if news:
            said = now
        elif now - said > _KEEP_ALIVE_SECONDS:
            said = now
            yield ": nothing new\n\n"
        if now - checked > _KEEP_ALIVE_SECONDS:
            user, checked = await users.again(resources, user), now
            if tenant:
                await may(resources, user, tenant, LOOK)
        await asyncio.sleep(_POLL_SECONDS)


def _desk(request: Request) -> Desk:
    found: Desk = request.app.state.payment_desk
    return found


def _play(given: Played) -> Play:
    kind, number = given.named()
    return Play(
        tenant=given.tenant, type=given.type, kind=kind, number=number, amount_minor=given.amount_minor,
        currency=given.currency.upper(), payment_id=given.payment_id, event=given.event, copies=given.copies,
    )  # fmt: skip
