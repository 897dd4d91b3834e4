"""One TLS context for the clients of all model providers: to read the authorities takes 30 ms each time."""

import functools
import ssl

import httpx


@functools.cache
def context() -> ssl.SSLContext:
    """What httpx would make for each client by itself."""
    return httpx.create_ssl_context()
