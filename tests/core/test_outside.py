"""Who starts a task learns when it waits for the outside, and when it is back."""

import asyncio

import pytest

from core.outside import outside, tell


async def test_a_wait_is_told_when_it_begins_and_when_it_ends():
    heard: list[int] = []

    async def work() -> None:
        tell(heard.append)
        with outside():
            assert heard == [1]
        assert heard == [1, -1]

    await asyncio.create_task(work())


async def test_a_wait_that_fails_is_over_as_well():
    heard: list[int] = []

    async def work() -> None:
        tell(heard.append)
        with pytest.raises(TimeoutError), outside():
            raise TimeoutError

    await asyncio.create_task(work())
    assert sum(heard) == 0


async def test_each_task_tells_only_whoever_started_it():
    heard: dict[str, list[int]] = {"a": [], "b": []}

    async def work(name: str) -> None:
        tell(heard[name].append)
        await asyncio.sleep(0)
        if name == "a":
            with outside():
                await asyncio.sleep(0)

    await asyncio.gather(asyncio.create_task(work("a")), asyncio.create_task(work("b")))
    assert heard == {"a": [1, -1], "b": []}
    with outside():  # nobody counts this one
        pass
