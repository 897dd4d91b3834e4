"""Where a turn's time goes, at a steady load: CPU by process, and inside the workers by stop and by package."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bench import figures
from bench.load import client, open_loop, percentile
from bench.sampled import Notes
from bench.sink import Sink
from bench.system import System
from bench.traffic import Traffic
from core.messages import Account

RATE = 100  # messages a second
_WARM_UP_SECONDS = 3.0


class Row(msgspec.Struct, frozen=True):
    """One line: microseconds of CPU a turn, and their share of the whole of its table."""

    name: str
    microseconds: float
    share: float  # percent


class Profile(msgspec.Struct, frozen=True):
    """The profile of one run; all of it is per turn."""

    turns: int
    per_second: float
    samples: int
    webhook_to_reply_ms: dict[str, float]
    processes: list[Row]
    worker_stops: list[Row]
    worker_packages: list[Row]
    wall_ms: dict[str, float]  # mean of one call of each stop's function, waiting included


async def profile(system: System, sink: Sink, accounts: Sequence[Account], *, workers: int, seconds: float) -> Profile:
    """Load workers that sample themselves; the load generator is shown, but is no part of the shares."""
    notes = system.home / "notes-"
    children = await system.workers(workers, "bench.sampled", ORKESTA_BENCH_NOTES=str(notes))
    async with client(system.port) as posting:
        traffic = Traffic(posting, sink, accounts, figures.CUSTOMERS)
        await open_loop(traffic.answered, per_second=RATE, seconds=_WARM_UP_SECONDS)
        for child in children:
            os.kill(child.process.pid, signal.SIGUSR1)
        before, begun = figures.usages(system), time.perf_counter()
        taken = await open_loop(traffic.answered, per_second=RATE, seconds=seconds)
        after, took = figures.usages(system), time.perf_counter() - begun
        for child in children:
            os.kill(child.process.pid, signal.SIGUSR2)
    noted = [await _notes(Path(f"{notes}{child.process.pid}")) for child in children]
    spent = {role: 1e6 * (after[role] - before[role]) / len(taken) for role in after}
    return Profile(
        turns=len(taken), per_second=len(taken) / took, samples=sum(each.samples for each in noted),
        webhook_to_reply_ms={name: 1000 * percentile(taken, share) for name, share in (("p50", 0.5), ("p95", 0.95))},
        processes=_rows(spent, sum(spent.values())),
        worker_stops=_rows(_together([each.stops for each in noted]), spent["worker"]),
        worker_packages=_rows(_together([each.packages for each in noted]), spent["worker"]),
        wall_ms=_walls(noted),
    )  # fmt: skip


async def _notes(path: Path) -> Notes:
    async with asyncio.timeout(30):
        while not path.exists():
            await asyncio.sleep(0.05)
    return msgspec.json.decode(path.read_bytes(), type=Notes)


def _together(counts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0.0) + count
    return total


def _rows(parts: dict[str, float], microseconds: float) -> list[Row]:
    """Divide the microseconds as the parts are to each other; the largest first."""
    whole = sum(parts.values()) or 1.0
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    return [Row(name, microseconds * part / whole, 100 * part / whole) for name, part in ordered]


def _walls(noted: Sequence[Notes]) -> dict[str, float]:
    calls = _together([each.calls for each in noted])
    seconds = _together([each.wall_seconds for each in noted])
    return {name: 1000 * seconds[name] / count for name, count in sorted(calls.items())}


def lines(found: Profile) -> list[str]:
    """The tables."""
    waits = ", ".join(f"{name} {value:.1f} ms" for name, value in found.webhook_to_reply_ms.items())
    return [
        f"profile of {found.turns} turns at {found.per_second:.0f}/s; webhook → reply {waits}",
        *_table("CPU a turn, by process", found.processes),
        *_table(f"CPU a turn in the workers, by stop ({found.samples} samples)", found.worker_stops),
        *_table("CPU a turn in the workers, by package of the innermost frame", found.worker_packages),
        "  wall time of one call in a worker, waiting included",
        *(f"    {name:<40}{value:>12.2f} ms" for name, value in found.wall_ms.items()),
    ]


def _table(title: str, rows: Sequence[Row]) -> list[str]:
    return [f"  {title}", *(f"    {row.name:<40}{row.microseconds:>12.0f} µs{row.share:>8.1f} %" for row in rows)]
