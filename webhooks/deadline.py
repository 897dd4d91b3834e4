"""One deadline for every request of a process: a timer of each one's own costs as much as reading its headers."""

import asyncio
from types import TracebackType


class Deadline:
    """`with deadline:` around a task's work; raises TimeoutError in it after `seconds`, or up to half as much later."""

    def __init__(self, seconds: float) -> None:
        self._step = seconds / 2
        # Which tasks began since the last look, before it, and the one before that: the last are late.
        self._young: set[asyncio.Task[object]] = set()
        self._middle: set[asyncio.Task[object]] = set()
        self._old: set[asyncio.Task[object]] = set()
        self._late: set[asyncio.Task[object]] = set()
        self._looks = False

    def __enter__(self) -> None:
        self._young.add(_task())
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(self._step, self._look)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        task = _task()
        for tasks in (self._young, self._middle, self._old):
            tasks.discard(task)
        if task in self._late:
            self._late.discard(task)
            # Another one's cancellation, such as the server's at its end, goes on.
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _look(self) -> None:
        for task in self._old:
            self._late.add(task)
            task.cancel()
        self._old, self._middle, self._young = self._middle, self._young, set()
        self._looks = bool(self._old or self._middle)
        if self._looks:
            asyncio.get_running_loop().call_later(self._step, self._look)


def _task() -> "asyncio.Task[object]":
    task = asyncio.current_task()
    assert task  # an ASGI application is called in a task
    return task
