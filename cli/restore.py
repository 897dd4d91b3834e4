"""`orkesta restore`: a backup becomes the system's data again."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import msgspec
import typer
from redis.exceptions import RedisError
from sqlmodel import SQLModel

from cli.actor import actor
from cli.backup import media_progress
from cli.output import AsJson, errors, show
from cli.system import addresses
from core.errors import Conflict, Invalid
from core.settings import Settings
from storage import accounts, kill_switches, migrate, sweep
from storage import backup as backups
from storage import resources as resource_store
from storage.backup import DUMP, MANIFEST, MEDIA, Manifest

NAME = "orkesta-restore"

app = typer.Typer()


@app.command()
def restore(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="What `orkesta backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the data that is there.")] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Turn the kill switch on: nothing that waited then is sent until you say so.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the system's data. The system must be stopped, and empty unless --force is given.

    What waited to be sent when the backup was made may have been sent since: with --hold it waits for
    `orkesta kill off`.
    """
    told = asyncio.run(_restore(Settings(), directory, _manifest(directory), force=force, hold=hold))
    lines = [f"{told['rows']} rows and {told['media_files']} files are back, as of {told['made_at']}"]
    if told["waiting"]:
        fate = "are held: see `orkesta kill off`" if hold else "go out when the system starts"
        lines.append(f"{told['waiting']} messages wait since then and {fate}")
    if told["sealed"]:
        lines.append(
            f"the credentials of {len(told['sealed'])} channels were sealed with another key: put that behind yours, "
            "ORKESTA_SECRET_KEY=new,old, or connect them again"
        )
    show(told, as_json, "\n".join(lines))


def _manifest(directory: Path) -> Manifest:
    try:
        found = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
        intact = backups.sha256(directory / DUMP) == found.sha256
    except (OSError, msgspec.DecodeError):
        raise Invalid(f"{directory} is not what `orkesta backup` writes") from None
    if not intact:
        raise Invalid(f"{directory / DUMP} is damaged: its checksum differs")
    if found.revision not in migrate.revisions():
        raise Invalid(f"{directory} was made by a newer Orkesta (schema {found.revision}): update this one first")
    return found


async def _restore(
    settings: Settings, directory: Path, manifest: Manifest, *, force: bool, hold: bool
) -> dict[str, Any]:
    async with addresses(settings) as filled:
        await _free(filled.database_url)  # before the migration, which would wait for a running system
        await migrate.migrate(filled.database_url)  # the role and the extension that the dump needs
        await _replace(filled.database_url, directory, manifest, force=force)
        await migrate.migrate(filled.database_url)
        with media_progress(directory / MEDIA) as told:
            await asyncio.to_thread(backups.copy_media, directory / MEDIA, filled.home / MEDIA, told)
        return await _aftermath(filled, manifest, hold=hold)


async def _free(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"application_name": NAME})
    try:
        running = await backups.others(connection)
    finally:
        await connection.close()
    if running:
        raise Conflict(f"the system is running ({', '.join(running)}): stop it first")


async def _replace(dsn: str, directory: Path, manifest: Manifest, *, force: bool) -> None:
    connection = await asyncpg.connect(dsn, server_settings={"application_name": NAME})
    try:
        full = [
            table for table, rows in (await backups.counts(connection)).items() if rows and table != "alembic_version"
        ]
        if full and not force:
            named = ", ".join(full[:5]) + (" …" if len(full) > 5 else "")
            raise Conflict(f"the database is not empty ({named}): with --force the backup replaces what is there")
        with errors.status("database"):
            await backups.load(dsn, directory / DUMP, {*SQLModel.metadata.tables, *manifest.counts})
        if await backups.counts(connection) != manifest.counts:
            raise backups.BackupFailed("the restored tables do not hold what the backup says: do not use them")
    finally:
        await connection.close()


async def _aftermath(settings: Settings, manifest: Manifest, *, hold: bool) -> dict[str, Any]:
    async with resource_store.open(settings, NAME, pool_size=2) as resources:
        if hold:
            await kill_switches.turn_on(resources, kill_switches.GLOBAL, "restored from a backup", actor())
        try:
            await backups.forget_caches(resources)
        except (RedisError, OSError) as fault:
            errors.print(f"Redis does not answer ({type(fault).__name__}): empty it before the start", style="yellow")
        waits = await sweep.backlog(resources)
        return {
            "made_at": manifest.made_at,
            "rows": sum(manifest.counts.values()),
            "media_files": manifest.media_files,
            "waiting": int(waits["waiting"] + waits["held"]),
            "sealed": (await accounts.seals(resources))["none"],
        }
