"""`orkesta tower`: the control tower for people."""

import typer

import tower as web
from cli.output import LogJson
from cli.serve import serve
from core.settings import Settings

app = typer.Typer()


@app.command()
def tower(as_json: LogJson = False) -> None:
    """Run the control tower."""
    serve(web.create(), Settings().tower_port)
