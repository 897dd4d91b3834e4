"""One deadline for all requests of a process."""

import asyncio

import pytest

from webhooks.deadline import Deadline


async def test_work_that_never_ends_gets_a_timeout() -> None:
    deadline = Deadline(0.05)
    with pytest.raises(TimeoutError), deadline:
        await asyncio.Event().wait()


async def test_work_that_ends_is_left_alone_and_the_next_one_is_watched_again() -> None:
    deadline = Deadline(0.05)
    for _ in range(3):
        with deadline:
            await asyncio.sleep(0)
    await asyncio.sleep(0.2)  # every look is over
    with pytest.raises(TimeoutError), deadline:
        await asyncio.Event().wait()


async def test_each_of_many_is_judged_by_its_own_begin() -> None:
    deadline, ended = Deadline(0.4), []

    async def work(name: str, gate: asyncio.Event) -> None:
        try:
            with deadline:
                await gate.wait()
        except TimeoutError:
            ended.append(name)
        else:
            ended.append(f"{name} in time")

    never, soon = asyncio.Event(), asyncio.Event()
    stuck = asyncio.create_task(work("stuck", never))
    brief = asyncio.create_task(work("brief", soon))
    await asyncio.sleep(0)
    soon.set()
    await asyncio.gather(stuck, brief)
    assert ended == ["brief in time", "stuck"]


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadline = Deadline(60)

    async def work() -> None:
        with deadline:
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_kept_of_work_that_is_over() -> None:
    deadline = Deadline(0.02)
    with pytest.raises(TimeoutError), deadline:
        await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert not any((deadline._young, deadline._middle, deadline._old, deadline._late))
