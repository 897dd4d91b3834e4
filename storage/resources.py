"""Everything a process opens once: PostgreSQL, Redis, HTTP, clock, cipher. No global client anywhere."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import aiohttp
import asyncpg
import redis.asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from core.clock import Clock
from core.embedding import Embedder
from core.settings import Settings
from storage.connection import Connection, TenantConnection
from storage.crypto import Cipher, secret_key
from storage.journal import on_wire
from storage.shared_breakers import SharedBreakers

# What passes by itself: the database is away, stops, is full or was busy with somebody else's transaction. asyncpg
# calls it an internal error when a connection that the server just ended is asked before its end was noticed.
OUTAGES = (
    asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError, asyncpg.InsufficientResourcesError, asyncpg.InternalClientError,
    OSError, TimeoutError,
)  # fmt: skip
TENANT_ROLE = "orkesta_tenant"  # sees one tenant's rows: those of the setting orkesta.tenant


# (settings, what all processes share of the models) → the embedder; given by who puts the process together, since
# storage knows no models.
MakeEmbedder = Callable[[Settings, SharedBreakers], Embedder | None]


class Closing(Protocol):
    """What must be closed at the end of the process."""

    async def close(self) -> None: ...


Opened = TypeVar("Opened", bound=Closing)


class Kept:
    """What another package opens at its first use and keeps for the life of the process."""

    def __init__(self) -> None:
        self._kept: dict[Callable[[], Closing], Closing] = {}

    def once(self, make: Callable[[], Opened]) -> Opened:
        """Give what `make` made when it was first asked for."""
        if make not in self._kept:
            self._kept[make] = make()
        found: Any = self._kept[make]
        return found  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Close all of it."""
        while self._kept:
            await self._kept.popitem()[1].close()


@dataclass(frozen=True)
class Resources:
    """What functions are given, whole or in part. `pg` acts for the engine across tenants."""

    settings: Settings
    pg: "asyncpg.Pool[asyncpg.Record]"
    tenant_pg: "asyncpg.Pool[asyncpg.Record]"
    redis: aioredis.Redis
    http: aiohttp.ClientSession
    clock: Clock
    cipher: Cipher
    kept: Kept = field(default_factory=Kept)
    embedder: Embedder | None = None  # of catalogue search by meaning; None: by words alone

    @asynccontextmanager
    async def tenant_connection(self, tenant: str) -> AsyncIterator[Any]:
        """Give a connection in a transaction that sees and writes only this tenant's rows."""
        async with self.tenant_pg.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('orkesta.tenant', $1, true)", tenant)
            yield connection

    @asynccontextmanager
    async def tenant_reader(self, tenant: str) -> AsyncIterator[Any]:
        """Give a connection for single reads of this tenant's rows, without the round trips of a transaction. Every
        taker names its tenant before anything else, so none is ever inherited."""
        async with self.tenant_pg.acquire() as connection:
            await connection.see_only(tenant)
            yield connection


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _nothing_to_reset(_connection: Any) -> None:
    """Sessions keep no state between takers (locks and settings are of the transaction, or set by each taker), so
    asyncpg's reset query, a round trip for every statement, is left out."""


async def _tell_journal(_session: Any, _context: Any, _sent: Any) -> None:
    if begin := on_wire.get():
        begin()


def _tracing() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_tell_journal)  # called just before the bytes are written
    return tracing


def _pool(dsn: str, *, size: int, name: str, plans: str, role: str | None = None) -> Any:
    server_settings = {"application_name": name, "jit": "off", "timezone": "UTC", "plan_cache_mode": plans}
    if role:
        server_settings["role"] = role
    return asyncpg.create_pool(
        dsn, min_size=1, max_size=size, init=_prepare, server_settings=server_settings,
        command_timeout=30, timeout=10, max_inactive_connection_lifetime=0, reset=_nothing_to_reset,
        connection_class=TenantConnection if role else Connection,
    )  # fmt: skip


def connect_redis(url: str, name: str) -> aioredis.Redis:
    """A client that reconnects by itself; every caller survives its absence."""
    client: aioredis.Redis = aioredis.Redis.from_url(
        url, client_name=name, socket_timeout=5, socket_connect_timeout=2, health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2), retry_on_error=[ConnectionError],
    )  # fmt: skip
    return client


def no_embedder(_settings: Settings, _shared: SharedBreakers) -> None:
    """For processes that search by words alone, and those that do not search."""


@asynccontextmanager
async def open(
    settings: Settings, name: str = "orkesta", pool_size: int = 6, embedder: MakeEmbedder = no_embedder,
    *, engine_pool_size: int | None = None, plans: Literal["auto", "force_generic_plan"] = "auto",
) -> AsyncIterator[Resources]:  # fmt: skip
    """Open all resources for one process and close them at the end. `plans` is PostgreSQL's plan_cache_mode;
    `engine_pool_size` the size of `pg`, where it is to differ from that of `tenant_pg`.

    Raises the connection error of PostgreSQL when it does not answer; Redis may be away.
    """
    pg, tenant_pg = await asyncio.gather(
        _pool(settings.database_url, size=engine_pool_size or pool_size, name=name, plans=plans),
        _pool(settings.database_url, size=pool_size, name=f"{name}-tenant", plans=plans, role=TENANT_ROLE),
    )
    redis = connect_redis(settings.redis_url, name)
    http = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=settings.send_timeout_seconds, sock_connect=3),
        connector=aiohttp.TCPConnector(limit=512, limit_per_host=128, ttl_dns_cache=300, keepalive_timeout=60),
        auto_decompress=True,
        json_serialize=json.dumps,
        trace_configs=[_tracing()],
    )
    cipher = Cipher(secret_key(settings))
    embeds = embedder(settings, SharedBreakers(redis))
    opened = Resources(settings, pg, tenant_pg, redis, http, Clock(), cipher, embedder=embeds)
    try:
        yield opened
    finally:
        await opened.kept.close()
        if embeds:
            await embeds.close()
        await http.close()
        await redis.aclose()
        await asyncio.gather(_close(pg), _close(tenant_pg))


async def _close(pool: Any) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()
