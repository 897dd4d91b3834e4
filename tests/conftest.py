"""Real PostgreSQL and Redis for every test: one pair of servers per pytest process, emptied after each test."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest
from redis.asyncio import Redis

from core.settings import Settings
from storage import embedded
from storage import resources as resource_store
from storage.migrate import migrate
from storage.resources import Resources

# A machine that is busy with other tests is no fault of the code: hypothesis looks at results alone.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted with `record_property`, such as attacks and lies."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        counts.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for name, count in sorted(counts.items()):
        terminalreporter.write_line(f"{name}: {count}")


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


@pytest.fixture(scope="session")
def database(pg_dsn: str) -> str:
    """The database with the newest schema."""
    asyncio.run(migrate(pg_dsn))
    return pg_dsn


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database, redis_url=redis_url, home=tmp_path / "home", secret_key="test key")


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """Resources on an empty database and an empty Redis."""
    async with resource_store.open(settings, name="test") as opened:
        tables = await opened.pg.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        await opened.pg.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} RESTART IDENTITY CASCADE")
        await opened.redis.flushall()
        yield opened
