"""`orkesta tenant …`: customers of ours and their API keys."""

from typing import Annotated, Any

import typer
from msgspec import structs

from cli.actor import actor
from cli.output import AsJson, one_of, show, show_rows
from cli.run import run
from core.errors import Invalid
from core.records import ALL_AGENTS
from orchestrator.prompts import VERSIONS
from storage import tenants

app = typer.Typer(no_args_is_help=True, help="Tenants and their API keys.")
TenantId = Annotated[str, typer.Argument(metavar="ID", help="The tenant's id, such as refamex.")]


@app.command()
def create(
    tenant_id: TenantId,
    name: Annotated[str, typer.Option(help="The company's name, as its customers know it.")],
    environment: Annotated[
        str,
        typer.Option(
            callback=one_of("production", "sandbox"), help="production, or sandbox: everything goes to the emulator."
        ),
    ] = "production",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "MXN",
    timezone: Annotated[str, typer.Option(help="IANA name.")] = "America/Mexico_City",
    locale: Annotated[
        str, typer.Option(callback=one_of("es", "en", "pt"), help="Default language: es, en or pt.")
    ] = "es",
    agents: Annotated[str, typer.Option(help="Which agents answer, separated by commas.")] = ",".join(ALL_AGENTS),
    business: Annotated[str, typer.Option(help="One sentence: what the company sells.")] = "",
    hours: Annotated[str, typer.Option(help="When people answer, in words.")] = "",
    as_json: AsJson = False,
) -> None:
    """Create a tenant with its web channel."""
    chosen = [agent.strip() for agent in agents.split(",") if agent.strip()]
    if unknown := set(chosen) - set(ALL_AGENTS):
        raise Invalid(f"--agents: {', '.join(sorted(unknown))} is none of {', '.join(ALL_AGENTS)}")
    made = run(
        lambda resources: tenants.create(
            resources,
            tenant_id,
            name=name,
            environment=environment,
            currency=currency,
            timezone=timezone,
            locale=locale,
            settings={"agents": chosen, "business": business, "hours": hours},
        )
    )
    show(structs.asdict(made), as_json, f"tenant {made.id} exists now ({made.environment})")


@app.command("set")
def set_(
    tenant_id: TenantId,
    llm_budget_usd: Annotated[
        float | None, typer.Option(help="US dollars a month for models; over it the offline tier answers alone.", min=0)
    ] = None,
    prompts: Annotated[
        str | None, typer.Option(help="Version of the prompts, such as v1; two, such as v1,v2, are compared.")
    ] = None,
    burst_pause_ms: Annotated[
        int | None, typer.Option(help="Wait so long for more messages, then answer all together.", min=0)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is optional; workers know within seconds."""
    changes: dict[str, Any] = {"llm_budget_usd": llm_budget_usd, "burst_pause_ms": burst_pause_ms}
    if prompts is not None:
        changes["prompts"] = [version.strip() for version in prompts.split(",") if version.strip()]
        if (unknown := set(changes["prompts"]) - set(VERSIONS)) or len(changes["prompts"]) > 2:
            what = f"{', '.join(sorted(unknown))} is none of {', '.join(VERSIONS)}" if unknown else "give one or two"
            raise Invalid(f"--prompts: {what}")
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise Invalid("name what is to be changed: orkesta tenant set --help")
    made = run(lambda resources: tenants.configure(resources, tenant_id, actor(), given))
    show(structs.asdict(made), as_json, "\n".join(f"{name:<16}{value}" for name, value in given.items()))


@app.command("list")
def list_tenants(as_json: AsJson = False) -> None:
    """List all tenants."""
    columns = ("id", "name", "environment", "currency", "timezone", "locale")
    rows = [{column: getattr(tenant, column) for column in columns} for tenant in run(tenants.all_)]
    show_rows(rows, as_json, "no tenants yet: make one with `orkesta tenant create ID --name NAME`")


@app.command("show")
def show_tenant(tenant_id: TenantId, as_json: AsJson = False) -> None:
    """Show one tenant."""
    found = structs.asdict(run(lambda resources: tenants.Tenants(resources).get(tenant_id)))
    show(found, as_json, "\n".join(f"{key:<16}{value}" for key, value in found.items()))


@app.command("api-key")
def api_key(tenant_id: TenantId, as_json: AsJson = False) -> None:
    """Make a key for the client API; it is shown only now."""
    key = run(lambda resources: tenants.new_api_key(resources, tenant_id))
    show({"tenant": tenant_id, "api_key": key}, as_json, f"{key}\nKeep it: only its hash is stored.")
