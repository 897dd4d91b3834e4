"""`orkesta mercado-pago …`: connect a tenant's Mercado Pago account. Credentials are encrypted at rest."""

from typing import Annotated

import typer

from cli.output import AsJson, show
from cli.run import run
from core.errors import Invalid
from storage import payment_accounts
from storage.resources import Resources

app = typer.Typer(no_args_is_help=True, help="Mercado Pago accounts of tenants.")


@app.callback()
def _group() -> None:
    """Mercado Pago accounts of tenants."""


@app.command()
def connect(
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose account this is.")],
    access_token: Annotated[str, typer.Option(help="APP_USR-… or TEST-… of the developer panel.")],
    webhook_secret: Annotated[str, typer.Option(help="The secret of the webhook; several, separated by commas.")],
    api_base: Annotated[str, typer.Option(metavar="URL", help="Called instead of Mercado Pago.")] = "",
    as_json: AsJson = False,
) -> None:
    """Connect a Mercado Pago account, or replace its credentials. Stripe goes first where both are connected."""
    for name, value in (("access-token", access_token), ("webhook-secret", webhook_secret)):
        if not value.strip(" ,"):
            raise Invalid(f"--{name} is empty")

    async def work(resources: Resources) -> dict[str, str]:
        await payment_accounts.connect(
            resources, tenant=tenant, provider="mercado_pago", api_base=api_base,
            secrets={"access_token": access_token.strip(), "webhook_secret": webhook_secret.strip()},
        )  # fmt: skip
        webhook = f"{resources.settings.base_url}/webhooks/mercado_pago/{tenant}"
        return {"tenant": tenant, "provider": "mercado_pago", "api_base": api_base, "webhook": webhook}

    made = run(work)
    show(made, as_json, f"Mercado Pago is connected for {tenant}; its webhook: {made['webhook']}")
