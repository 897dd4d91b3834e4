"""The baseline: a bare ASGI application that answers 200, on the server and settings that the API uses."""

import sys

from cli import serve
from webhooks.http import Receive, Scope, Send, answer

BODY = b"{}"


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, answer 200."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await answer(send, 200, BODY)


if __name__ == "__main__":
    serve.serve(hello, int(sys.argv[1]))
