"""The API process: opens the resources once, mounts webhooks and the client API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import FastAPI

from core import log
from core.embedding import Embedder
from core.settings import Settings
from orchestrator.preview import preview
from storage import resources as resource_store
from storage.crypto import secret_key
from storage.live import Live
from storage.resources import Resources
from storage.shared_breakers import SharedBreakers
from webhooks import catalog, chat, documents, errors, health, pay
from webhooks.catalog import LARGER
from webhooks.client import Client
from webhooks.http import Receive, Scope, Send
from webhooks.inbound import PREFIX, InboundWebhooks


class Api:
    """Webhooks go straight to their bare ASGI application, everything else through FastAPI."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._web = FastAPI(title="Orkesta", lifespan=self._lifespan, docs_url="/docs", redoc_url=None)
        for part in (health, chat, catalog, documents, pay):
            self._web.include_router(part.router)
        errors.install(self._web, limit=settings.api_body_limit_bytes, larger=LARGER)
        self._inbound: InboundWebhooks | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX) and self._inbound:
            await self._inbound(scope, receive, send)
        else:
            await self._web(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, web: FastAPI) -> AsyncIterator[None]:
        async with self._opened() as resources:
            web.state.resources = resources
            self._inbound = web.state.inbound = InboundWebhooks(resources)
            live = Live(resources)
            web.state.client = Client.open(resources, live, preview)
            listening = asyncio.create_task(live.run())
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Resources]:
        try:
            async with resource_store.open(self._settings, name="orkesta-api", embedder=_embedder) as resources:
                yield resources
        except Exception as error:  # told here in our own words: the server would print it with all of its text
            log.failed(error)
            raise


def _embedder(settings: Settings, shared: SharedBreakers) -> Embedder | None:
    """What searches by meaning, where that is configured: nobody else pays for the SDK's import."""
    return import_module("llm.embeddings").configured(settings, shared) if settings.embedding_model else None


def create() -> Api:
    """Factory for the server: `uvicorn app:create --factory`."""
    settings = Settings()
    log.setup(settings.log_format, key=secret_key(settings))
    return Api(settings)
