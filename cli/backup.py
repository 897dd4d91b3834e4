"""`orkesta backup`: everything that PostgreSQL and the media store hold, as of one moment."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.output import AsJson, errors, show
from cli.system import addresses
from core.clock import Clock, rfc3339
from core.errors import Conflict, Invalid
from core.settings import Settings
from storage import backup as backups
from storage.backup import DUMP, MANIFEST, MEDIA, Manifest

app = typer.Typer()


@app.command()
def backup(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty directory.")],
    as_json: AsJson = False,
) -> None:
    """Write a backup of the running or stopped system: the database and the media files, whole or not at all.

    It holds personal data: keep it closed. It does not hold the secret key, without which the channels' credentials
    in it open to nobody: keep that apart.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Conflict(f"{directory} is not empty: a backup goes into a new directory")
    settings = Settings()
    manifest = asyncio.run(_write(settings, directory))
    key = "ORKESTA_SECRET_KEY" if settings.secret_key else str(settings.home.resolve() / "secret_key")
    told = {**msgspec.to_builtins(manifest), "directory": str(directory), "rows": sum(manifest.counts.values())}
    text = (
        f"{told['rows']} rows and {manifest.media_files} files are in {directory}\n"
        f"Not in it: the secret key ({key}). Keep a copy of that elsewhere."
    )
    show({**told, "secret_key": key}, as_json, text)


async def _write(settings: Settings, directory: Path) -> Manifest:
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Invalid(f"{directory} cannot be written: {error.strerror}") from error
    try:
        manifest = await _contents(settings, unfinished)
        (unfinished / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        unfinished.replace(directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


async def _contents(settings: Settings, place: Path) -> Manifest:
    async with addresses(settings) as filled:
        with errors.status("database"):
            async with backups.snapshot(filled.database_url) as (name, connection):
                revision, counts = await backups.revision(connection), await backups.counts(connection)
                await backups.dump(filled.database_url, name, place / DUMP)
        (place / DUMP).chmod(0o600)
        # After the database: every file that its rows name is there by now, and files are never changed.
        with media_progress(filled.home / MEDIA) as told:
            files, size = await asyncio.to_thread(backups.copy_media, filled.home / MEDIA, place / MEDIA, told)
    made_at = rfc3339(Clock().now())
    return Manifest(
        made_at=made_at, revision=revision, sha256=await asyncio.to_thread(backups.sha256, place / DUMP), counts=counts,
        media_files=files, media_bytes=size,
    )  # fmt: skip


@contextmanager
def media_progress(source: Path) -> Iterator[Callable[[int], Any]]:
    """A bar over the files of a media folder."""
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=sum(1 for _ in backups.media_files(source)))
        yield lambda files: progress.update(task, completed=files)
