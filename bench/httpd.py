"""A small HTTP server of a provider's side: cheap, because it shares the machine with what is measured."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, cast

import httptools


class Call(NamedTuple):
    """One request as it came; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Given(NamedTuple):
    """One response."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    mime: str = "application/json"


Handler = Callable[[Call], Awaitable[Given | None]]


class _Connection(asyncio.Protocol):
    """Answers the requests of one connection in their order; None from the handler breaks the connection off."""

    def __init__(self, handle: Handler, tasks: "set[asyncio.Task[None]]") -> None:
        self._handle, self._tasks = handle, tasks
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url, self._headers, self._body = b"", {}, b""  # type: bytes, dict[str, str], bytes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._transport:
                self._transport.close()

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        call = Call(self._parser.get_method().decode(), path, query, self._headers, self._body)
        task = asyncio.get_running_loop().create_task(self._answer(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, call: Call) -> None:
        given = await self._handle(call)
        if self._transport is None or self._transport.is_closing():
            return
        if given is None:
            self._transport.abort()
            return
        extra = "".join(f"{name}: {value}\r\n" for name, value in given.headers)
        head = f"HTTP/1.1 {given.status} X\r\ncontent-type: {given.mime}\r\ncontent-length: {len(given.body)}\r\n"
        self._transport.write(f"{head}{extra}\r\n".encode() + given.body)


class Httpd:
    """A listening server; `url` is its base."""

    def __init__(self, handle: Handler) -> None:
        self._handle, self._tasks = handle, set[asyncio.Task[None]]()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> "Httpd":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self._handle, self._tasks), "127.0.0.1", 0, backlog=1024
        )
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
