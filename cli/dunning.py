"""`orkesta dunning …`: reminders as of the tenant's now."""

from typing import Annotated, Any

import typer

from cli.output import AsJson, show
from cli.run import run
from storage.resources import Resources
from workers import time_machine
from workers.local import at_work

app = typer.Typer(no_args_is_help=True, help="Collecting: reminders before and after the due date.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose invoices.")]


@app.command("run")
def run_(tenant: TenantOf, as_json: AsJson = False) -> None:
    """Do the steps that are due as of the tenant's now, then wait until its queues are empty."""

    async def work(resources: Resources) -> time_machine.Report:
        async with at_work(resources):
            return await time_machine.run(resources, tenant)

    tell(run(work), as_json)


@app.callback()
def group() -> None:
    """Keep `run` a command of its own."""


def tell(report: time_machine.Report, as_json: bool) -> None:
    """Print what was done: a line a step."""
    plain = report.plain()
    show(plain, as_json, "\n".join([*(_line(step) for step in report.steps), _last(plain)]))


def _line(step: dict[str, Any]) -> str:
    how = step["channel"] or step["reason"] or ""
    became = f" {step['status']}" if step.get("status") else ""
    return f"{step['at']}  {step['invoice']:<12} {step['stage']:<9} {step['result']:<11} {how}{became}"


def _last(plain: dict[str, Any]) -> str:
    waits = f", {plain['waiting']} messages are still under way" if plain["waiting"] else ""
    next_at = f"; next at {plain['next_at']}" if plain["next_at"] else ""
    return f"{plain['tenant']} at {plain['now']}: {len(plain['sent'])} reminders{waits}{next_at}"
