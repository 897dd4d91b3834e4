"""No lock is trusted: a worker that was away too long cannot save, and nobody works in silence."""

import asyncio

from core.settings import Settings
from storage.doorbell import Doorbell
from tests.chaos.stage import Stage, until, word
from tests.peers import crew

PEER = "5215550001111"


async def test_a_turn_that_outlives_its_lease_ten_times_over_is_refused_by_the_version(
    stage: Stage, settings: Settings
) -> None:
    """Pain 4, fazer-ai/chatwoot#466: the lock expired while media downloaded, and two workers answered."""
    await stage.connect("telegram")
    asked, later = word(), word()
    short = settings.model_copy(update={"lease_seconds": 0.05, "sweep_seconds": 60})
    async with crew.worker(short, crew.Gate) as slow:
        await stage.hears("telegram", PEER, f"tienen {asked}?")
        await slow.arrived.wait()
        async with crew.worker(settings) as other:
            doorbell = Doorbell(stage.resources)
            await until(lambda: _lapsed(doorbell, other))
            await stage.replies(asked)
            await stage.quiet()
            slow.go.set()
            await stage.hears("telegram", PEER, f"tienen {later}?")
            await stage.replies(later)
            await stage.answered_once(asked, later)
    assert slow.ran >= 1
    assert other.ran >= 1
    rows = await stage.resources.pg.fetch("SELECT from_seq, to_seq FROM turns ORDER BY turn")
    assert [tuple(row) for row in rows] == [(1, 1), (3, 3)]


async def test_ten_workers_with_the_same_turn_in_hand_save_it_once(stage: Stage, settings: Settings) -> None:
    """Pain 4: all of them lost their lease, all of them wake at the same moment."""
    await stage.connect("telegram")
    asked = word()
    short = settings.model_copy(update={"lease_seconds": 0.02, "sweep_seconds": 60})
    gates: list[crew.Gate] = []
    await stage.hears("telegram", PEER, f"tienen {asked}?")
    async with asyncio.TaskGroup() as group, asyncio.timeout(50):
        done = asyncio.Event()

        async def hand() -> None:
            async with crew.worker(short, crew.Gate) as gate:
                gates.append(gate)
                await done.wait()

        for _ in range(10):
            group.create_task(hand())
        doorbell = Doorbell(stage.resources)
        await until(lambda: _all_arrived(doorbell, gates))
        for gate in gates:
            gate.go.set()
        await stage.replies(asked)
        await stage.answered_once(asked)
        done.set()
    assert await stage.resources.pg.fetchval("SELECT count(*) FROM turns") == 1


async def test_without_workers_the_system_says_so_and_with_one_again_it_catches_up(stage: Stage) -> None:
    """Pain 12, chatwoot#15131: the webhook said 200 for weeks while no worker took jobs."""
    await stage.connect("telegram")
    first, second = word(), word()
    await stage.api()
    process = await stage.worker()
    await until(lambda: _ready(stage, 200))
    process.terminate()
    await asyncio.to_thread(process.join)
    for each in (first, second):
        await stage.hears("telegram", PEER, f"tienen {each}?")
    degraded = await until(lambda: _ready(stage, 503))
    assert degraded["workers"] == 0
    await until(lambda: _older(stage))
    await stage.worker()
    await stage.replies(first, second)
    await until(lambda: _ready(stage, 200))
    await stage.answered_once(first, second)


async def _lapsed(doorbell: Doorbell, other: crew.Counted) -> bool:
    await doorbell.lapse()
    return other.ran > 0


async def _all_arrived(doorbell: Doorbell, gates: list[crew.Gate]) -> bool:
    await doorbell.lapse()
    return len(gates) == 10 and all(gate.arrived.is_set() for gate in gates)


async def _ready(stage: Stage, status: int) -> dict[str, float] | None:
    async with stage._http.get(f"http://127.0.0.1:{stage.port}/health/ready") as response:
        return await response.json() if response.status == status else None


async def _older(stage: Stage) -> bool:
    told = await _ready(stage, 503)
    return told is not None and told["oldest_unanswered_seconds"] > 0
