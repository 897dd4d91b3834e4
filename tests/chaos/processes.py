"""Real worker and API processes of a test, forked from a server that has imported everything, to be killed at will."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import app as web
import worker
from cli import serve

_PR_SET_PDEATHSIG = 1
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.processes"])


def _run_worker(environment: Mapping[str, str], log: str) -> None:
    _enter(environment, log)
    worker.main()


def _run_api(environment: Mapping[str, str], log: str) -> None:
    _enter(environment, log)
    serve.serve(web.create(), int(environment["ORKESTA_PORT"]))


def _enter(environment: Mapping[str, str], log: str) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no child outlives the test
    os.environ.update(environment)
    handle = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)


class Processes:
    """Starts and kills; everything still alive is killed at the end."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment, self.log = dict(environment), log
        self._running: list[BaseProcess] = []

    async def worker(self, **more: str) -> BaseProcess:
        """Start a worker."""
        return await self._start(_run_worker, more)

    async def api(self, port: int) -> BaseProcess:
        """Start an API process."""
        return await self._start(_run_api, {"ORKESTA_PORT": str(port)})

    async def kill(self, process: BaseProcess) -> None:
        """Kill with signal 9 and wait until it is gone."""
        process.kill()
        await asyncio.to_thread(process.join)

    async def close(self) -> None:
        """Kill whatever is left."""
        for process in self._running:
            await self.kill(process)

    async def _start(self, target: Callable[..., None], more: Mapping[str, str]) -> BaseProcess:
        process = _context.Process(target=target, args=({**self._environment, **more}, str(self.log)))
        await asyncio.to_thread(process.start)
        self._running.append(process)
        return process
