"""The control tower: its own process, pages at `/`, JSON under `/api`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from control_tower import (
    api,
    auth,
    cases,
    desk,
    dunning,
    dunning_pages,
    errors,
    events,
    golden,
    impersonation,
    imports,
    models,
    payment_pages,
    payments,
    time_machine,
    views,
)  # fmt: skip
from control_tower.desk import Cut
from control_tower.dunning import Remind
from control_tower.events import Broadcaster
from core.body_limit import BodyLimit
from core.settings import Settings
from storage import resources as resource_store
from storage import users
from storage.live import Live
from storage.resources import Resources

_POLICY = (
    b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def create(
    settings: Settings, cut: Cut, pay: Callable[[Resources], payments.Desk] | None = None,
    remind: Remind | None = None, stage: golden.Stage | None = None,
) -> FastAPI:  # fmt: skip
    """Build the application; `cut` makes the parts of a person's answer for a channel, `pay` what needs a payment
    provider, `remind` does what is due of a tenant's reminders, `stage` plays golden flows."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with resource_store.open(settings, name="orkesta-tower") as resources:
            app.state.resources = resources
            app.state.payment_desk = pay(resources) if pay else None
            app.state.remind, app.state.stage, app.state.running = remind, stage, set()
            await users.ensure_first(resources)
            live = Live(resources)
            app.state.broadcaster = Broadcaster(live)
            tasks = [asyncio.create_task(live.run()), asyncio.create_task(app.state.broadcaster.run())]
            try:
                yield
            finally:
                tasks += app.state.running
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(title="Orkesta control tower", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.cut = cut
    parts = (
        auth, api, cases, desk, dunning, dunning_pages, events, golden, impersonation, imports, models, payments,
        payment_pages, time_machine, views,
    )  # fmt: skip
    for part in parts:
        app.include_router(part.router)
    app.add_api_route("/health", _alive)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    errors.install(app)
    app.add_middleware(BodyLimit, limit=settings.api_body_limit_bytes, larger=imports.LARGER)
    app.add_middleware(SafeHeaders)
    return app


async def _alive() -> dict[str, str]:
    return {"status": "ok"}


Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class SafeHeaders:
    """Adds the security headers to every answer, and keeps pages out of caches."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *_HEADERS]
                if b"cache-control" not in names:
                    kept = b"no-cache" if scope["path"].startswith("/static/") else b"no-store"
                    message["headers"].append((b"cache-control", kept))
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)
