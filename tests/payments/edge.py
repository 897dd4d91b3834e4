"""A provider's HTTP edge on loopback: answers what the test queued, and keeps what was asked."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from aiohttp import web


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    body: bytes


class Edge:
    """`answers` are given in their order, the last one again and again; None breaks the connection off."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answers: deque[tuple[int, Any, dict[str, str]] | None] = deque()

    def answer(self, status: int, body: Any, **headers: str) -> None:
        """Queue an answer; a str goes out as HTML."""
        self.answers.append((status, body, headers))

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        form = {} if "json" in request.content_type else {k: str(v) for k, v in (await request.post()).items()}
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.path_qs, headers, form, body))
        planned = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if planned is None:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
            return web.Response(status=500)
        status, given, more = planned
        text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
        kind = "text/html" if isinstance(given, str) else "application/json"
        return web.Response(status=status, text=text, content_type=kind, headers=more)


@asynccontextmanager
async def serving() -> AsyncIterator[Edge]:
    """Serve one edge on a free port."""
    edge, app = Edge(), web.Application()
    app.router.add_route("*", "/{tail:.*}", edge.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    edge.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield edge
    finally:
        await runner.cleanup()
