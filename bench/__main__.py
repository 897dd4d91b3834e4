"""`python -m bench`: every figure of the table, in one run on this machine; JSON beside it in bench/results/."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import uvloop

from bench import catalog, dunning, figures, growth, idle, turn_profile
from bench import system as systems
from bench.baselines import baselines
from bench.figures import Figure
from bench.load import client
from bench.sink import Sink
from bench.system import System
from bench.traffic import Traffic
from core.messages import Account
from storage import resources as resource_store
from storage.resources import Resources

RESULTS = Path(__file__).parent / "results"


class Run:
    """One run of some or all parts; what is found is shown at once and kept."""

    def __init__(self, home: Path, given: argparse.Namespace) -> None:
        self._home, self._given = home, given
        self.found: list[Figure] = []
        self.profile: turn_profile.Profile | None = None

    def wanted(self, *parts: str) -> bool:
        """Whether one of these parts was asked for."""
        asked = [part for part in self._given.only.split(",") if part]
        return not asked or any(part in asked for part in parts)

    def add(self, more: list[Figure]) -> None:
        """Keep and show."""
        self.found.extend(more)
        for figure in more:
            show(figure)

    async def measure(self) -> None:
        """Everything, one after the other."""
        seconds = self._given.seconds
        async with (
            systems.running(self._home) as system,
            Sink(keep=False) as sink,
            resource_store.open(system.settings, "bench") as resources,
        ):
            accounts = await systems.connect(resources, sink, ["alpha", "beta"])
            if self.wanted("baselines"):
                self.add(await baselines(system, sink, min(seconds, 3.0)))
            if self.wanted("pick_up"):
                self.add(await figures.pick_up(resources))
            await system.api()
            if self.wanted("acceptance"):
                self.add(await figures.acceptance(system, accounts, seconds))
                await resources.pg.execute("TRUNCATE todo, messages, turns, message_events")
                await resources.pg.execute("UPDATE conversations SET last_seq = 0")
            if self.wanted("turns", "memory"):
                await self._turns(system, sink, resources, accounts)
            if self.wanted("profile"):
                await self._profile(system, sink, accounts)
            if self.wanted("catalog", "growth", "dunning"):
                await system.workers(0)
                await self._growth(resources, accounts[0])
        if self.wanted("idle"):
            self.add(await idle.idle(self._home.with_suffix(".up"), seconds))

    async def _growth(self, resources: Resources, account: Account) -> None:
        if self.wanted("catalog"):
            self.add(await catalog.search(resources))
        if self.wanted("growth"):
            self.add(await growth.lengths(resources, account))
            self.add(await growth.stored(resources, account, self._given.stored))
        if self.wanted("dunning"):
            self.add(await dunning.sweeps(resources, self._given.stored))

    async def _profile(self, system: System, sink: Sink, accounts: list[Account]) -> None:
        given = self._given
        self.profile = await turn_profile.profile(system, sink, accounts, workers=given.workers, seconds=given.seconds)
        sys.stdout.write("\n" + "\n".join(turn_profile.lines(self.profile)) + "\n\n")

    async def _turns(self, system: System, sink: Sink, resources: Resources, accounts: list[Account]) -> None:
        await system.workers(self._given.workers)
        async with client(system.port) as posting:
            traffic = Traffic(posting, sink, accounts, figures.CUSTOMERS)
            if self.wanted("turns"):
                self.add(await figures.throughput(system, traffic, self._given.seconds))
                self.add(await figures.latency(traffic, self._given.seconds))
                self.add(await figures.acknowledgement(traffic, self._given.seconds))
            if self.wanted("memory"):
                self.add(await growth.memory(system, resources, accounts[0], traffic, 100_000))


def show(figure: Figure) -> None:
    """Print one line of the table."""
    limits = (
        f"floor {figure.floor:g}, aim {figure.aim:g}" if figure.floor is not None and figure.aim is not None else ""
    )
    sys.stdout.write(
        f"{figure.name:<44}{figure.value:>12.2f} {figure.unit:<12}{limits:<24}{figure.verdict:<6}{figure.note}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Parse the arguments, run, keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    parser.add_argument(
        "--only",
        default="",
        help="comma-separated parts: baselines, pick_up, acceptance, turns, memory, profile, catalog, growth, "
        "dunning, idle",
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--stored", type=int, default=1_000_000, help="messages of the largest database")
    parser.add_argument("--name", default=time.strftime("%Y-%m-%d-%H%M"), help="of the file in bench/results/")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="orkesta-bench-"))
    try:
        run = Run(home, given)
        uvloop.run(run.measure())
    finally:
        for path in (home, home.with_suffix(".up")):
            shutil.rmtree(path, ignore_errors=True)
    about = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seconds": given.seconds,
        "workers": given.workers,
    }
    kept = {
        "about": about, "figures": msgspec.to_builtins(run.found), "profile": msgspec.to_builtins(run.profile),
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{given.name}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    sys.stdout.write(f"\nkept in {path}\n")


if __name__ == "__main__":
    main()
