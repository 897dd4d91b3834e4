"""Child processes that are started again when they die, and whose output becomes one readable log."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

STOP_SECONDS = 6  # a child that has not ended by then is killed; the servers behind it need the rest of 10 s
BACKOFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10)
STEADY_SECONDS = 30  # a child that lived this long starts again without delay


def say(name: str, text: str) -> None:
    """Write one line of the common log."""
    if os.environ.get("ORKESTA_LOG_FORMAT") == "json":
        line = text if text.startswith("{") else json.dumps({"name": name, "message": text}, ensure_ascii=False)
    else:
        line = f"{name:<10}| {text}"
    with suppress(BrokenPipeError):  # nobody reads any more: that is no reason to stop serving
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@dataclass
class Child:
    """One process that must always run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    inherited: Sequence[int] = ()  # file descriptors
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def keep_running(self) -> None:
        """Run the process until cancelled, then stop it gracefully."""
        deaths = 0
        try:
            while True:
                started = asyncio.get_running_loop().time()
                await self._run()
                lived = asyncio.get_running_loop().time() - started
                deaths = 0 if lived > STEADY_SECONDS else deaths + 1
                delay = BACKOFF_SECONDS[min(deaths, len(BACKOFF_SECONDS) - 1)]
                say(self.name, f"ended with {_status(self.process)}, starting again in {delay} s")
                await asyncio.sleep(delay)
        finally:
            await self._stop()

    async def _run(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            # KILL: a child without its supervisor must not live on, and a crash loses nothing.
            *("setpriv", "--pdeathsig=KILL", *self.command),
            env=self.environment,
            pass_fds=self.inherited,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only the supervisor, which then stops all in order
        )
        await self._stream(self.process.stdout)
        await self.process.wait()

    async def _stream(self, output: asyncio.StreamReader | None) -> None:
        assert output
        rest = b""
        while chunk := await output.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                say(self.name, line.decode(errors="replace").rstrip())
        if rest:
            say(self.name, rest.decode(errors="replace"))

    async def _stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        reading = asyncio.ensure_future(self._stream(self.process.stdout))  # a full pipe would keep it from ending
        self._signal(signal.SIGTERM)
        ended = asyncio.ensure_future(self.process.wait())
        # Not asyncio.timeout: until Python 3.11.3 it never expires properly in a task that was cancelled, as this one.
        await asyncio.wait({ended}, timeout=STOP_SECONDS)
        if not ended.done():
            say(self.name, f"did not end within {STOP_SECONDS} s and is killed")
            self._signal(signal.SIGKILL)
            await ended
        reading.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self.process:
                os.kill(self.process.pid, number)


def _status(process: asyncio.subprocess.Process | None) -> str:
    code = process.returncode if process else None
    return f"signal {-code}" if code and code < 0 else f"status {code}"
