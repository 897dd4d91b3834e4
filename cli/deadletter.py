"""`orkesta deadletter …`: what could not be done, and another try."""

from typing import Annotated

import typer

from cli.actor import actor
from cli.output import AsJson, show, show_rows
from cli.ring import ring
from cli.run import run
from storage import dead_letters
from storage.resources import Resources

app = typer.Typer(
    no_args_is_help=True,
    help="Messages that could not be answered (inbound) or sent (outbound), and webhooks that could not be read. "
    "Sends of unknown outcome are under `orkesta unknown`.",
)


@app.command("list")
def list_letters(
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Only this tenant's.")] = "",
    retried: Annotated[bool, typer.Option("--retried", help="Also those that were tried again.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the dead letters, the newest first."""
    of = [tenant] if tenant else None
    rows = run(lambda resources: dead_letters.listed(resources, of, retried=retried, most=most))
    show_rows(rows, as_json, "no dead letters")


@app.command()
def retry(letter: Annotated[int, typer.Argument(metavar="ID", help="From the list.")], as_json: AsJson = False) -> None:
    """Try once more: the agents answer an inbound message, an outbound one is sent again."""

    async def work(resources: Resources) -> str:
        conversation = await dead_letters.retry(resources, letter, actor())
        await ring(resources, [conversation])
        return conversation

    conversation = run(work)
    show({"id": letter, "conversation_id": conversation}, as_json, f"{letter} is tried again in {conversation}")
