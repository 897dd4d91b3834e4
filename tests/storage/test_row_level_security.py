"""The second wall between tenants, on every table that the database really has, whoever added it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from core.settings import Settings
from storage import embedded
from storage import resources as resource_store
from storage.resources import TENANT_ROLE, Resources

OWNED = """
    SELECT c.relname AS name, c.relrowsecurity AS walled,
           coalesce((SELECT string_agg(p.polname || ' ' || pg_get_expr(p.polqual, p.polrelid) || ' '
                                       || pg_get_expr(p.polwithcheck, p.polrelid), '; ')
                     FROM pg_policy p WHERE p.polrelid = c.oid AND $1::regrole = ANY (p.polroles)), '') AS policy
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND (a.attname = 'tenant_id' OR c.relname = 'tenants' AND a.attname = 'id')
    ORDER BY c.relname"""
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
SOME = {
    "float8": "1", "numeric": "0.5", "bool": "true", "timestamptz": "now()",
    "date": "'2026-01-31'", "jsonb": "'{}'", "bytea": "''", "tsvector": "''",
}  # fmt: skip


@pytest.fixture
async def root(servers: embedded.Servers) -> AsyncIterator[asyncpg.Connection]:
    """The superuser, who may put rows anywhere without their parents."""
    connection = await asyncpg.connect(embedded.postgres_dsn(servers.postgres.home, user="postgres"))
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def tables(connection: Any) -> list[asyncpg.Record]:
    return list(await connection.fetch(OWNED, TENANT_ROLE))


async def row_for(connection: Any, table: str, tenant: str) -> str:
    """An INSERT that fills what must be filled."""
    columns = await connection.fetch(
        """SELECT a.attname AS name, t.typname AS kind FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
             AND NOT a.atthasdef AND a.attidentity = ''""",
        table,
    )
    names = [column["name"] for column in columns]
    key = "id" if table == "tenants" else "tenant_id"
    some = SOME | dict.fromkeys(("int2", "int4", "int8"), "1" if tenant == "mine" else "2")
    values = [f"'{tenant}'" if c["name"] == key else some.get(c["kind"], f"'{tenant}'") for c in columns]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(values)})"


async def test_every_table_of_a_tenant_has_the_wall(resources: Resources) -> None:
    found = await tables(resources.pg)
    assert len(found) > 35
    for table in found:
        assert table["walled"], table["name"]
        column = "id" if table["name"] == "tenants" else "tenant_id"
        for part in ("tenant_rows", column, "current_setting('orkesta.tenant'::text, true)"):
            assert table["policy"].count(part) >= 1, table["name"]
        assert table["policy"].count("current_setting") == 2, f"{table['name']}: reads and writes"


async def test_a_table_of_nobody_is_not_for_tenants(resources: Resources) -> None:
    owned = {table["name"] for table in await tables(resources.pg)}
    every = await resources.pg.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    for name in {row["name"] for row in every} - owned:
        for right in RIGHTS:
            assert not await resources.pg.fetchval("SELECT has_table_privilege($1, $2, $3)", TENANT_ROLE, name, right)


async def test_a_tenant_sees_and_writes_nothing_of_another(resources: Resources, root: asyncpg.Connection) -> None:
    checked = []
    for name in [table["name"] for table in await tables(root)]:
        for tenant in ("mine", "theirs"):
            await root.execute(await row_for(root, name, tenant))
        if await root.fetchval("SELECT has_table_privilege($1, $2, 'SELECT')", TENANT_ROLE, name):
            await sees_only_its_own(resources, name)
            checked.append(name)
        await writes_nothing(resources, name, await row_for(root, name, "theirs"))
        column = "id" if name == "tenants" else "tenant_id"
        assert await root.fetchval(f"SELECT count(*) FROM {name} WHERE {column} = 'theirs'") == 1, name
    assert len(checked) > 33


async def sees_only_its_own(resources: Resources, table: str) -> None:
    column = "id" if table == "tenants" else "tenant_id"
    async with resources.tenant_connection("mine") as own:
        assert await own.fetchval(f"SELECT array_agg(DISTINCT {column}) FROM {table}") == ["mine"], table
        assert await own.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = 'theirs'") == 0, table
    for tenant in ("", "mine'", "*", "theirs%"):
        async with resources.tenant_connection(tenant) as nobody:
            assert await nobody.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def writes_nothing(resources: Resources, table: str, row: str) -> None:
    """No new row for another tenant, none of its rows changed or removed, none of our own given away."""
    column = "id" if table == "tenants" else "tenant_id"
    for statement in (row, f"UPDATE {table} SET {column} = 'theirs' WHERE {column} = 'mine'", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with resources.tenant_connection("mine") as own:
                await own.execute(statement)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        try:
            async with resources.tenant_connection("mine") as own:
                done = await own.execute(f"{statement} WHERE {column} = 'theirs'")
        except asyncpg.InsufficientPrivilegeError:  # not even for its own rows
            continue
        assert done in ("UPDATE 0", "DELETE 0"), table


async def test_without_a_tenant_there_is_nothing(resources: Resources, root: asyncpg.Connection) -> None:
    for name in [table["name"] for table in await tables(root)]:
        await root.execute(await row_for(root, name, "mine"))
        if not await root.fetchval("SELECT has_table_privilege($1, $2, 'SELECT')", TENANT_ROLE, name):
            continue
        async with resources.tenant_pg.acquire() as connection:
            await connection.execute("RESET orkesta.tenant")
            assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 0, name


async def test_a_connection_that_reads_for_one_tenant_after_another_never_mixes_them(
    resources: Resources, settings: Settings, root: asyncpg.Connection
) -> None:
    for tenant in ("mine", "theirs"):
        await root.execute(await row_for(root, "knowledge_chunks", tenant))
    seen = "SELECT array_agg(DISTINCT tenant_id) FROM knowledge_chunks"
    async with resource_store.open(settings, pool_size=1) as single:
        for tenant in ("mine", "theirs", "theirs", "mine"):
            async with single.tenant_reader(tenant) as connection:
                assert await connection.fetchval(seen) == [tenant]
            async with single.tenant_connection("theirs") as connection:
                assert await connection.fetchval(seen) == ["theirs"]
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with single.tenant_connection("theirs") as connection:
                await connection.execute("SELECT 1 / 0")
        async with single.tenant_reader("mine") as connection:
            assert await connection.fetchval(seen) == ["mine"]


async def test_a_tenant_whose_naming_broke_off_is_named_again(
    resources: Resources, settings: Settings, root: asyncpg.Connection
) -> None:
    await root.execute(await row_for(root, "knowledge_chunks", "mine"))
    async with resource_store.open(settings, pool_size=1) as single:
        async with single.tenant_reader("mine") as connection:
            with pytest.raises(asyncpg.DataError):
                await connection.see_only("no\x00name")
        async with single.tenant_reader("mine") as connection:
            assert await connection.fetchval("SELECT count(*) FROM knowledge_chunks") == 1


async def test_the_tenants_role_can_become_nobody_else_and_makes_nothing(resources: Resources) -> None:
    role = await resources.pg.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = $1", TENANT_ROLE
    )
    assert tuple(role) == (False, False, False, False)
    assert not await resources.pg.fetch("SELECT 1 FROM pg_auth_members WHERE member = $1::regrole", TENANT_ROLE)
    assert not await resources.pg.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", TENANT_ROLE)
    assert not await resources.pg.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


async def test_a_function_with_the_owners_rights_asks_whose_rows_it_reads(resources: Resources) -> None:
    rows = await resources.pg.fetch(
        """SELECT proname AS name, prosrc AS source, prorettype = 'trigger'::regtype AS trigger, proconfig AS settings
           FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"""
    )
    for row in rows:
        assert row["trigger"] or "may_read(tenant)" in row["source"], row["name"]
        assert any(setting.startswith("search_path=") for setting in row["settings"] or []), row["name"]
