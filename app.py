"""The API process: opens the resources once, mounts webhooks and the client API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from core import log
from core.settings import Settings
from storage import resources as resource_store
from webhooks import health
from webhooks.http import Receive, Scope, Send
from webhooks.inbound import PREFIX, InboundWebhooks


class Api:
    """Webhooks go straight to their bare ASGI application, everything else through FastAPI."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._web = FastAPI(title="Orkesta", lifespan=self._lifespan, docs_url="/docs", redoc_url=None)
        self._web.include_router(health.router)
        self._inbound: InboundWebhooks | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX) and self._inbound:
            await self._inbound(scope, receive, send)
        else:
            await self._web(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, web: FastAPI) -> AsyncIterator[None]:
        async with resource_store.open(self._settings, name="orkesta-api") as resources:
            web.state.resources = resources
            self._inbound = web.state.inbound = InboundWebhooks(resources)
            yield


def create() -> Api:
    """Factory for the server: `uvicorn app:create --factory`."""
    settings = Settings()
    log.setup(settings.log_format)
    return Api(settings)
