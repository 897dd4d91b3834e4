"""`orkesta worker`: one worker process."""

import typer

import worker
from cli.output import LogJson
from cli.prefork import keep_forked

app = typer.Typer()


@app.command()
def run_worker(as_json: LogJson = False) -> None:
    """Run one worker: it drains conversations and delivers replies until SIGTERM."""
    worker.preload()
    keep_forked(worker.main)
