"""`orkesta up` on a fresh directory: ready, undisturbed by a second one, killed, resumed, and stopped in order."""

import asyncio
import os
import socket
from pathlib import Path

import pytest

from tests.cli.command import orkesta, start


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def ready(environment: dict[str, str]) -> tuple[asyncio.subprocess.Process, str]:
    """Start it and wait for the line that people and scripts wait for."""
    pipe = asyncio.subprocess.PIPE
    process = await start("up", environment=environment, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    assert process.stdout
    said = b""
    while line := await process.stdout.readline():
        said += line
        if line.startswith(b"orkesta is ready"):
            return process, said.decode()
    raise AssertionError(said.decode())


def processes_of(home: Path) -> list[str]:
    """The command lines of all processes that were told this home directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            zombie = (process / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            continue
        if os.fsencode(home) in known and not zombie:
            found.append((process / "comm").read_text().strip())
    return found


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_up_runs_resumes_after_kill_9_and_stops_with_status_0(tmp_path: Path) -> None:
    names = ("ORKESTA_PORT", "ORKESTA_TOWER_PORT", "ORKESTA_EMULATOR_PORT")
    ports = dict(zip(names, map(str, free_ports(3)), strict=True))
    environment = {"ORKESTA_HOME": str(tmp_path), "ORKESTA_WORKERS": "1", **ports}

    first, said = await ready(environment)
    for port in ports.values():
        assert f"http://127.0.0.1:{port}" in said
    status, refusal = await orkesta("up", environment=environment)
    assert status == 1
    assert "another Orkesta is running" in refusal
    assert first.returncode is None

    first.kill()
    await first.wait()
    second, said = await ready(environment)
    assert "are there already" in said  # it resumed with all data

    status, told = await orkesta("golden", "run", "greeting-es-telegram", "--json", environment=environment)
    assert status == 0, told
    status, told = await orkesta("golden", "run", "no-such-flow", environment=environment)
    assert status == 1, told

    second.terminate()
    async with asyncio.timeout(10):
        await second.communicate()
    assert second.returncode == 0
    assert processes_of(tmp_path) == []
