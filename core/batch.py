"""Group commit: whatever arrives while one flush is under way goes together into the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Collects calls into batches. `flush(items)` returns one result per item, in order, or raises for all.

    `lanes` flushes may run at once; `linger_seconds` is waited before a flush so that more calls join it.
    """

    def __init__(
        self,
        flush: Callable[[list[Item]], Awaitable[Sequence[Result]]],
        *,
        most: int = 256,
        lanes: int = 1,
        linger_seconds: float = 0.0,
    ) -> None:
        self._flush, self._most, self._free, self._linger = flush, most, lanes, linger_seconds
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, item: Item) -> "asyncio.Future[Result]":
        """Add one item; the future gives its result or the error of its batch."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return future

    def _start(self) -> None:
        if self._free and self._waiting:
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self) -> None:
        try:
            if self._linger:
                await asyncio.sleep(self._linger)
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._run_batch(batch)
        finally:
            self._free += 1
            self._start()

    async def _run_batch(self, batch: "list[tuple[Item, asyncio.Future[Result]]]") -> None:
        try:
            results = await self._flush([item for item, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:  # handed to every caller of the batch
            waiting = [future for _, future in batch if not future.done()]
            for future in waiting:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
