"""`orkesta tower`: the control tower for people."""

import typer

import tower as web
from cli.serve import serve
from core.settings import Settings

app = typer.Typer()


@app.command()
def tower() -> None:
    """Run the control tower."""
    serve(web.create(), Settings().tower_port)
