"""A cheap load generator: raw keep-alive connections, requests built beforehand, open and closed loops."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import httptools

from bench.webhooks import Hook


def request(hook: Hook) -> bytes:
    """The bytes of a webhook request."""
    path = f"{hook.path}?{hook.query}" if hook.query else hook.path
    headers = "".join(f"{name}: {value}\r\n" for name, value in hook.headers.items())
    head = f"POST {path} HTTP/1.1\r\nhost: bot.example.test\r\n{headers}content-length: {len(hook.body)}\r\n\r\n"
    return head.encode() + hook.body


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the connection broke off"))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    @property
    def open(self) -> bool:
        return self._transport is not None

    async def post(self, raw: bytes) -> int:
        if self._transport is None:
            raise ConnectionResetError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.abort()


class Client:
    """Connections to one server, each used by one request at a time."""

    def __init__(self, port: int, timeout_seconds: float = 12.0) -> None:
        self._port, self._timeout = port, timeout_seconds
        self._free: list[_Connection] = []

    async def post(self, raw: bytes) -> int:
        """Post and return the status; raises OSError or TimeoutError."""
        async with asyncio.timeout(self._timeout):
            connection = await self._connection()
            try:
                status = await connection.post(raw)
            except BaseException:
                connection.close()
                raise
            self._free.append(connection)
            return status

    async def timed(self, raw: bytes) -> float:
        """Post and return the seconds until the 200; raises RuntimeError for another status."""
        started = time.perf_counter()
        status = await self.post(raw)
        if status != 200:
            raise RuntimeError(f"status {status}")
        return time.perf_counter() - started

    def close(self) -> None:
        """Close every connection."""
        for connection in self._free:
            connection.close()

    async def _connection(self) -> _Connection:
        while self._free:
            connection = self._free.pop()
            if connection.open:
                return connection
        _, made = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self._port)
        return made


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    """A client for the time of the block."""
    made = Client(port)
    try:
        yield made
    finally:
        made.close()


class _Posting(asyncio.Protocol):
    """Posts the next request as soon as the last is answered, without a task or a future for each: the generator
    shares the cores with what it measures."""

    def __init__(self, posts: Iterator[bytes], deadline: float, statuses: "Counter[int]") -> None:
        self._posts, self._deadline, self._statuses = posts, deadline, statuses
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        self._transport.write(next(self._posts))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._statuses[self._parser.get_status_code()] += 1
        if time.perf_counter() < self._deadline:
            self._transport.write(next(self._posts))
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def hammer(port: int, posts: Iterator[bytes], *, together: int, seconds: float) -> float:
    """Post on `together` connections for so long; returns how many were answered 200 a second.

    Raises RuntimeError when there was any other answer, or a connection broke off."""
    loop, statuses, started = asyncio.get_running_loop(), Counter[int](), time.perf_counter()
    deadline = started + seconds
    pairs = await asyncio.gather(
        *(loop.create_connection(lambda: _Posting(posts, deadline, statuses), "127.0.0.1", port)
          for _ in range(together))
    )  # fmt: skip
    async with asyncio.timeout(seconds + 30):
        await asyncio.gather(*(posting.ended for _, posting in pairs))
    took = time.perf_counter() - started
    if took < seconds or set(statuses) != {200}:
        raise RuntimeError(f"not every request was answered 200: {dict(statuses)} in {took:.1f} s")
    return statuses[200] / took


async def closed_loop(work: Callable[[], Awaitable[object]], *, together: int, seconds: float) -> float:
    """Run `work` again and again, `together` at once; returns how many were done a second."""
    done, deadline = 0, time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await work()
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(together)))
    return done / (time.perf_counter() - started)


async def open_loop(work: Callable[[], Awaitable[float]], *, per_second: float, seconds: float) -> list[float]:
    """Start `work` at a steady rate, whatever it takes; returns what each gave."""
    loop, tasks = asyncio.get_running_loop(), []
    started = loop.time()
    for number in range(int(per_second * seconds)):
        pause = started + number / per_second - loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(loop.create_task(_awaited(work)))
    return list(await asyncio.gather(*tasks))


async def _awaited(work: Callable[[], Awaitable[float]]) -> float:
    return await work()


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered: Sequence[float] = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
