"""The supervisor keeps children running, and ends them when it ends, however it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli import supervisor
from cli.supervisor import Child

PRINTS_ITS_PID = "import os,time; print(os.getpid(), flush=True); time.sleep(600)"
IGNORES_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + PRINTS_ITS_PID
KEEPS_ONE_CHILD = f"""
import asyncio, os, sys
from cli.supervisor import Child
asyncio.run(Child("child", (sys.executable, "-c", {PRINTS_ITS_PID!r}), dict(os.environ)).keep_running())
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[str]:
    """The lines of the common log, in order."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(supervisor, "say", lambda name, text: lines.put_nowait(text))
    return lines


@asynccontextmanager
async def kept(code: str) -> AsyncIterator[Child]:
    child = Child("child", (sys.executable, "-c", code), dict(os.environ))
    task = asyncio.create_task(child.keep_running())
    try:
        yield child
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def line(said: asyncio.Queue[str], wanted: Callable[[str], bool]) -> str:
    while True:
        text = await said.get()
        if wanted(text):
            return text


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_killed_child_is_started_again(said: asyncio.Queue[str]) -> None:
    async with kept(PRINTS_ITS_PID):
        first = int(await line(said, str.isdigit))
        os.kill(first, signal.SIGKILL)
        assert "signal 9" in await line(said, lambda text: "ended" in text)
        assert int(await line(said, str.isdigit)) != first


async def test_a_child_that_always_fails_is_started_ever_more_slowly(said: asyncio.Queue[str]) -> None:
    async with kept("raise SystemExit(3)"):
        ends = [await line(said, lambda text: "ended" in text) for _ in range(3)]
    assert ends == [f"ended with status 3, starting again in {delay} s" for delay in supervisor.BACKOFF_SECONDS[1:4]]


async def test_stopping_ends_a_child_and_kills_one_that_will_not(
    said: asyncio.Queue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    async with kept(PRINTS_ITS_PID) as polite:
        await line(said, str.isdigit)
    async with kept(IGNORES_TERM) as stubborn:
        await line(said, str.isdigit)
    assert polite.process
    assert stubborn.process
    assert (polite.process.returncode, stubborn.process.returncode) == (-signal.SIGTERM, -signal.SIGKILL)


async def test_output_without_an_end_of_line_or_of_any_length_is_kept(said: asyncio.Queue[str]) -> None:
    async with kept("print('x' * 200_000); print('é', end='', flush=True); import time; time.sleep(0)"):
        assert await line(said, lambda text: text.startswith("x")) == "x" * 200_000
        assert await said.get() == "é"


async def test_a_child_does_not_outlive_a_killed_supervisor() -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KEEPS_ONE_CHILD, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert owner.stdout
    child = int((await owner.stdout.readline()).split(b"|")[1])
    assert alive(child)
    owner.kill()
    await owner.wait()
    async with asyncio.timeout(10):
        while alive(child):
            await asyncio.sleep(0.02)
