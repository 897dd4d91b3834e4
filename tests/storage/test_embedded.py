"""The embedded servers survive what a user's machine does to them."""

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from storage import embedded

HOLD = """
import asyncio, sys
from pathlib import Path
from storage import embedded
async def main():
    async with embedded.servers(Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def remember(running: embedded.Servers, word: str) -> None:
    connection = await asyncpg.connect(running.dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    await connection.execute("INSERT INTO words VALUES ($1)", word)
    await connection.close()
    async with Redis.from_url(running.redis_url) as client:
        await client.set("word", word)


async def recalled(running: embedded.Servers) -> tuple[str, str]:
    connection = await asyncpg.connect(running.dsn)
    stored = await connection.fetchval("SELECT word FROM words")
    await connection.close()
    async with Redis.from_url(running.redis_url, decode_responses=True) as client:
        return stored, await client.get("word")


async def test_a_restart_keeps_all_data(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path) as running:
        await remember(running, "hola")
    async with embedded.servers(tmp_path) as running:
        assert await recalled(running) == ("hola", "hola")


async def test_each_server_restarts_on_its_own_even_after_kill_9(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path) as running:
        await remember(running, "olá")
        for server in (running.postgres, running.redis):
            assert server.process
            server.process.kill()
            await asyncio.to_thread(server.process.wait)
            await server.start()
        assert (await recalled(running))[0] == "olá"


async def test_a_killed_owner_leaves_nothing_that_prevents_the_next_start(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path) as running:
        await remember(running, "hi")
    owner = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout
    with owner.stdout:
        assert await asyncio.to_thread(owner.stdout.readline) == b"ready\n"
        owner.kill()
        owner.wait()
    async with embedded.servers(tmp_path) as running:
        assert await recalled(running) == ("hi", "hi")


async def test_a_pid_file_naming_a_foreign_process_is_ignored(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path, redis=False):
        pass
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"1\n{tmp_path}/postgres\n0\n5432\n\n\n\nready\n")
    async with embedded.servers(tmp_path, redis=False) as running:
        assert running.postgres.running


async def test_a_home_has_one_owner(tmp_path: Path) -> None:
    async with embedded.servers(tmp_path, postgres=False):
        with pytest.raises(embedded.AlreadyRunning, match="another Orkesta is running"):
            async with embedded.servers(tmp_path, postgres=False):
                pass


async def test_a_home_with_a_long_path_works(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 120)
    async with embedded.servers(home) as running:
        await remember(running, "long")
        assert await recalled(running) == ("long", "long")


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = embedded.RedisServer(tmp_path)
    server.data.mkdir()
    (server.data / "appendonly.aof").write_text("this is no command\n")
    with pytest.raises(embedded.EmbeddedServerError, match="Bad file format"):
        await server.start()


async def test_the_application_role_is_no_superuser_and_writes_are_durable(servers: embedded.Servers) -> None:
    connection = await asyncpg.connect(servers.dsn)
    assert await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = user") is False
    assert await connection.fetchval("SHOW fsync") == "on"
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    assert await connection.fetchval("SELECT '[1,2]'::vector <-> '[1,3]'::vector") == 1
    await connection.close()
