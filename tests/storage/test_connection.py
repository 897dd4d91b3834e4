"""What one connection has asked about PostgreSQL's own types, no other one asks again."""

import asyncpg
import pytest

from storage import connection as connections
from storage.connection import Connection, learn_types
from storage.doorbell import Doorbell
from storage.resources import Resources
from workers import sweeper

_OF_EACH = "SELECT $1::bigint[], $2::timestamptz[], $3::jsonb[], $4::boolean[], $5::numeric[]"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[int]]:
    """The types that the server was asked for, in a process that knows none."""
    types: list[frozenset[int]] = []
    ask = asyncpg.Connection._introspect_types

    async def spy(self: asyncpg.Connection, typeoids: frozenset[int], timeout: float | None) -> object:
        types.append(frozenset(typeoids))
        return await ask(self, typeoids, timeout)

    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", spy)
    monkeypatch.setattr(connections, "_known", [])
    return types


async def connect(resources: Resources) -> asyncpg.Connection:
    return await asyncpg.connect(resources.settings.database_url, connection_class=Connection)


async def test_the_array_types_are_asked_for_once_for_all_connections(resources: Resources, asked):
    for _ in range(3):
        connection = await connect(resources)
        row = await connection.fetchrow(_OF_EACH, [1, None], [], ['{"a": 1}'], [True], [])
        assert list(row) == [[1, None], [], ['{"a": 1}'], [True], []]
        await connection.close()
    assert len(asked) == 1


async def test_processes_forked_after_learning_ask_for_nothing(resources: Resources, asked):
    await learn_types(resources.settings)
    asked.clear()
    connection = await connect(resources)
    assert await connection.fetchval("SELECT $1::bigint[]", [7]) == [7]
    await connection.close()
    assert asked == []


async def test_the_first_sweep_of_a_new_worker_asks_for_nothing(resources: Resources, asked):
    await learn_types(resources.settings)
    await resources.pg.expire_connections()  # so that they have not asked already
    asked.clear()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert asked == []


async def test_a_type_of_the_schema_is_still_asked_for(resources: Resources, asked):
    """The oids of extensions differ from database to database."""
    connection = await connect(resources)
    await connection.execute("CREATE TEMP TABLE thing (n int); CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok')")
    assert await connection.fetchval("SELECT $1::pg_temp.mood", "ok") == "ok"
    assert await connection.fetchval("SELECT array_agg(t) FROM (SELECT 1 AS n) AS t") is not None
    await connection.close()
    assert asked


async def test_elements_of_an_array_are_read_by_the_codec_of_the_connection(resources: Resources, asked):
    """The engine's pool reads jsonb as objects."""
    await learn_types(resources.settings)
    assert await resources.pg.fetchval("SELECT $1::jsonb[]", [{"a": [1]}]) == [{"a": [1]}]
