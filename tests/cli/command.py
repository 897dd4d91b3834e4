"""Runs `orkesta …` of this tree in a process of its own."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


async def start(*arguments: str, environment: dict[str, str], **options: Any) -> asyncio.subprocess.Process:
    """Start one command with only this environment (and the way to find programs)."""
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments), env=surroundings, cwd=ROOT, **options
    )


async def orkesta(*arguments: str, environment: dict[str, str], given: bytes = b"") -> tuple[int, str]:
    """Run one command with this standard input; returns its exit status and everything that it printed."""
    pipe = asyncio.subprocess.PIPE
    process = await start(
        *arguments, environment=environment, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate(given)
    assert process.returncode is not None
    return process.returncode, output.decode()


async def as_json(*arguments: str, environment: dict[str, str]) -> Any:
    """Run one command with --json; it must succeed."""
    status, output = await orkesta(*arguments, "--json", environment=environment)
    assert status == 0, output
    return json.loads(output.splitlines()[-1])
