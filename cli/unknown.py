"""`orkesta unknown …`: sends of which nobody knows whether they arrived. Orkesta never repeats them by itself."""

from typing import Annotated

import typer

from cli.actor import actor
from cli.output import AsJson, show, show_rows
from cli.ring import ring
from cli.run import run
from storage import unknown_sends
from storage.resources import Resources

app = typer.Typer(
    no_args_is_help=True,
    help="Sends whose answer from the provider was lost: nobody knows whether they arrived. A person decides.",
)
MessageId = Annotated[int, typer.Argument(metavar="ID", help="From the list.")]


@app.command("list")
def list_unknown(
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Only this tenant's.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List them, the newest first; `asking` ones may still be found out at the provider."""
    rows = run(lambda resources: unknown_sends.listed(resources, tenant or None, most=most))
    show_rows(rows, as_json, "no sends of unknown outcome")


@app.command()
def resend(message: MessageId, as_json: AsJson = False) -> None:
    """Send the message again: the customer may get it twice."""

    async def work(resources: Resources) -> str:
        conversation = await unknown_sends.resend(resources, message, actor())
        await ring(resources, [conversation])
        return conversation

    conversation = run(work)
    show({"id": message, "conversation_id": conversation}, as_json, f"{message} is sent again in {conversation}")


@app.command()
def close(
    message: MessageId,
    arrived: Annotated[bool, typer.Option("--arrived/--lost", help="What you found out.")],
    as_json: AsJson = False,
) -> None:
    """Say what became of it; it is not sent again."""
    status = run(lambda resources: unknown_sends.close(resources, message, actor(), arrived=arrived))
    show({"id": message, "status": status}, as_json, f"{message} counts as {status}")
