"""A small Graph API on loopback for tests: it answers what it is told and keeps what it was asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer


class Graph:
    """The requests that came, and the answer for the next ones."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"status": 200, "body": {}}
        self.base = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append(
            {
                "method": request.method,
                "path": request.raw_path,
                "token": request.headers.get("Authorization"),
                "body": msgspec.json.decode(body) if body else None,
            }
        )
        raw = self.answer.get("body_raw")
        content = raw.encode() if raw is not None else msgspec.json.encode(self.answer["body"])
        return web.Response(status=self.answer["status"], headers=self.answer.get("headers"), body=content)


@asynccontextmanager
async def serving() -> AsyncIterator[Graph]:
    """Serve on a free port."""
    graph = Graph()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", graph.take)
    async with TestServer(app) as server:
        graph.base = str(server.make_url("")).rstrip("/")
        yield graph
