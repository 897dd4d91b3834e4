"""Small pieces of HTTP that every provider needs: JSON answers, faults on the connection, form bodies."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from emulator.faults import Fault

encode = msgspec.json.Encoder().encode
HTML_502 = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>Bad Gateway</body>\r\n</html>\r\n"
ABORT = "orkesta.abort"  # ASGI extension: close the connection at once
TIMEOUT_SECONDS = 120.0


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(encode(body), status, headers, "application/json")


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with a way to close a connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[Any, Any] = {ABORT: self.transport.abort}
        self.scope["extensions"] = extensions


class Dropped(Response):
    """No answer at all: the connection is closed, now or when the caller has lost patience."""

    def __init__(self, patient: bool = False) -> None:
        super().__init__()
        self._patient = patient

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._patient:
            await _until_gone(receive)
        abort: Callable[[], None] | None = scope.get("extensions", {}).get(ABORT)
        if abort is None:  # another server: the nearest thing is an answer that breaks off
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            return
        abort()
        await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), TIMEOUT_SECONDS)
    except TimeoutError:
        return


async def connection_fault(fault: Fault | None) -> Response | None:
    """Play the faults that are the same for every provider; None: the request goes on."""
    if fault is None:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_ms / 1000)
        return None
    if fault.kind == "timeout":
        return Dropped(patient=True)
    if fault.kind in ("html", "502"):
        return Response(HTML_502, fault.code or 502, media_type="text/html")
    return None


async def form(request: Request) -> list[tuple[str, str]]:
    """The fields of a urlencoded body, blank ones too."""
    return parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
