"""Row-level security on every business table: a tenant's connection sees and writes its own rows only."""

import asyncpg
import pytest
from sqlmodel import SQLModel

from storage import seed, tables_business, tables_catalog, tables_dunning
from tests.storage.business import make_tenant

TABLES = sorted(
    kind.__tablename__
    for module in (tables_catalog, tables_business, tables_dunning)
    for kind in vars(module).values()
    if isinstance(kind, type) and kind.__module__ == module.__name__
)

PARENTS = {
    "order_items": ("orders",), "quote_lines": ("quotes",), "dunning_steps": ("invoices",), "promises": ("invoices",),
    "instalments": ("invoices",), "catalog_embeddings": ("catalog_items",),
}  # fmt: skip


def test_every_business_table_is_known_here():
    assert len(TABLES) >= 21
    assert {"catalog_items", "ledger_entries", "dunning_steps", "royalty_lines"} <= set(TABLES)


def test_every_key_begins_with_the_tenant():
    for name in TABLES:
        assert next(iter(SQLModel.metadata.tables[name].primary_key)).name == "tenant_id"


@pytest.mark.parametrize("table", TABLES)
async def test_a_tenant_sees_only_its_own_rows_and_writes_for_nobody_else(resources, table):
    await make_tenant(resources, "mine")
    await make_tenant(resources, "theirs")
    for tenant in ("mine", "theirs"):
        for needed in (*PARENTS.get(table, ()), table):
            await resources.pg.execute(*_row(needed, tenant))
    async with resources.tenant_connection("mine") as connection:
        assert await connection.fetchval(f"SELECT array_agg(DISTINCT tenant_id) FROM {table}") == ["mine"]
        if table != "ledger_entries":
            assert await connection.execute(f"DELETE FROM {table} WHERE tenant_id = 'theirs'") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with resources.tenant_connection("mine") as connection:
            await connection.execute(*_row(table, "theirs", key="k2"))


def _row(table: str, tenant: str, key: str = "k1") -> tuple[str, ...]:
    """An INSERT that fills every column that must be filled."""
    columns, values = [], []
    for column in SQLModel.metadata.tables[table].columns:
        if column.name == "tenant_id":
            columns.append("tenant_id")
            values.append("$1::text")
        elif not column.nullable and column.server_default is None and column.identity is None:
            columns.append(column.name)
            values.append(_value(column, key))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)})", tenant


def _value(column, key: str) -> str:
    kind = str(column.type).split("(")[0]
    return {
        "BIGINT": "1" if column.table.name == "withdrawals" else "0",
        "SMALLINT": "1",
        "INTEGER": "1",
        "NUMERIC": "0.5",
        "DATE": "'2026-01-31'",
        "DATETIME": "now()",
    }.get(kind, f"'{key}'")


async def test_a_seeded_tenant_reads_nothing_of_the_others(resources):
    await seed.load(resources)
    async with resources.tenant_connection("sonora") as connection:
        for table in TABLES:
            seen = await connection.fetchval(f"SELECT array_agg(DISTINCT tenant_id) FROM {table}")
            assert seen in (None, ["sonora"]), table
