"""Bare ASGI: the few lines between the server and a webhook, without a framework on the hot path."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core.body_limit import read_away, too_long
from core.errors import TooLarge
from core.messages import Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Disconnected(Exception):
    """The caller went away before its body was complete."""


async def read(scope: Scope, receive: Receive, *, limit: int) -> Request:
    """Read the whole request; raises TooLarge over `limit` bytes of body."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if too_long(headers.get("content-length", ""), limit):
        if "expect" not in headers:
            await read_away(receive)
        raise TooLarge(f"the body is over {limit} bytes")
    return Request(
        method=scope["method"], path=scope["path"], query=scope["query_string"].decode("latin-1"),
        headers=headers, body=await _body(receive, limit),
    )  # fmt: skip


async def _body(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise TooLarge(f"the body is over {limit} bytes")
        return body
    chunks, size = [], 0
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            if message.get("more_body"):
                await read_away(receive)
            raise TooLarge(f"the body is over {limit} bytes")
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()
    raise Disconnected


async def answer(
    send: Send, status: int, body: bytes, content_type: str = "application/json", **headers: str
) -> None:
    """Send a complete response."""
    fields = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def error_body(code: str, message: str) -> bytes:
    """The error shape of every HTTP surface."""
    return json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False).encode()
