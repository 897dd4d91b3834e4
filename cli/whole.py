"""The whole system for the time of a command: the running one, or an `orkesta up` of the command's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cli.ports import places_of
from cli.up import command_line
from core.errors import OrkestaError
from core.settings import Settings

_START_SECONDS, _STOP_SECONDS = 180.0, 15.0
_SHOWN = 5  # last lines of one that did not start


class NotStarted(OrkestaError):
    """The system could not be started."""

    code = "not_started"


@asynccontextmanager
async def whole_system(settings: Settings) -> AsyncIterator[None]:
    """Give way when API and emulator answer; raises NotStarted."""
    places = places_of(settings)
    if await places["api"].answers() and await places["emulator"].answers():
        yield
        return
    process = await asyncio.create_subprocess_exec(
        *command_line("up"), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_START_SECONDS):
            await _until_ready(process)
        reading = asyncio.create_task(_drain(process))
        yield
        reading.cancel()
    except TimeoutError:
        raise NotStarted(f"the system was not ready within {_START_SECONDS:g} s: start it with `orkesta up`") from None
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.communicate(), _STOP_SECONDS)


async def _until_ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    told: list[str] = []
    async for line in process.stdout:
        told = [*told, line.decode("utf-8", "replace").rstrip()][-_SHOWN:]
        if told[-1].startswith("orkesta is ready"):
            return
    await process.wait()
    raise NotStarted("the system could not be started for this command:\n" + "\n".join(told))


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Its log, so that it never waits for us to read."""
    assert process.stdout is not None
    while await process.stdout.read(65_536):
        pass
