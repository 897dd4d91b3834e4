"""Secrets at rest: sealed with a key that can be replaced, and nowhere in the database or open on the disk."""

import stat
from pathlib import Path

import asyncpg
import pytest

from core.settings import Settings
from storage import accounts, embedded, tenants
from storage import resources as resource_store
from storage.accounts import Accounts
from storage.crypto import Cipher, KeyMissing, secret_key
from storage.journal import Journal
from storage.media_store import MediaStore
from storage.resources import Resources
from tests.cli.command import as_json, orkesta

SECRET = "kanari-5tGb"


async def connect(resources: Resources) -> str:
    await tenants.create(resources, "acme", name="Acme")
    secrets = {"token": f"7000000001:{SECRET}", "webhook_secret": SECRET}
    return await accounts.connect(resources, tenant="acme", channel="telegram", address="7000000001", secrets=secrets)


async def test_the_old_key_behind_the_new_one_still_opens(resources: Resources, settings: Settings) -> None:
    account = await connect(resources)
    both = settings.model_copy(update={"secret_key": "new key, test key"})
    async with resource_store.open(both) as later:
        assert (await Accounts(later).get(account)).secrets["webhook_secret"] == SECRET
        assert (await accounts.seals(later))["older"] == sorted([account, "acme:web:web"])
        assert await accounts.reseal(later) == 2
        assert (await accounts.seals(later))["first"] == sorted([account, "acme:web:web"])
    async with resource_store.open(settings.model_copy(update={"secret_key": "new key"})) as last:
        assert (await Accounts(last).get(account)).secrets["webhook_secret"] == SECRET
    with pytest.raises(KeyMissing):
        await Accounts(resources).get(account)  # the old key alone is worth nothing any more


async def test_a_wrong_key_says_what_to_do_and_changes_nothing(resources: Resources, settings: Settings) -> None:
    account = await connect(resources)
    await accounts.connect(resources, tenant="acme", channel="sms", address="+1", secrets={"auth_token": SECRET})
    before = await resources.pg.fetch("SELECT id, secrets FROM channel_accounts ORDER BY id")
    async with resource_store.open(settings.model_copy(update={"secret_key": "another"})) as wrong:
        await resources.pg.execute(
            "UPDATE channel_accounts SET secrets = $1 WHERE channel = 'sms'", wrong.cipher.seal({})
        )
        with pytest.raises(KeyMissing, match="ORKESTA_SECRET_KEY: put the key that sealed them behind the new one"):
            await Accounts(wrong).get(account)
        with pytest.raises(KeyMissing):
            await accounts.reseal(wrong)
        assert (await accounts.seals(wrong))["none"] == sorted([account, "acme:web:web"])
    after = await resources.pg.fetch("SELECT id, secrets FROM channel_accounts ORDER BY id")
    assert [a for a, b in zip(before, after, strict=True) if a == b and "sms" not in a["id"]] == [
        row for row in before if "sms" not in row["id"]
    ]


async def test_the_command_seals_again_and_checks(resources: Resources, settings: Settings) -> None:
    await connect(resources)
    environment = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    both = environment | {"ORKESTA_SECRET_KEY": "new,test key"}
    assert await as_json("secrets", "rotate", environment=both) == {"resealed": 2}
    found = await as_json("secrets", "check", environment=environment | {"ORKESTA_SECRET_KEY": "new"})
    assert len(found["first"]) == 2
    status, said = await orkesta("secrets", "check", environment=environment | {"ORKESTA_SECRET_KEY": "test key"})
    assert (status, "opens with no key: acme:telegram" in said, SECRET in said) == (1, True, False)
    status, said = await orkesta("secrets", "rotate", environment=environment | {"ORKESTA_SECRET_KEY": "test key"})
    assert (status, "put the key that sealed them" in said, SECRET in said) == (1, True, False)


async def test_a_dump_of_the_database_holds_no_secret(resources: Resources) -> None:
    await connect(resources)
    key = await tenants.new_api_key(resources, "acme")
    assert await tenants.Tenants(resources).of_key(key) == "acme"
    dump = []
    for row in await resources.pg.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await resources.pg.fetch(f"SELECT t::text AS line FROM {row['tablename']} t")
        dump += [line["line"] for line in rows]
    text = "\n".join(dump)
    assert "acme:telegram:7000000001" in text
    plain = (SECRET, SECRET.encode().hex(), key, key.removeprefix("ork_"), "test key")
    assert not [secret for secret in plain if secret in text]


@pytest.mark.parametrize("given", ["", " ", ",", " , "])
def test_production_demands_a_key(tmp_path: Path, given: str) -> None:
    with pytest.raises(KeyMissing, match="ORKESTA_SECRET_KEY"):
        Cipher(secret_key(Settings(environment="production", secret_key=given, home=tmp_path)))
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_below_the_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert secret_key(Settings(home=home)) == secret_key(Settings(home=home))
    journal = Journal(home, "worker")
    journal.begin("acme:telegram:1:2", 1)
    files = [home / "secret_key", journal.path]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600, 0o600]
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_the_servers_data_and_logs_are_for_their_owner_only(servers: embedded.Servers) -> None:
    home = servers.redis.home
    folders = [home / "log", home / "redis", home / "postgres", servers.redis.sockets]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700] * 4


async def test_a_failed_statement_leaves_no_value_in_the_servers_log(
    resources: Resources, servers: embedded.Servers
) -> None:
    with pytest.raises(asyncpg.DataError):
        await resources.pg.execute(f"SELECT '{SECRET}'::int")
    with pytest.raises(asyncpg.UniqueViolationError):
        await resources.pg.execute(f"INSERT INTO kill_switches (scope, reason, actor) SELECT '{SECRET}', 'r', 'a' "
                                   "FROM generate_series(1, 2)")  # fmt: skip
    assert SECRET not in servers.postgres.log.read_text()


async def test_a_stored_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "home")
    async with store.incoming() as incoming:
        await incoming.write(b"a photo")
        key = await incoming.commit()
    assert stat.S_IMODE(store.place(key).stat().st_mode) == 0o600
