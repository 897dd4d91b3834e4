"""`orkesta worker`: one worker process."""

import typer

import worker

app = typer.Typer()


@app.command()
def run_worker() -> None:
    """Run one worker: it drains conversations and delivers replies until SIGTERM."""
    worker.main()
