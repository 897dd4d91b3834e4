"""`orkesta kill …`: hold real sends at once, and let them go again."""

from typing import Annotated

import typer
from msgspec import to_builtins

from cli.actor import actor
from cli.output import AsJson, one_of, show
from cli.run import run
from storage import kill_switches, sweep
from storage.resources import Resources

app = typer.Typer(no_args_is_help=True, help="The kill switch: holds real sends; nothing is lost, no message refused.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Only this tenant; without it: everybody.")]
ChannelOf = Annotated[
    str,
    typer.Option(
        "--channel",
        metavar="NAME",
        callback=one_of("", *kill_switches.CHANNELS),
        help=f"Only this channel of the tenant: {', '.join(kill_switches.CHANNELS)}. "
        "twilio is its WhatsApp and SMS, whatsapp every WhatsApp.",
    ),
]
Reason = Annotated[str, typer.Option(help="For the people who find everything held, and for the audit log.")]


@app.command()
def on(tenant: TenantOf = "", channel: ChannelOf = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Hold every real send from now on. Messages still come in and are answered; the answers wait."""
    scope, why = _scope(tenant, channel), reason.strip() or "no reason was given"
    scopes = run(lambda resources: kill_switches.turn_on(resources, scope, why, actor()))
    show({"on": scopes, "reason": why}, as_json, f"{_listing(scopes)}: real sends are held from now on")


@app.command()
def off(tenant: TenantOf = "", channel: ChannelOf = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Lift the switch of exactly this scope; what it held goes out, in order."""
    scope = _scope(tenant, channel)

    async def work(resources: Resources) -> tuple[int, list[str]]:
        freed = await kill_switches.turn_off(resources, scope, reason, actor())
        left = await kill_switches.listed(resources, [tenant] if tenant else None)
        return freed, [each.scope for each in left]

    freed, left = run(work)
    still = f"; still on: {_listing(left)}" if left else ""
    text = f"{scope}: off, {freed} conversations go on{still}"
    show({"off": scope, "conversations": freed, "still_on": left}, as_json, text)


@app.command()
def status(tenant: TenantOf = "", channel: ChannelOf = "", as_json: AsJson = False) -> None:
    """Show the switches that are on (those that concern a tenant or channel), and how many messages are held."""
    scope = _scope(tenant, channel)

    async def work(resources: Resources) -> tuple[list[kill_switches.Switch], int]:
        return await kill_switches.concerning(resources, scope), int((await sweep.backlog(resources))["held"])

    switches, held = run(work)
    lines = [
        f"{each.scope}, since {each.since:%Y-%m-%d %H:%M} UTC, by {each.actor}: {each.reason}" for each in switches
    ]
    text = "\n".join([*(lines or ["no kill switch is on"]), f"{held} messages are held"])
    show({"kill_switches": [to_builtins(each) for each in switches], "held": held}, as_json, text)


def _scope(tenant: str, channel: str) -> str:
    if channel and not tenant:
        raise typer.BadParameter("--channel needs --tenant: a channel is held for one tenant")
    return kill_switches.scope(tenant or None, channel or None)


def _listing(scopes: list[str]) -> str:
    return ", ".join(scopes)
