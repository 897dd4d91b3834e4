"""The system that a command talks to: the running one, or the embedded servers for the command's own time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

import asyncpg

from core.settings import Settings
from storage import embedded, resources

CONNECT_SECONDS = 30  # beside a system that is just starting


@asynccontextmanager
async def addresses(settings: Settings) -> AsyncIterator[Settings]:
    """Give the settings with the addresses of a PostgreSQL and a Redis that answer, migrated."""
    use = {"postgres": not settings.database_url, "redis": not settings.redis_url}
    if not any(use.values()):
        yield settings
        return
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(embedded.servers(settings.home, **use))
            filled = with_embedded(settings)
            # Loading SQLAlchemy and Alembic costs half of a command's start: beside a running system nobody needs them.
            await import_module("storage.migrate").migrate(filled.database_url)
        except embedded.AlreadyRunning:
            filled = with_embedded(settings)
            await _answering(filled.database_url)
        yield filled


def with_embedded(settings: Settings) -> Settings:
    """The same settings; servers that the user does not bring are those of the home directory."""
    home = settings.home.resolve()
    return settings.model_copy(
        update={
            "home": home,
            "database_url": settings.database_url or embedded.postgres_dsn(home),
            "redis_url": settings.redis_url or embedded.redis_url(home),
        }
    )


@asynccontextmanager
async def system() -> AsyncIterator[resources.Resources]:
    """Open the resources of a short command."""
    async with addresses(Settings()) as settings, resources.open(settings, "orkesta-cli", pool_size=2) as opened:
        yield opened


async def _answering(dsn: str) -> None:
    async with asyncio.timeout(CONNECT_SECONDS):
        while True:
            try:
                connection = await asyncpg.connect(dsn)
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.1)
            else:
                await connection.close()
                return
