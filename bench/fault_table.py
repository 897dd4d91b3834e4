"""`make fault-table`: each class of model error on each tier; what the customer saw, from whom, and after how long.

The real processes and SDKs; Groq and Azure are played by the emulator, which misbehaves as it is told; the customer
writes by Telegram. Each case begins with a fresh worker and fresh breakers. Ends with 1 if an answer came too late.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec
import uvloop

from bench import system as systems
from bench import webhooks
from bench.load import Client, client, request
from bench.sink import Sent, Sink
from bench.system import System
from core.messages import Account
from storage import resources as resource_store
from storage.resources import Resources

RESULT = Path(__file__).parent / "results" / "fault_table.json"
DEADLINE_SECONDS = 20.0
_MARGIN_SECONDS = 1.0  # around the models: load, save, send
_GREETINGS = ("hola", "hello", "olá")
_TOGETHER = 20  # customers who write while everything hangs
Failing = Literal["groq", "azure", "both"]


class Case(msgspec.Struct, frozen=True):
    """A class of error and the emulator's fault program for it; `azure` differs where the provider does."""

    name: str
    groq: dict[str, Any]
    azure: dict[str, Any] = {}

    def programs(self, failing: Failing) -> list[dict[str, Any]]:
        """What the emulator is told; where only Azure fails, Groq has no capacity, so that Azure is asked at all."""
        usual = {"count": 1_000, "method": "chat"}
        groq = {"kind": "498"} if failing == "azure" else self.groq
        found = [{**usual, **groq, "provider": "groq"}]
        if failing != "groq":
            found.append({**usual, **(self.azure or self.groq), "provider": "azure"})
        return found


CASES = (
    Case("throttled, may retry in 3 s", {"kind": "429", "retry_after": 3}),
    Case("throttled, may retry in 60 s", {"kind": "429", "retry_after": 60}),
    Case("no capacity", {"kind": "498"}, {"kind": "429", "retry_after": 86_400}),  # a small quota of Azure says so
    Case("overloaded, once", {"kind": "503", "count": 1}),
    Case("overloaded", {"kind": "503"}),
    Case("hangs", {"kind": "timeout"}),
    Case("connection broken off", {"kind": "drop_response"}),
    Case("a web page instead of an answer", {"kind": "html", "code": 200}),
    Case("request too long", {"kind": "error_code", "code": 413, "word": "rate_limit_exceeded"},
         {"kind": "error_code", "code": 400, "word": "context_length_exceeded"}),
    Case("malformed tool call", {"kind": "malformed_tool_call"}),
    Case("answer cut off", {"kind": "truncated"}),
    Case("empty answer", {"kind": "empty"}),
    Case("content filter", {"kind": "content_filter"}),
    Case("key refused", {"kind": "error_code", "code": 401, "word": "invalid_api_key"}),
    Case("model withdrawn", {"kind": "error_code", "code": 400, "word": "model_decommissioned"},
         {"kind": "error_code", "code": 404, "word": "DeploymentNotFound"}),
    Case("request refused, our own mistake", {"kind": "error_code", "code": 422}),
)  # fmt: skip


class Row(msgspec.Struct):
    """What one customer saw."""

    failing: str
    case: str
    answered_by: str
    seconds: float
    acknowledged_ms: float
    attempts: list[str]
    saw: str

    @property
    def in_time(self) -> bool:
        """Whether the answer came within the deadline of a turn."""
        return self.seconds <= DEADLINE_SECONDS + _MARGIN_SECONDS


class Customers:
    """Writes as new customers and waits for the answers."""

    def __init__(self, posting: Client, sink: Sink, account: Account, resources: Resources) -> None:
        self._posting, self._account, self._pg = posting, account, resources.pg
        self._numbers = itertools.count(5_215_000_000_000)
        self._waiting: dict[str, asyncio.Future[Sent]] = {}
        sink.on_sent = self._arrived

    async def greets(self, failing: str, case: str) -> Row:
        """One new customer says hello."""
        number = next(self._numbers)
        peer, text = str(number), _GREETINGS[number % len(_GREETINGS)]
        reply = self._waiting[peer] = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        acknowledged = await self._posting.timed(request(webhooks.said(self._account, peer, text)))
        sent: Sent = await asyncio.wait_for(reply, 3 * DEADLINE_SECONDS)
        seconds = time.perf_counter() - started
        tier, attempts = await self._traced(peer)
        return Row(failing, case, tier, round(seconds, 2), round(acknowledged * 1000, 1), attempts, sent.text)

    async def _traced(self, peer: str) -> tuple[str, list[str]]:
        trace = await self._pg.fetchval(
            "SELECT t.trace FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.peer = $1", peer
        )
        (call,) = trace["llm"]
        return call["tier"], [f"{each['tier']} {each['outcome']} {each['ms']} ms" for each in call["attempts"]]

    def _arrived(self, sent: Sent) -> None:
        reply = self._waiting.pop(sent.to, None)
        if reply and not reply.done():
            reply.set_result(sent)


