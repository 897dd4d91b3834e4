"""Answers 413 as soon as a request's body is too large: pure ASGI, for the API and the control tower."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_READ_AWAY_BYTES, _READ_AWAY_SECONDS = 64 * 1024 * 1024, 5.0


class BodyLimit:
    """Middleware; `larger` names paths that may take more."""

    def __init__(self, app: App, *, limit: int, larger: Mapping[str, int] | None = None) -> None:
        self._app, self._limit, self._larger = app, limit, larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._limit)
        headers = dict(scope["headers"])
        if too_long(headers.get(b"content-length", b"").decode("latin-1"), limit):
            if b"expect" not in headers:
                await read_away(receive)
            await _refuse(send, limit)
            return
        size = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                if message.get("more_body"):
                    await read_away(receive)
                # FastAPI lets this type, and no other, through while it reads a body.
                raise HTTPException(413, _words(limit))
            return message

        await self._app(scope, counted, send)


def too_long(announced: str, limit: int) -> bool:
    """Whether a Content-Length is over the limit; one that is no number tells nothing, the bytes are counted anyway."""
    return announced.isascii() and announced.isdigit() and int(announced[:20]) > limit


async def read_away(receive: Receive) -> None:
    """Take what is still being sent, within limits: a caller who is refused in the middle of sending, and whose
    connection then closes, hears a broken connection instead of the answer. One who asks first (Expect) need not."""
    left = _READ_AWAY_BYTES
    try:
        async with asyncio.timeout(_READ_AWAY_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _refuse(send: Send, limit: int) -> None:
    body = json.dumps({"error": {"code": "too_large", "message": _words(limit)}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _words(limit: int) -> str:
    return f"the body is over {limit} bytes"
