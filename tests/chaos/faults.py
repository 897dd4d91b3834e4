"""What goes wrong in a fault run, and when: each fault is an action on the running system, picked by schedule."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bench import system as systems
from bench.model import Model, Mood
from bench.sink import Fate, Sent, Sink
from bench.system import Child, System
from core import keys
from tests.chaos.books import address

SEND_TIMEOUT_SECONDS = 25.0  # longer than any channel waits for a provider (channels/network.py)


class Faults:
    """Harms one running system; counts what it did."""

    def __init__(self, system: System, chance: random.Random, model: Model, sink: Sink) -> None:
        self._system, self._chance, self._sink = system, chance, sink
        self._store = _Volume(system.home)
        self._mending: set[asyncio.Task[None]] = set()
        self._spared: tuple[Child | None, float] = None, 0.0
        model.mood = self.mood
        self._mood_until, self._mood = 0.0, None  # type: float, Mood
        self.done: dict[str, int] = {}
        self.killed_at: dict[str, list[float]] = {}  # by address: when a worker was killed that was at its messages
        self.failed_at: dict[str, list[float]] = {}  # by address: when a provider failed a send to it
        self._provider_until, self._provider_kind = 0.0, ""

    def schedule(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """Every fault except the kill of a worker, which comes each second, in the order of their turns."""
        return [
            ("media store full", self.fill_media_store),
            ("provider times out", self.time_out),
            ("kill -9 of the API", self.kill_api),
            ("FLUSHALL", self.flush),
            ("provider answers 429", lambda: self.provider("429")),
            ("pg_terminate_backend of all", self.terminate),
            ("provider loses answers", lambda: self.provider("lost")),
            ("kill -9 of Redis", self.kill_redis),
            ("provider answers 500", lambda: self.provider("500")),
            ("PostgreSQL restarts (fast)", lambda: self.restart_postgres(signal.SIGINT)),
            ("model hangs", lambda: self.model("hang")),
            ("provider takes long", lambda: self.provider("slow")),
            ("PostgreSQL restarts (immediate)", lambda: self.restart_postgres(signal.SIGQUIT)),
            ("model answers 429", lambda: self.model(429)),
            ("provider breaks off", lambda: self.provider("gone")),
        ]

    async def kill_worker(self) -> None:
        """kill -9 of a random worker; its parent forks the next."""
        spared = self._spared[0] if asyncio.get_running_loop().time() < self._spared[1] else None
        workers = [child for child in self._system.children if child.role == "worker" and child is not spared]
        parent = self._chance.choice(workers).process.pid
        held = await self._held(systems.descendants(parent)[1:])
        await self._kill(parent, "kill -9 of a worker")
        for each in held:
            self.killed_at.setdefault(each, []).append(asyncio.get_running_loop().time())

    async def _held(self, pids: Sequence[int]) -> set[str]:
        """The addresses whose conversations these workers hold; none while Redis is away."""
        workers = {file.stem for pid in pids for file in _open_files(pid) if file.parent.name == "journal"}
        try:
            async with Redis.from_url(self._system.servers.redis_url, socket_timeout=1) as redis:
                leases = await redis.hgetall(keys.OWNER)
        except (RedisError, OSError):
            return set()
        held = (name.decode() for name, token in leases.items() if token.decode().partition(":")[0] in workers)
        return {address(name.rpartition(":")[2]) for name in held}

    async def kill_api(self) -> None:
        """kill -9 of the API."""
        (api,) = [child for child in self._system.children if child.role == "api"]
        await self._kill(api.process.pid, "kill -9 of the API")

    async def _kill(self, parent: int, name: str) -> None:
        for pid in systems.descendants(parent)[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self._count(name)

    async def flush(self) -> None:
        """Redis forgets everything."""
        async with Redis.from_url(self._system.servers.redis_url) as redis:
            await redis.flushall()
        self._count("FLUSHALL")

    async def terminate(self) -> None:
        """Every connection to the database breaks."""
        connection = await asyncpg.connect(self._system.servers.dsn)
        await connection.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND usename = current_user"""
        )
        await connection.close()
        self._count("pg_terminate_backend of all")

    async def kill_redis(self) -> None:
        """kill -9 of Redis, then a start with what its disk has."""
        server = self._system.servers.redis
        assert server.process
        server.process.kill()
        await asyncio.to_thread(server.process.wait)
        await asyncio.sleep(0.5)
        await server.start()
        self._count("kill -9 of Redis")

    async def restart_postgres(self, how: signal.Signals) -> None:
        """Stop PostgreSQL and start it again."""
        server = self._system.servers.postgres
        assert server.process
        server.process.send_signal(how)
        await asyncio.to_thread(server.process.wait)
        await asyncio.sleep(0.5)
        await server.start()
        self._count(f"PostgreSQL restarts ({'fast' if how == signal.SIGINT else 'immediate'})")

    async def provider(self, kind: str) -> None:
        """The providers misbehave for three seconds, with a third of the sends."""
        self._provider_until, self._provider_kind = asyncio.get_running_loop().time() + 3, kind
        self._count(f"provider: {kind}")

    async def time_out(self) -> None:
        """The providers do not answer at all, with a third of the sends; one worker lives until it has had enough."""
        await self.provider("silent")
        workers = [child for child in self._system.children if child.role == "worker"]
        self._spared = self._chance.choice(workers), self._provider_until + SEND_TIMEOUT_SECONDS

    async def fill_media_store(self) -> None:
        """No file can be made in the media store for five seconds, and until one has met that."""
        self._store.fill()
        task = asyncio.get_running_loop().create_task(self._empty_media_store())
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)
        self._count("media store full")

    async def _empty_media_store(self) -> None:
        before, loop = self._sink.looked_up, asyncio.get_running_loop()
        begun = loop.time()
        try:
            while (full := loop.time() - begun) < 5 or (self._sink.looked_up == before and full < 30):
                await asyncio.sleep(0.2)
        finally:
            self._store.empty()
            self._count("files met by a full media store", self._sink.looked_up - before)

    @property
    def active(self) -> bool:
        """Whether something is broken that mends itself."""
        return bool(self._mending)

    async def model(self, mood: Mood) -> None:
        """The model misbehaves for three seconds, whenever it is asked."""
        self._mood_until, self._mood = asyncio.get_running_loop().time() + 3, mood
        self._count(f"model: {mood}")

    def mood(self) -> Mood:
        """What the model does with a call at this moment."""
        return self._mood if asyncio.get_running_loop().time() < self._mood_until else None

    async def program(self, sent: Sent) -> Fate:
        """What the sink does with a send at this moment."""
        if asyncio.get_running_loop().time() > self._provider_until or self._chance.random() > 1 / 3:
            return None
        self._count(f"sends met by provider: {self._provider_kind}")
        self.failed_at.setdefault(address(sent.to), []).append(asyncio.get_running_loop().time())
        if self._provider_kind == "slow":
            await asyncio.sleep(self._chance.uniform(0.5, 3))
            return None
        if self._provider_kind == "lost":
            return "lost"
        if self._provider_kind == "gone":
            return "gone"
        if self._provider_kind == "silent":
            return self._chance.choice(("mute", "deaf"))
        return int(self._provider_kind)

    def _count(self, name: str, times: int = 1) -> None:
        self.done[name] = self.done.get(name, 0) + times


def _open_files(pid: int) -> Iterator[Path]:
    with suppress(FileNotFoundError):  # it has ended
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                yield link.readlink()


class _Volume:
    """The media store as a volume of its own, reached through a link that can be led astray in one step."""

    def __init__(self, home: Path) -> None:
        self._link, self._good = home / "media", home / "volume"
        self._good.mkdir()
        self._lead(self._good)

    def fill(self) -> None:
        """Every new file and folder is refused, to the superuser too; what is open may be written to its end."""
        self._lead(Path("/proc"))

    def empty(self) -> None:
        self._lead(self._good)

    def _lead(self, to: Path) -> None:
        fresh = self._link.with_suffix(".new")
        fresh.symlink_to(to)
        fresh.replace(self._link)
