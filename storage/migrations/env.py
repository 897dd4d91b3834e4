"""Alembic's entry point: migrations run over the same asyncpg driver as everything else."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from storage import migrate as _all_tables  # noqa: F401  importing it registers every table


def run(connection: Connection) -> None:
    """Run the migrations in one transaction that other starters wait for."""
    context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_server_default=False)
    with context.begin_transaction():
        context.execute("SELECT pg_advisory_xact_lock(827190)")
        context.run_migrations()


async def main(url: str) -> None:
    """Connect, migrate, disconnect."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    asyncio.run(main(context.config.get_main_option("sqlalchemy.url", "")))
