"""`orkesta time …`: a sandbox tenant's own time."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli.actor import actor
from cli.dunning import tell
from cli.output import AsJson, show
from cli.run import run
from core.clock import rfc3339
from storage import clocks
from storage.clocks import TenantTime
from storage.resources import Resources
from workers import time_machine
from workers.local import at_work

app = typer.Typer(no_args_is_help=True, help="The time machine: a sandbox tenant's own time.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose time; a sandbox tenant's.")]


@app.command("set")
def set_(
    at: Annotated[str, typer.Argument(metavar="ISO", help="2026-12-01T10:00Z; without a zone: the tenant's.")],
    tenant: TenantOf,
    as_json: AsJson = False,
) -> None:
    """Set the tenant's time; it goes on from there. Workers find what is due then within seconds."""

    async def work(resources: Resources) -> TenantTime:
        zone = ZoneInfo((await clocks.current(resources, tenant)).timezone)
        return await clocks.put(resources, tenant, moment(at, zone), actor())

    _tell(run(work), as_json)


@app.command()
def now(tenant: TenantOf, as_json: AsJson = False) -> None:
    """Show the tenant's time."""
    _tell(run(lambda resources: clocks.current(resources, tenant)), as_json)


@app.command()
def advance(
    tenant: TenantOf,
    to: Annotated[str, typer.Option("--to", metavar="ISO", help="The moment at which to end.")] = "",
    days: Annotated[float, typer.Option("--days", help="Or so many days from the tenant's now.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Advance and drain: stop at each moment at which something falls due, do it, let the queues empty, go on."""
    if bool(to) == bool(days):
        raise typer.BadParameter("give either --to or --days")

    async def work(resources: Resources) -> time_machine.Report:
        here = await clocks.current(resources, tenant)
        until = moment(to, ZoneInfo(here.timezone)) if to else here.now + timedelta(days=days)
        async with at_work(resources):
            return await time_machine.advance(resources, tenant, until, actor())

    tell(run(work), as_json)


@app.command()
def reset(tenant: TenantOf, as_json: AsJson = False) -> None:
    """Return the tenant to real time."""
    _tell(run(lambda resources: clocks.reset(resources, tenant, actor())), as_json)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Read an ISO time; without a zone it is the tenant's. Another text is wrong usage."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        how = "write it like 2026-12-01T10:00 or 2026-12-01T16:00:00Z"
        raise typer.BadParameter(f"{text!r} is no time: {how}") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def shown(time: TenantTime) -> dict[str, object]:
    """A tenant's time as JSON."""
    return {
        "tenant": time.tenant, "now": rfc3339(time.now), "timezone": time.timezone, "simulated": time.simulated,
        "offset_seconds": round(time.offset_seconds, 3), "allowed": time.allowed,
    }  # fmt: skip


def _tell(time: TenantTime, as_json: bool) -> None:
    local = time.now.astimezone(ZoneInfo(time.timezone))
    away = timedelta(seconds=round(time.offset_seconds))
    whose = f"{away} from real time" if away else "real time"
    show(shown(time), as_json, f"{time.tenant}: {local:%Y-%m-%d %H:%M:%S} ({time.timezone}), {whose}")
