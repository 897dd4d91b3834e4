"""`orkesta tickets …`: send a tenant's tickets to an outside system as well."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli.output import AsJson, show
from cli.run import run
from core.errors import Invalid, NotFound
from storage import forwarding
from storage.resources import Resources
from workers.ticket_systems import ASANA

app = typer.Typer(no_args_is_help=True, help="Outside ticket systems of a tenant.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose tickets these are.")]


@app.command()
def webhook(
    tenant: TenantOf,
    url: Annotated[str, typer.Option(help="Where each new ticket is posted: https, or http on this machine.")],
    secret: Annotated[str, typer.Option(help="Signs the body: X-Orkesta-Signature: sha256=…")],
    as_json: AsJson = False,
) -> None:
    """Post each new ticket to a URL, signed."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise Invalid("--url: give an https URL")
    if not secret.strip():
        raise Invalid("--secret is empty")
    _connect(as_json, tenant, "webhook", url, {"secret": secret.strip()})


@app.command()
def asana(
    tenant: TenantOf,
    token: Annotated[str, typer.Option(help="A personal access token of Asana.")],
    project: Annotated[str, typer.Option(help="The project's gid.")],
    api_base: Annotated[str, typer.Option(metavar="URL", help="Called instead of Asana.")] = ASANA,
    as_json: AsJson = False,
) -> None:
    """Make a task of each new ticket."""
    if not token.strip() or not project.isdigit():
        raise Invalid("--token and --project: a token, and the project's number")
    _connect(as_json, tenant, "asana", api_base, {"token": token.strip()}, project)


@app.command()
def disconnect(
    kind: Annotated[str, typer.Argument(help="asana or webhook")], tenant: TenantOf, as_json: AsJson = False
) -> None:
    """Send no more tickets there."""

    async def work(resources: Resources) -> dict[str, str]:
        if not await forwarding.disconnect(resources, tenant, kind):
            raise NotFound(f"{tenant} has no {kind} connected")
        return {"tenant": tenant, "kind": kind}

    show(run(work), as_json, f"tickets of {tenant} go to {kind} no more")


@app.command()
def retry(
    number: Annotated[str, typer.Argument(help="The ticket's number, such as T-1001.")], tenant: TenantOf,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send a ticket on its way again that no attempt could hand over."""

    async def work(resources: Resources) -> dict[str, object]:
        return {"number": number, "systems": await forwarding.retry(resources, tenant, number)}

    made = run(work)
    show(made, as_json, f"{number} is on its way to {made['systems']} systems again")


def _connect(as_json: bool, tenant: str, kind: str, url: str, secrets: dict[str, str], project: str = "") -> None:
    async def work(resources: Resources) -> dict[str, str]:
        await forwarding.connect(resources, tenant, kind, url=url, secrets=secrets, project=project)
        return {"tenant": tenant, "kind": kind, "url": url}

    show(run(work), as_json, f"new tickets of {tenant} go to {kind} as well")
