"""`orkesta migrate`: the newest schema, and the environment's channels; `orkesta up` and compose run it first."""

import asyncio
import os

import typer

from cli.output import AsJson, show
from cli.system import addresses
from core.settings import Settings
from storage import defaults
from storage import migrate as migration
from storage import resources as resource_store

app = typer.Typer()


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the newest schema."""
    asyncio.run(_migrate())
    show({"migrated": True}, as_json, "the database is up to date")


async def _migrate() -> None:
    async with addresses(Settings()) as settings:
        await migration.migrate(settings.database_url)
        async with resource_store.open(settings, name="orkesta-migrate") as resources:
            await defaults.load(resources, os.environ)
