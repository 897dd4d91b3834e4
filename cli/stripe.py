"""`orkesta stripe …`: connect a tenant's Stripe account. Credentials are encrypted at rest."""

from contextlib import suppress
from typing import Annotated

import typer

from cli.demo import EmulatorAway, register_with_emulator
from cli.output import AsJson, show, show_rows
from cli.run import run
from core.errors import Invalid
from storage import emulated, payment_accounts
from storage.resources import Resources
from workers import reconcile as missed

app = typer.Typer(no_args_is_help=True, help="Stripe accounts of tenants.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose account this is.")]


@app.command()
def connect(
    tenant: TenantOf,
    secret_key: Annotated[str, typer.Option(help="sk_… or rk_… of the Stripe dashboard.")],
    webhook_secret: Annotated[
        str, typer.Option(help="whsec_… of the endpoint; several, separated by commas, while one is rolled.")
    ],
    connect_account: Annotated[str, typer.Option(help="acct_…: a platform's key acts for this account.")] = "",
    api_base: Annotated[str, typer.Option(metavar="URL", help="Called instead of Stripe.")] = "",
    as_json: AsJson = False,
) -> None:
    """Connect a Stripe account, or replace its credentials; a sandbox tenant's is played by the emulator."""
    for name, value in (("secret-key", secret_key), ("webhook-secret", webhook_secret)):
        if not value.strip(" ,"):  # an empty secret would be a door that never opens
            raise Invalid(f"--{name} is empty")

    async def work(resources: Resources) -> dict[str, str]:
        made = await payment_accounts.connect(
            resources, tenant=tenant, provider="stripe", api_base=api_base,
            secrets={"secret_key": secret_key.strip(), "webhook_secret": webhook_secret.strip()},
            settings={"connect_account": connect_account} if connect_account else {},
        )  # fmt: skip
        if made.api_base.startswith(emulated.url(resources.settings) + "/"):
            with suppress(EmulatorAway):  # it is told at its next start
                await register_with_emulator(resources, wait_seconds=1.0)
        webhook = f"{resources.settings.base_url}/webhooks/stripe/{tenant}"
        return {"tenant": tenant, "provider": "stripe", "api_base": made.api_base, "webhook": webhook}

    made = run(work)
    show(made, as_json, f"Stripe is connected for {tenant}; its webhook: {made['webhook']}")


@app.command()
def reconcile(tenant: TenantOf, as_json: AsJson = False) -> None:
    """Ask the provider for its own list of events and take up those whose webhook never came."""

    async def work(resources: Resources) -> list[dict[str, object]]:
        accounts = await payment_accounts.listed(resources, tenant)
        found = [await missed.reconcile(resources, account) for account in accounts]
        return [{"provider": each.provider, "seen": each.seen, "missed": each.missed} for each in found]

    show_rows(run(work), as_json, f"tenant {tenant} takes no payments yet: see `orkesta stripe connect --help`")


@app.command("list")
def list_accounts(tenant: TenantOf, as_json: AsJson = False) -> None:
    """List the payment accounts of a tenant, without their secrets."""
    found = run(lambda resources: payment_accounts.listed(resources, tenant))
    rows = [
        {"provider": each.provider, "api_base": each.api_base, "connect_account": each.settings.get("connect_account")}
        for each in found
    ]
    show_rows(rows, as_json, f"tenant {tenant} takes no payments yet: see `orkesta stripe connect --help`")
