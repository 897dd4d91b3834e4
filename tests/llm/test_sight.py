"""Pictures are read by a program of their own; whatever it does, the turn goes on."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from llm.sight import Sight

FAR = 60.0


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import json, os, sys, time\n{code}")


async def test_the_lines_that_the_program_found_are_one_text() -> None:
    echo = program("print(json.dumps([sys.stdin.buffer.read().decode(), 'Total: $10.00']))")
    assert await Sight(echo).read("Señal".encode(), time.monotonic() + FAR) == "Señal Total: $10.00"


async def test_a_picture_without_text_is_no_failure() -> None:
    assert await Sight(program("print('[]')")).read(b"", time.monotonic() + FAR) == ""


@pytest.mark.parametrize("code", ["sys.exit(1)", "os.abort()"])
async def test_a_program_that_fails_tells_nothing(code: str) -> None:
    assert await Sight(program(code)).read(b"x" * 1_000_000, time.monotonic() + FAR) is None


async def test_a_program_that_is_given_up_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    slow = program(f"open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    seeing = Sight(slow)
    reading = asyncio.create_task(seeing.read(b"", time.monotonic() + FAR))
    async with asyncio.timeout(FAR):
        while not (started.exists() and started.read_text()):
            await asyncio.sleep(0.01)
        pid = int(started.read_text())
        reading.cancel()
        while _runs(pid):
            await asyncio.sleep(0.01)
    assert await seeing.read(b"", time.monotonic() + 0.2) is None  # and the next one is not held up by it


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
