"""A backup brings everything back as it was, or changes nothing."""

import hashlib
import json
from pathlib import Path

import asyncpg
import pytest

from core.settings import Settings
from storage import backup as backups
from storage import kill_switches, seed, tenants
from storage import resources as resource_store
from storage.resources import Resources
from tests.cli.command import as_json, orkesta
from tests.storage.given import account, received

FILE = b"a voice note" * 1000
KEY = hashlib.sha256(FILE).hexdigest()


def media(home: Path) -> Path:
    return home / "media" / KEY[:2] / KEY


async def counts(dsn: str) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        return await backups.counts(connection)
    finally:
        await connection.close()


async def wipe(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        tables = ", ".join(table for table in await backups.counts(connection) if table != "alembic_version")
        await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    finally:
        await connection.close()


@pytest.fixture
async def made(resources: Resources, settings: Settings, environment: dict[str, str], tmp_path: Path) -> Path:
    """A backup of two tenants, one of them with a message that waits and a file."""
    await seed.load(resources)
    await received(resources, await account(resources, "telegram"), "¿sigue abierto?")
    media(settings.home).parent.mkdir(parents=True)
    media(settings.home).write_bytes(FILE)
    directory = tmp_path / "backup"
    told = await as_json("backup", str(directory), environment=environment)
    assert (told["counts"], told["media_files"]) == (await counts(settings.database_url), 1)
    return directory


@pytest.mark.timeout(120)
async def test_what_was_wiped_comes_back_with_its_walls(
    made: Path, settings: Settings, environment: dict[str, str]
) -> None:
    before = await counts(settings.database_url)
    await wipe(settings.database_url)
    media(settings.home).unlink()
    told = await as_json("restore", str(made), environment=environment)
    assert (told["rows"], told["sealed"]) == (sum(before.values()), [])
    assert told["waiting"] == 1
    assert await counts(settings.database_url) == before
    assert media(settings.home).read_bytes() == FILE
    async with resource_store.open(settings, name="test") as fresh:
        async with fresh.tenant_connection("acme") as connection:
            assert await connection.fetchval("SELECT array_agg(DISTINCT tenant_id::text) FROM messages") == ["acme"]
        await received(fresh, await account(fresh, "telegram"), "y otra")  # functions and sequences work


@pytest.mark.timeout(120)
async def test_data_that_is_there_is_replaced_only_by_force_and_may_be_held(
    made: Path, settings: Settings, environment: dict[str, str]
) -> None:
    before = await counts(settings.database_url)
    async with resource_store.open(settings, name="test") as fresh:
        await tenants.create(fresh, "later", name="Later")
    status, output = await orkesta("restore", str(made), environment=environment)
    assert (status, "not empty" in output) == (1, True), output
    await as_json("restore", str(made), "--force", "--hold", environment=environment)
    after = await counts(settings.database_url)
    changed = {table: after[table] - rows for table, rows in before.items() if after[table] != rows}
    assert changed == {"kill_switches": 1, "audit_log": 1}
    async with resource_store.open(settings, name="test") as fresh:
        assert [switch.scope for switch in await kill_switches.listed(fresh)] == ["global"]


@pytest.mark.timeout(120)
async def test_a_running_system_a_damaged_or_a_foreign_backup_is_refused_and_nothing_changes(
    made: Path, settings: Settings, environment: dict[str, str], tmp_path: Path
) -> None:
    before = await counts(settings.database_url)

    async def refused(directory: Path, reason: str) -> None:
        status, output = await orkesta("restore", str(directory), "--force", environment=environment)
        assert (status, reason in " ".join(output.split())) == (1, True), output
        assert await counts(settings.database_url) == before

    async with resource_store.open(settings, name="orkesta-worker"):
        await refused(made, "orkesta-worker")
    await refused(tmp_path, "is not what")

    dump, manifest = made / backups.DUMP, json.loads((made / backups.MANIFEST).read_text())
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) * 3 // 4])
    await refused(made, "damaged")
    manifest["sha256"] = backups.sha256(dump)  # even with a checksum that fits, a dump that breaks off changes nothing
    (made / backups.MANIFEST).write_text(json.dumps(manifest))
    await refused(made, "orkesta:")
    (made / backups.MANIFEST).write_text(json.dumps(manifest | {"revision": "9999"}))
    await refused(made, "newer Orkesta")


async def test_a_backup_never_overwrites(made: Path, environment: dict[str, str]) -> None:
    before = (made / backups.MANIFEST).read_bytes()
    status, output = await orkesta("backup", str(made), environment=environment)
    assert (status, "not empty" in output) == (1, True)
    assert (made / backups.MANIFEST).read_bytes() == before
    assert made.stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_fresh_machine_takes_the_backup_of_another(tmp_path: Path) -> None:
    old, new = ({"ORKESTA_HOME": str(tmp_path / name)} for name in ("old", "new"))
    await as_json("tenant", "create", "shop", "--name", "Shop", environment=old)
    await as_json("backup", str(tmp_path / "backup"), environment=old)
    told = await as_json("restore", str(tmp_path / "backup"), environment=new)
    assert told["sealed"] == ["shop:web:web"]  # the other machine's key is not in the backup
    assert [tenant["id"] for tenant in await as_json("tenant", "list", environment=new)] == ["shop"]
