"""Run a command's coroutine on the system: `run(work)` calls `work(resources)`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cli.system import system
from storage.resources import Resources

Result = TypeVar("Result")


def run(work: Callable[[Resources], Awaitable[Result]]) -> Result:
    """Open the resources, call `work` with them, close them."""

    async def opened() -> Result:
        async with system() as resources:
            return await work(resources)

    return asyncio.run(opened())
