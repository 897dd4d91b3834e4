"""One tenant with real processes, whose customers write and whose providers record: what the fault tests play on."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg

from bench import webhooks
from bench.sink import Sent, Sink
from bench.webhooks import Hook
from core.messages import Account
from storage import accounts, invariants, tenants
from storage.resources import Resources
from tests.chaos.processes import Processes
from webhooks.inbound import InboundWebhooks

TENANT = "acme"
DEADLINE_SECONDS = 90  # generous: a test says what happens, the fault run measures how fast
# Shorter than in production, so that a test need not wait for a lease to lapse.
TIMES = {"ORKESTA_LEASE_SECONDS": "2", "ORKESTA_WORKER_DEAD_AFTER_SECONDS": "2", "ORKESTA_HEARTBEAT_SECONDS": "0.3",
         "ORKESTA_SWEEP_SECONDS": "0.3"}  # fmt: skip
_numbers = itertools.count(1)


def word() -> str:
    """A word that no catalogue knows: the reply that says so repeats it."""
    number, letters = next(_numbers), ""
    for _ in range(6):
        number, letter = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[letter]
    return f"zq{letters}"


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until the condition holds and return its value."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (value := await true()):
            await asyncio.sleep(0.02)
        return value


class Stage:
    """The tenant's accounts, its providers and the processes that serve it."""

    def __init__(self, resources: Resources, sink: Sink, processes: Processes, http: aiohttp.ClientSession) -> None:
        self.resources, self.sink, self.processes, self._http = resources, sink, processes, http
        self.accounts: dict[str, Account] = {}
        self.port = free_port()
        self._inbound = InboundWebhooks(resources)

    async def connect(self, channel: str) -> Account:
        """Connect one channel of the tenant to the sink."""
        account = webhooks.account(TENANT, channel, api_base=self.sink.base(TENANT, channel))
        await accounts.connect(
            self.resources, tenant=TENANT, channel=channel, address=account.address, secrets=account.secrets,
            settings=account.settings, api_base=account.api_base,
        )  # fmt: skip
        self.accounts[channel] = account
        return account

    async def hears(self, channel: str, peer: str, text: str) -> None:
        """Take a customer's message in within this process: stops 1 to 3 of the real code."""
        assert await self.delivers(webhooks.said(self.accounts[channel], peer, text)) == 200

    async def delivers(self, hook: Hook) -> int:
        """Run a webhook through the ASGI application of this process; returns its status."""
        answered: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": hook.body}

        async def send(message: Any) -> None:
            answered.append(message)

        headers = [(name.lower().encode(), value.encode()) for name, value in hook.headers.items()]
        scope = {
            "type": "http", "method": "POST", "path": hook.path, "query_string": hook.query.encode(),
            "headers": headers,
        }  # fmt: skip
        await self._inbound(scope, receive, send)
        return int(answered[0]["status"])

    async def posts(self, hook: Hook) -> int:
        """Post a webhook to the API process."""
        url = f"http://127.0.0.1:{self.port}{hook.path}" + (f"?{hook.query}" if hook.query else "")
        async with self._http.post(url, data=hook.body, headers=hook.headers) as response:
            return response.status

    async def api(self) -> Any:
        """Start the API process and wait until it answers."""
        process = await self.processes.api(self.port)

        async def answers() -> bool:
            try:
                async with self._http.get(f"http://127.0.0.1:{self.port}/health") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await until(answers)
        return process

    async def worker(self, **environment: str) -> Any:
        """Start a worker and wait until it works."""
        known = await self.resources.pg.fetchval("SELECT count(*) FROM workers")
        process = await self.processes.worker(**environment)
        await until(lambda: self._more_workers(known))
        return process

    async def _more_workers(self, than: int) -> bool:
        return bool(await self.resources.pg.fetchval("SELECT count(*) > $1 FROM workers", than))

    async def blocked(self, application: str) -> int:
        """Wait until a statement of that application waits for a lock of the test; returns its backend."""
        return int(
            await until(
                lambda: self.resources.pg.fetchval(
                    """SELECT pid FROM pg_stat_activity
                       WHERE application_name LIKE $1 AND wait_event_type = 'Lock' LIMIT 1""",
                    f"{application}%",
                )
            )
        )

    async def replies(self, *words: str) -> list[Sent]:
        """Wait until each word was answered at the provider."""

        async def all_there() -> bool:
            return all(any(each in sent.text for sent in self.sink.sent) for each in words)

        await until(all_there)
        return self.sink.sent

    async def quiet(self) -> None:
        """Wait until nothing waits any more."""

        async def empty() -> bool:
            return not await self.resources.pg.fetchval("SELECT count(*) FROM todo WHERE state <> 'held'")

        await until(empty)

    async def answered_once(self, *words: str) -> None:
        """Check that the words were answered once each, in this order, and that nothing else is wrong."""
        await self.quiet()
        texts = [sent.text for sent in self.sink.sent]
        order = [next((each for each in words if each in text), "?") for text in texts]
        assert order == list(words), texts
        assert await invariants.check(self.resources) == []

    async def statuses(self) -> list[str]:
        """The status of every reply, in the order of their places."""
        rows = await self.resources.pg.fetch("SELECT status FROM messages WHERE direction = 'out' ORDER BY seq")
        return [row["status"] for row in rows]


@asynccontextmanager
async def locked(dsn: str, statement: str, *values: Any) -> AsyncIterator[asyncpg.Connection]:
    """Hold the locks that a statement takes until the end of the block."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(statement, *values)
            yield connection
    finally:
        await connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def opened(resources: Resources, *, unknown_policy: str = "hold") -> AsyncIterator[Stage]:
    """A stage on empty servers; the processes end with the block."""
    settings = resources.settings
    environment = {
        "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "ORKESTA_HOME": str(settings.home),
        "ORKESTA_SECRET_KEY": settings.secret_key, "GROQ_API_KEY": "", **TIMES,
    }  # fmt: skip
    settings.home.mkdir(parents=True, exist_ok=True)
    processes = Processes(environment, settings.home / "processes.log")
    async with Sink() as sink, aiohttp.ClientSession() as http:
        await tenants.create(resources, TENANT, name="Acme", settings={"unknown_policy": unknown_policy})
        try:
            yield Stage(resources, sink, processes, http)
        finally:
            await processes.close()
