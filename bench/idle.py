"""What the whole system costs when nobody writes: every process of a running `orkesta up`, from /proc."""

import asyncio
import os
import sys
from pathlib import Path

from bench import system as systems
from bench.figures import Figure


async def idle(home: Path, seconds: float) -> list[Figure]:
    """Start `orkesta up` in a home of its own, let it settle, measure."""
    ports = {f"ORKESTA_{name}PORT": str(systems.free_port()) for name in ("", "TOWER_", "EMULATOR_")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GROQ", "AZURE", "OLLAMA"))}
    environment = {**kept, **ports, "ORKESTA_HOME": str(home), "PYTHONPATH": str(systems.ROOT)}
    up = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig=KILL", sys.executable, "-m", "cli", "up"), env=environment, cwd=systems.ROOT,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert up.stdout
    try:
        async with asyncio.timeout(120):
            while b"orkesta is ready" not in await up.stdout.readline():
                pass
        reading = asyncio.create_task(_drain(up.stdout))
        await asyncio.sleep(10)  # autovacuum looks at the freshly loaded demo tenants
        before = systems.usage(systems.descendants(up.pid))
        await asyncio.sleep(seconds)
        after = systems.usage(systems.descendants(up.pid))
        reading.cancel()
    finally:
        if up.returncode is None:
            up.terminate()
        await up.wait()
    share = 100 * (after.cpu_seconds - before.cpu_seconds) / seconds
    return [
        Figure("idle CPU of the whole system", share, "% of a core", 3, 1, "low"),
        Figure(
            "resident memory of all its processes", after.resident_bytes / 1e6, "MB", note="shared pages count twice"
        ),
    ]


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65536):
        pass
