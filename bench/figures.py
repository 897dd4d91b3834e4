"""The figures of `make bench`: each function measures one and says it beside its floor and its aim."""

import asyncio
import itertools
import os
import random
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import msgspec

from bench import system as systems
from bench import webhooks
from bench.load import closed_loop, hammer, open_loop, percentile, request
from bench.system import System
from bench.traffic import Traffic
from core.messages import Account
from storage.doorbell import Doorbell
from storage.resources import Resources
from workers.pump import Pump

CUSTOMERS = 500
CONNECTIONS = 128
MOST_ACCEPTED = 15_000  # requests a second that are prepared


class Figure(msgspec.Struct, frozen=True):
    """One measured value; `better` says which side of floor and aim is the good one."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    aim: float | None = None
    better: Literal["high", "low"] = "high"
    note: str = ""

    @property
    def verdict(self) -> str:
        """`aim`, `floor` or `BELOW`, or nothing for a figure without either."""
        if self.floor is None or self.aim is None:
            return ""
        sign = 1 if self.better == "high" else -1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "floor" if sign * self.value >= sign * self.floor else "BELOW"


async def acceptance(system: System, accounts: Sequence[Account], seconds: float) -> list[Figure]:
    """Requests a second of the signed, durable webhook, as a share of a bare ASGI hello-world; no worker runs."""
    posts = iter(_posts(accounts, int(MOST_ACCEPTED * (seconds + 1))))
    again = itertools.cycle(_posts(accounts, 2000))
    port = systems.free_port()
    hello = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.hello", str(port), cwd=systems.ROOT)
    try:
        async with asyncio.timeout(30):
            while not await systems.listens(port):
                await asyncio.sleep(0.1)
        await hammer(port, again, together=CONNECTIONS, seconds=1)
        bare = await hammer(port, again, together=CONNECTIONS, seconds=seconds)
    finally:
        hello.terminate()
        await hello.wait()
    await hammer(system.port, posts, together=CONNECTIONS, seconds=1)
    before, begun = usages(system), time.perf_counter()
    ours = await hammer(system.port, posts, together=CONNECTIONS, seconds=seconds)
    costs = costs_of("request", before, usages(system), ours * (time.perf_counter() - begun))
    return [
        Figure("bare ASGI hello-world", bare, "requests/s"),
        Figure("webhook accepted, durable", ours, "requests/s"),
        Figure("its share of the hello-world", 100 * ours / bare, "%", 25, 50),
        *costs,
    ]


def _posts(accounts: Sequence[Account], count: int) -> list[bytes]:
    """Signed requests, each with a message of its own; made beforehand, so that only the answering is measured."""
    mine = [account for account in accounts if account.channel in ("whatsapp_cloud", "telegram")]
    return [request(webhooks.said(mine[n % len(mine)], peer(n % CUSTOMERS), "hola")) for n in range(count)]


async def acknowledgement(traffic: Traffic, seconds: float) -> list[Figure]:
    """Seconds to the 200 at 200 messages a second, with workers answering beside it."""
    taken = await open_loop(traffic.accepted, per_second=200, seconds=seconds)
    return [
        Figure("acknowledgement at 200 msg/s, p50", 1000 * percentile(taken, 0.5), "ms"),
        Figure("acknowledgement at 200 msg/s, p99", 1000 * percentile(taken, 0.99), "ms", 50, 15, "low"),
    ]


async def throughput(system: System, traffic: Traffic, seconds: float, together: int = 200) -> list[Figure]:
    """Full turns a second: webhook in, reply at the provider, each customer waiting for the answer."""
    await closed_loop(traffic.answered, together=together, seconds=3)
    before, begun = usages(system), time.perf_counter()
    rate = await closed_loop(traffic.answered, together=together, seconds=seconds)
    costs = costs_of("turn", before, usages(system), rate * (time.perf_counter() - begun))
    return [Figure("full turns a second, sustained", rate, "turns/s", 300, 1000), *costs]


def usages(system: System) -> dict[str, float]:
    """CPU seconds by role so far; the load generator's own among them."""
    roles: dict[str, list[int]] = {"load generator and sink": [os.getpid()]}
    for child in system.children:
        roles.setdefault(child.role, []).extend(child.pids)
    for server in (system.servers.postgres, system.servers.redis):
        if server.process:
            roles[server.name] = systems.descendants(server.process.pid)
    return {role: systems.usage(pids).cpu_seconds for role, pids in roles.items()}


def costs_of(unit: str, before: dict[str, float], after: dict[str, float], count: float) -> list[Figure]:
    """What one unit of work cost each role."""
    return [
        Figure(f"CPU a {unit}: {role}", 1e6 * (seconds - before[role]) / count, "µs") for role, seconds in after.items()
    ]


async def latency(traffic: Traffic, seconds: float) -> list[Figure]:
    """Webhook to reply at the provider at 60 messages a second."""
    taken = await open_loop(traffic.answered, per_second=60, seconds=seconds)
    return [
        Figure("webhook → reply at 60 msg/s, p50", 1000 * percentile(taken, 0.5), "ms", 25, 8, "low"),
        Figure("webhook → reply at 60 msg/s, p95", 1000 * percentile(taken, 0.95), "ms", 100, 25, "low"),
    ]


async def pick_up(resources: Resources, times: int = 400) -> list[Figure]:
    """From the ring of the doorbell to the begin of the work, by an idle pump; no other worker runs."""
    begun: asyncio.Queue[float] = asyncio.Queue()

    async def drain(_: str) -> int:
        begun.put_nowait(time.perf_counter())
        return -1

    pump, doorbell, taken = Pump(resources, uuid.uuid4().hex, drain), Doorbell(resources), []
    running = asyncio.create_task(pump.run())
    for number in range(times):
        await asyncio.sleep(random.uniform(0.005, 0.03))
        started = time.perf_counter()
        await doorbell.ring([(f"bench:web:web:{number}", 0)])
        taken.append(await begun.get() - started)
    await pump.stop(1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return [
        Figure("pick-up by an idle worker, p50", 1000 * percentile(taken, 0.5), "ms"),
        Figure("pick-up by an idle worker, p99", 1000 * percentile(taken, 0.99), "ms", 20, 5, "low"),
    ]


def peer(number: int) -> str:
    """A customer's phone."""
    return str(5_215_000_000_000 + number)