class Table:
    """Plays the cases one after the other."""

    def __init__(self, system: System, customers: Customers, resources: Resources, emulator: str) -> None:
        self._system, self._customers, self._resources, self._emulator = system, customers, resources, emulator
        self.rows: list[Row] = []

    async def case(self, case: Case, failing: Failing) -> None:
        """One case, shown at once."""
        await self._afresh(case.programs(failing))
        self._add(await self._customers.greets(failing, case.name))

    async def everything_hangs(self) -> None:
        """Many customers while both providers hang, then one more when the breakers have opened."""
        await self._afresh(Case("", {"kind": "timeout"}).programs("both"))
        name = f"hangs, {_TOGETHER} customers at once"
        rows = await asyncio.gather(*(self._customers.greets("both", name) for _ in range(_TOGETHER)))
        slowest = max(rows, key=lambda row: row.seconds)
        slowest.acknowledged_ms = max(row.acknowledged_ms for row in rows)
        self._add(slowest)
        self._add(await self._customers.greets("both", "hangs, the next customer"))

    async def _afresh(self, programs: list[dict[str, Any]]) -> None:
        await self._resources.redis.flushall()
        here = self._emulator
        environment = {
            "GROQ_API_KEY": "gsk_emulated", "GROQ_BASE_URL": f"{here}/groq", "AZURE_OPENAI_ENDPOINT": f"{here}/azure",
            "AZURE_OPENAI_KEY": "emulated", "AZURE_OPENAI_DEPLOYMENT": "orkesta-mini",
            "AZURE_OPENAI_API_VERSION": "2024-10-21", "LLM_TURN_DEADLINE_SECONDS": str(DEADLINE_SECONDS),
        }  # fmt: skip
        await self._system.workers(1, **environment)
        async with aiohttp.ClientSession(here, raise_for_status=True) as http:
            (await http.post("/emulator/reset")).release()
            (await http.post("/emulator/faults", json=programs)).release()

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        saw = row.saw.replace("\n", " ")
        sys.stdout.write(
            f"{row.failing:<7}{row.case:<36}{row.answered_by:<9}{row.seconds:>6.2f} s "
            f"{row.acknowledged_ms:>7.1f} ms  {'' if row.in_time else 'LATE  '}{saw[:60]}\n"
            f"{'':<7}{', '.join(row.attempts)}\n"
        )
        sys.stdout.flush()


@asynccontextmanager
async def _played(home: Path) -> AsyncIterator[Table]:
    async with (
        systems.running(home) as system,
        Sink(keep=False) as sink,
        resource_store.open(system.settings, "bench") as resources,
    ):
        (account,) = await systems.connect(resources, sink, ["alpha"], ("telegram",))
        await system.api()
        port, mail = systems.free_port(), systems.free_port()
        await system.start("emulator", ORKESTA_EMULATOR_PORT=str(port), ORKESTA_EMULATOR_SMTP_PORT=str(mail))
        async with asyncio.timeout(60):
            while not await systems.listens(port):
                await asyncio.sleep(0.1)
        async with client(system.port) as posting:
            customers = Customers(posting, sink, account, resources)
            yield Table(system, customers, resources, f"http://127.0.0.1:{port}")


async def play(home: Path, only: str) -> list[Row]:
    """All cases whose name contains `only`."""
    async with _played(home) as table:
        tiers: tuple[Failing, ...] = ("groq", "azure", "both")
        for failing, case in itertools.product(tiers, CASES):
            if only in case.name:
                await table.case(case, failing)
        if only in "hangs":
            await table.everything_hangs()
        return table.rows


def main() -> None:
    """Parse the arguments, play, keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a case's name")
    given = parser.parse_args()
    sys.stdout.write(f"{'fails':<7}{'how':<36}{'answer of':<9}{'after':>8} {'200 after':>10}  the customer saw\n")
    with tempfile.TemporaryDirectory(prefix="orkesta-faults-") as home:
        rows = uvloop.run(play(Path(home), given.only))
    if not given.only:
        kept = {"deadline_seconds": DEADLINE_SECONDS, "rows": rows}
        RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    late = [row for row in rows if not row.in_time]
    longest, acknowledged = max(row.seconds for row in rows), max(row.acknowledged_ms for row in rows)
    sys.stdout.write(
        f"\n{len(rows)} cases, {len(late)} late; longest answer {longest:.2f} s of {DEADLINE_SECONDS:g}, "
        f"longest acknowledgement {acknowledged:.1f} ms\n"
    )
    sys.exit(bool(late))


if __name__ == "__main__":
    main()
