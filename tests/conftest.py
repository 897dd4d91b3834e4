"""Real PostgreSQL and Redis for every test: one pair of servers per pytest process, emptied after each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from redis.asyncio import Redis

from storage import embedded


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Servers]:
    """The servers of this process; a test may stop, kill and start them (`await servers.redis.start()`)."""
    context = embedded.servers(tmp_path_factory.mktemp("orkesta"))
    with asyncio.Runner() as runner:
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def pg_dsn(servers: embedded.Servers) -> str:
    return servers.dsn


@pytest.fixture(scope="session")
def redis_url(servers: embedded.Servers) -> str:
    return servers.redis_url


@pytest.fixture
async def pg(pg_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(pg_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()
