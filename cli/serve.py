"""`orkesta api`: one API process; and how every process of ours answers HTTP."""

import os
import socket
from typing import Any

import typer
import uvicorn

import app as web
from cli.output import LogJson
from cli.prefork import keep_forked
from core.settings import Settings

GRACE_SECONDS = 2  # a webhook is answered within milliseconds; a stop waits no longer than this for the rest
LISTEN_FD = "ORKESTA_LISTEN_FD"  # the socket that `orkesta up` holds, so that it outlives this process

app = typer.Typer()


@app.command()
def api(as_json: LogJson = False) -> None:
    """Run one API process: webhooks and the client API."""
    # No answer of the API depends on the caller's address or scheme: the proxy's word for it is not even read.
    config = _config(web.create, Settings().port, factory=True, proxy_headers=False)
    listening = _listen(config)
    keep_forked(lambda: uvicorn.Server(config).run(sockets=[listening]))


def serve(application: Any, port: int, *, http: Any = "httptools") -> None:
    """Serve an ASGI application until SIGTERM or SIGINT."""
    config = _config(application, port, http=http)
    uvicorn.Server(config).run(sockets=[_listen(config)])


def _config(
    application: Any, port: int, *, factory: bool = False, http: Any = "httptools", proxy_headers: bool = True
) -> uvicorn.Config:
    return uvicorn.Config(
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
        proxy_headers=proxy_headers,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
    )


def _listen(config: uvicorn.Config) -> socket.socket:
    handle = os.environ.get(LISTEN_FD)
    return socket.socket(fileno=int(handle)) if handle else config.bind_socket()
