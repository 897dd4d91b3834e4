"""A backup: one consistent dump of the database with the counts of its rows, and the files that customers sent."""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from core import keys
from core.errors import OrkestaError
from core.messages import Struct
from storage import embedded
from storage.resources import Resources

DUMP, MANIFEST, MEDIA = "database.dump", "manifest.json", "media"
_CHUNK_BYTES = 1 << 20
# Extensions and the schema belong to the server: the migration sees to both.
_SERVERS_OWN = re.compile(r"^\d+; \d+ \d+ (EXTENSION|SCHEMA|(COMMENT|ACL) - (EXTENSION|SCHEMA)) ")


class BackupFailed(OrkestaError):
    """A program of PostgreSQL refused; the message is its own."""

    code = "backup_failed"


class Manifest(Struct, omit_defaults=False):
    """What a backup says about itself; `revision` is the schema's, `counts` the rows of each table."""

    made_at: str
    revision: str
    sha256: str
    counts: dict[str, int]
    media_files: int
    media_bytes: int


@asynccontextmanager
async def snapshot(dsn: str) -> AsyncIterator[tuple[str, Any]]:
    """Give a snapshot's name and the connection that holds it: what reads it sees one and the same moment."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "orkesta-backup"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield await connection.fetchval("SELECT pg_export_snapshot()"), connection
    finally:
        await connection.close()


async def counts(connection: Any) -> dict[str, int]:
    """The number of rows of every table."""
    tables = await connection.fetch(
        """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND NOT EXISTS (SELECT 1 FROM pg_depend d
                             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
           ORDER BY 1"""
    )
    return {
        row["relname"]: await connection.fetchval(f'SELECT count(*) FROM public."{row["relname"]}"', timeout=3600)
        for row in tables
    }


async def revision(connection: Any) -> str:
    """The schema's revision."""
    return str(await connection.fetchval("SELECT version_num FROM public.alembic_version"))


async def others(connection: Any) -> list[str]:
    """The processes of ours that work on this database, by name."""
    rows = await connection.fetch(
        """SELECT DISTINCT application_name FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'orkesta-%'
             AND application_name NOT LIKE 'orkesta-restore%' ORDER BY 1"""
    )
    return [row["application_name"] for row in rows]


async def dump(dsn: str, snapshot_name: str, file: Path) -> None:
    """Write the database as of a snapshot in PostgreSQL's custom format; raises BackupFailed."""
    place, environment = _reachable(dsn)
    options = ("--format=custom", "--no-owner", "--schema=public", f"--snapshot={snapshot_name}", f"--file={file}")
    program = await _start("pg_dump", *options, place, environment=environment)
    _, said = await program.communicate()
    _succeeded(program, said)


async def load(dsn: str, file: Path, tables: Iterable[str]) -> None:
    """Replace `tables` and all that is in the dump by what the dump holds, whole or not at all; raises BackupFailed."""
    place, environment = _reachable(dsn)
    quoted = ", ".join(f'public."{table}"' for table in tables)
    with tempfile.TemporaryDirectory() as own:
        listing = Path(own, "list")
        listing.write_text(await _list(file))
        reading, writing = os.pipe()
        what = ("--no-owner", "--clean", "--if-exists", f"--use-list={listing}", "--file=-", str(file))
        reader = await _start("pg_restore", *what, stdout=writing)
        options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        steps = ("-c", "SET client_min_messages = warning", "-c", f"DROP TABLE IF EXISTS {quoted} CASCADE", "-f", "-")
        writer = await _start("psql", *options, *steps, place, environment=environment, stdin=reading)
        os.close(reading)
        await _both(reader, writer, writing)


async def _both(reader: asyncio.subprocess.Process, writer: asyncio.subprocess.Process, writing: int) -> None:
    """Let the writer commit only when the reader has read to the end: our end of the pipe stays open until then."""
    written = asyncio.create_task(writer.communicate())
    _, said = await reader.communicate()
    if reader.returncode and writer.returncode is None and b"Broken pipe" not in said:
        writer.kill()
    os.close(writing)
    _, told = await written
    _succeeded(writer, told if told else said)
    _succeeded(reader, said)


async def _list(file: Path) -> str:
    """What the dump holds, without what belongs to the server."""
    program = await _start("pg_restore", "--list", str(file), stdout=asyncio.subprocess.PIPE)
    content, said = await program.communicate()
    _succeeded(program, said)
    return "\n".join(line for line in content.decode().splitlines() if not _SERVERS_OWN.match(line))


async def _start(name: str, *arguments: str, environment: dict[str, str] | None = None, **pipes: Any) -> Any:
    program = embedded.postgres_program(name)
    surroundings = {**os.environ, "LC_ALL": "C", **(environment or {})}
    pipes.setdefault("stdin", asyncio.subprocess.DEVNULL)
    return await asyncio.create_subprocess_exec(
        program, *arguments, env=surroundings, stderr=asyncio.subprocess.PIPE, **pipes
    )


def _succeeded(program: Any, said: bytes) -> None:
    if program.returncode:
        raise BackupFailed(said.decode(errors="replace").strip()[-1000:] or f"ended with {program.returncode}")


def _reachable(dsn: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which other users of the machine could see in the list of processes."""
    parts = urlsplit(dsn)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    address = urlunsplit(parts._replace(netloc=f"{user}@{where}" if who else where))
    return f"--dbname={address}", {"PGPASSWORD": unquote(password)} if password else {}


def sha256(file: Path) -> str:
    """The checksum of a file."""
    with file.open("rb") as binary:
        return hashlib.file_digest(binary, "sha256").hexdigest()


def media_files(root: Path) -> Iterator[Path]:
    """The finished files of a media folder."""
    return (path for path in root.glob("[0-9a-f][0-9a-f]/*") if path.is_file())


def copy_media(source: Path, target: Path, told: Callable[[int], Any]) -> tuple[int, int]:
    """Copy the files that the target has not; they never change. Returns how many there are, and their bytes."""
    files = size = 0
    for path in media_files(source):
        there = target / path.relative_to(source)
        length = path.stat().st_size
        if not there.exists() or there.stat().st_size != length:
            there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = there.with_suffix(".unfinished")
            shutil.copyfile(path, unfinished)
            unfinished.chmod(0o600)
            unfinished.replace(there)
        files, size = files + 1, size + length
        told(files)
    return files, size


async def forget_caches(resources: Resources) -> None:
    """Take everything of ours out of Redis: it speaks of a database that is no more."""
    for pattern in keys.PATTERNS:
        found = [key async for key in resources.redis.scan_iter(match=pattern, count=1000)]
        for start in range(0, len(found), 1000):
            await resources.redis.delete(*found[start : start + 1000])
