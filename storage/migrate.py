"""Bring a database to the newest schema: Alembic revisions, then the functions of storage/sql."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

HERE = Path(__file__).parent
for module in (
    "storage.tables", "storage.tables_catalog", "storage.tables_business", "storage.tables_media",
    "storage.tables_payments", "storage.tables_dunning", "storage.tables_support", "storage.tables_tower",
):  # fmt: skip
    if find_spec(module):
        import_module(module)


def alembic_config(dsn: str) -> Config:
    """The Alembic configuration for this database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(dsn).replace("%", "%%"))
    return config


def sqlalchemy_url(dsn: str) -> str:
    """The same address in SQLAlchemy's words."""
    return "postgresql+asyncpg://" + dsn.split("://", 1)[1]


def revisions() -> set[str]:
    """All revisions that this program knows."""
    return {each.revision for each in ScriptDirectory.from_config(alembic_config("postgresql://")).walk_revisions()}


async def migrate(dsn: str) -> None:
    """Upgrade to the newest revision and (re)create the functions; safe to run from several processes at once."""
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=NullPool)
    config = alembic_config(dsn)

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    async with engine.connect() as connection:
        await connection.run_sync(upgrade)
        await connection.commit()
    await engine.dispose()
    connection_ = await asyncpg.connect(dsn)
    try:
        for file in sorted((HERE / "sql").glob("function_*.sql")):
            async with connection_.transaction():
                await connection_.execute("SELECT pg_advisory_xact_lock(827190)")
                await connection_.execute(file.read_text())
    finally:
        await connection_.close()
