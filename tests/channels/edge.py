"""The provider's edge in the tests: a real HTTP server (and a real mail server) that answers as a case says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Edge:
    """Answers each request with the next of `answers` and keeps what came."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self.answers, self.requests, self.url = list(answers), [], ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        # a multipart body can be read once only
        raw = b"" if request.content_type == FORMS[1] else await request.read()
        form = await request.post() if request.content_type in FORMS else {}
        self.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "form": {name: loaded(form.getall(name)) for name in form},
                "json": json.loads(raw) if request.content_type == "application/json" and raw else None,
            }
        )
        answer = self.answers.pop(0) if self.answers else {"status": 500, "body_raw": "the case has no answer for this"}
        if answer.get("fault") == "disconnect":
            request.transport.close()
            return web.Response()
        text = answer["body_raw"] if "body_raw" in answer else json.dumps(answer.get("body", {}))
        headers = {"Content-Type": "application/json", **answer.get("headers", {})}
        return web.Response(status=answer.get("status", 200), body=text.encode(), headers=headers)


def loaded(values: list[Any]) -> Any:
    """One value as it is, several as a list; JSON inside a form as JSON; a file by its name and what is in it."""
    if len(values) > 1:
        return values
    if isinstance(values[0], web.FileField):
        return {"file": values[0].filename, "text": values[0].file.read().decode()}
    return json.loads(values[0]) if values[0][:1] in ("{", "[") else values[0]


@asynccontextmanager
async def http_edge(answers: list[dict[str, Any]]) -> AsyncIterator[Edge]:
    """A loopback server; `edge.url` is its base."""
    edge = Edge(answers)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", edge.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    edge.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    try:
        yield edge
    finally:
        await runner.cleanup()


@asynccontextmanager
async def mail_edge(replies: dict[str, str]) -> AsyncIterator[Edge]:
    """A mail server: `replies` maps a command (`RCPT`, `DATA`, `.` for the message's end) to the line it answers.

    The reply `disconnect` closes the connection instead. Commands and the message are kept in `requests`.
    """
    edge = Edge([])
    tasks = set()

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        usual = {"EHLO": "250-edge\r\n250 AUTH PLAIN", "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 ok"}
        writer.write(f"{replies.get('CONNECT', '220 edge')}\r\n".encode())
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb in ("MAIL", "RCPT"):
                edge.requests.append({"command": line})
            reply = replies.get(verb, usual.get(verb, "250 ok"))
            if reply.startswith("354"):
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                edge.requests.append({"message": message.decode().removesuffix("\r\n.\r\n")})
                reply = replies.get(".", "250 queued")
            if reply == "disconnect":
                break
            writer.write(f"{reply}\r\n".encode())
            if verb == "QUIT":
                break
        writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", 0)
    edge.url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield edge
    finally:
        server.close()
        await asyncio.gather(*tasks, return_exceptions=True)
