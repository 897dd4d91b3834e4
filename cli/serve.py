"""`orkesta api`: one API process; and how every process of ours answers HTTP."""

import os
import socket
from typing import Any

import typer
import uvicorn

from core.settings import Settings

GRACE_SECONDS = 2  # a webhook is answered within milliseconds; a stop waits no longer than this for the rest
LISTEN_FD = "ORKESTA_LISTEN_FD"  # the socket that `orkesta up` holds, so that it outlives this process

app = typer.Typer()


@app.command()
def api() -> None:
    """Run one API process: webhooks and the client API."""
    serve("app:create", Settings().port, factory=True)


def serve(application: Any, port: int, *, factory: bool = False, http: Any = "httptools") -> None:
    """Serve an ASGI application until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        application,
        factory=factory,
        host=Settings().host,
        port=port,
        loop="uvloop",
        http=http,
        ws="none",
        lifespan="on",
        log_config=None,  # the application configures logging
        access_log=False,  # one line per request would cost more than the request
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
    )
    handle = os.environ.get(LISTEN_FD)
    listening = socket.socket(fileno=int(handle)) if handle else config.bind_socket()
    uvicorn.Server(config).run(sockets=[listening])
