"""`orkesta emulator`: the providers, played for sandbox tenants."""

import typer

from cli.output import LogJson
from cli.serve import serve
from core import log
from core.settings import Settings
from emulator.app import create_app
from emulator.asgi import Protocol

app = typer.Typer()


@app.command()
def emulator(as_json: LogJson = False) -> None:
    """Run the emulator of the providers."""
    settings = Settings()
    log.setup(settings.log_format)
    # Its own protocol class can break a connection off, as failing providers do.
    serve(create_app(settings), settings.emulator_port, http=Protocol)
