"""The real system in a home directory of its own: embedded servers with durability on, `orkesta` processes."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from bench import webhooks
from bench.sink import Sink
from core.messages import Account
from core.settings import Settings
from storage import accounts, embedded, tenants
from storage import resources as resource_store
from storage.migrate import migrate
from storage.resources import Resources

ROOT = Path(__file__).resolve().parent.parent
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """What a process (with its children) used so far, and holds now."""

    cpu_seconds: float
    resident_bytes: int


class Child:
    """One `orkesta` command, supervised by itself (it forks the process that works)."""

    def __init__(self, role: str, process: asyncio.subprocess.Process) -> None:
        self.role, self.process = role, process

    @property
    def pids(self) -> list[int]:
        """The command and everything below it."""
        return descendants(self.process.pid)

    async def stop(self) -> None:
        """End it as the supervisor does."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 8)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


class System:
    """Servers and processes; `resources` for looking and preparing."""

    def __init__(self, home: Path, servers: embedded.Servers, environment: dict[str, str], port: int) -> None:
        self.home, self.servers, self.environment, self.port = home, servers, environment, port
        self.children: list[Child] = []
        self._handles: tuple[int, ...] = ()
        self._log = (home / "processes.log").open("ab")

    @property
    def settings(self) -> Settings:
        """Settings for code that runs in this process."""
        return Settings(
            home=self.home, database_url=self.servers.dsn, redis_url=self.servers.redis_url,
            secret_key=self.environment["ORKESTA_SECRET_KEY"], port=self.port,
        )  # fmt: skip

    async def start(self, role: str, module: str = "cli", **environment: str) -> Child:
        """Start `orkesta api` or `orkesta worker`, or a module of ours that does the same."""
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig=KILL", sys.executable, "-m", module, role), cwd=ROOT,
            env={**self.environment, **environment}, stdin=asyncio.subprocess.DEVNULL, stdout=self._log,
            stderr=self._log, pass_fds=self._handles,
        )  # fmt: skip
        child = Child(role, process)
        self.children.append(child)
        return child

    async def workers(self, count: int, module: str = "cli", **environment: str) -> list[Child]:
        """Have exactly `count` workers, ready."""
        for child in [child for child in self.children if child.role == "worker"]:
            await child.stop()
            self.children.remove(child)
        made = [await self.start("worker", module, **environment) for _ in range(count)]
        async with resource_store.open(self.settings, "bench", 1) as resources, asyncio.timeout(60):
            alive = "SELECT count(*) FROM workers WHERE seen_at > now() - interval '2 seconds'"
            while await resources.pg.fetchval(alive) < count:
                await asyncio.sleep(0.1)
        return made

    async def api(self) -> None:
        """Start as many API processes as `orkesta up` does, on one socket, and return when they answer."""
        listening = socket.create_server(("127.0.0.1", self.port), backlog=2048)
        self._handles = (listening.fileno(),)
        for _ in range(self.settings.api_processes):
            await self.start("api", ORKESTA_LISTEN_FD=str(listening.fileno()))
        listening.close()
        self._handles = ()
        async with asyncio.timeout(60):
            while not await listens(self.port):
                await asyncio.sleep(0.1)

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(child.stop() for child in self.children))
        self._log.close()


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[System]:
    """Servers with an up-to-date schema; processes are started by whoever needs them."""
    async with embedded.servers(home) as servers:
        await migrate(servers.dsn)
        port = free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GROQ", "AZURE", "OLLAMA"))},
            "DATABASE_URL": servers.dsn, "REDIS_URL": servers.redis_url, "ORKESTA_HOME": str(home.resolve()),
            "ORKESTA_SECRET_KEY": secrets.token_hex(16), "ORKESTA_PORT": str(port),
        }  # fmt: skip
        system = System(home.resolve(), servers, environment, port)
        try:
            yield system
        finally:
            await system.close()


async def connect(
    resources: Resources, sink: Sink, names: list[str], channels: tuple[str, ...] = webhooks.LOAD_CHANNELS, *,
    sandboxes: Collection[str] = (), **more: str,
) -> list[Account]:  # fmt: skip
    """Make tenants with an account on each channel, whose provider is the sink.

    Media are fetched from an `api_base` for the tenants in `sandboxes` only: the product allows no other a loopback.
    """
    made = []
    for name in names:
        environment = "sandbox" if name in sandboxes else "production"
        await tenants.create(resources, name, name=name.title(), environment=environment, settings=dict(more))
        for channel in channels:
            account = webhooks.account(name, channel, api_base=sink.base(name, channel))
            await accounts.connect(
                resources, tenant=name, channel=channel, address=account.address, secrets=account.secrets,
                settings=account.settings, api_base=account.api_base,
            )  # fmt: skip
            made.append(account)
    return made


def descendants(pid: int) -> list[int]:
    """A process and all processes below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def usage(pids: list[int]) -> Usage:
    """CPU time and resident memory of processes, with what their ended children used."""
    cpu, resident = 0, 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            resident += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        except (FileNotFoundError, ProcessLookupError):
            continue
        cpu += sum(int(value) for value in fields[11:15])
    return Usage(cpu / _TICK, resident)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def listens(port: int) -> bool:
    """Whether a server answers there."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answered = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 200 " in answered
