"""Runs the emulator as a process of its own: `asyncio.run(serve(settings))`."""

import uvicorn

from core.settings import Settings
from emulator.app import create_app
from emulator.asgi import Protocol


def server(settings: Settings) -> uvicorn.Server:
    """The server of one emulator; quiet, and able to drop connections for the fault programs."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.emulator_port,
        http=Protocol,
        ws="none",
        loop="uvloop",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    await server(settings).serve()
