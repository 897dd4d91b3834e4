"""`orkesta golden …`: whole conversations with sandbox tenants, played through the emulator and judged."""

import asyncio
from typing import Annotated, Any

import typer

from cli.actor import actor
from cli.output import AsJson, errors, one_of, show, show_rows
from cli.run import run
from cli.system import system
from cli.whole import whole_system
from core.golden import Flow, chosen
from core.settings import Settings
from emulator.golden import flows
from storage import golden
from storage.resources import Resources
from workers.golden import begin

app = typer.Typer(no_args_is_help=True, help="Golden flows: whole conversations of sandbox tenants, as data.")
TenantOf = Annotated[str, typer.Option("--tenant", metavar="ID", help="Only those with this tenant.")]
ChannelOf = Annotated[str, typer.Option("--channel", metavar="NAME", help="Only those on this channel.")]
LanguageOf = Annotated[
    str, typer.Option("--language", callback=one_of("", "es", "en", "pt"), help="Only those in es, en or pt.")
]


@app.command("list")
def list_flows(
    tenant: TenantOf = "", channel: ChannelOf = "", language: LanguageOf = "", as_json: AsJson = False
) -> None:
    """List the flows, and how each one ended last."""
    past = run(lambda resources: golden.history(resources, None, 1))
    rows = [_row(flow, past.get(flow.name)) for flow in _wanted([], tenant, channel, language)]
    shown = rows if as_json else [{name: row[name] for name in row if name != "title"} for row in rows]
    show_rows(shown, as_json, "no golden flows")


@app.command("run")
def run_flows(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Flows, or words that names begin with; else all.")
    ] = None,
    tenant: TenantOf = "", channel: ChannelOf = "", language: LanguageOf = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Play flows with customers of their own, and forget these. Exit status 1 if a flow fails."""
    wanted = _wanted(names or [], tenant, channel, language)
    results = asyncio.run(_played(wanted))
    failed = [each for each in results if each["status"] != "passed"]
    told = {"run": results[0]["run"] if results else None, "passed": len(results) - len(failed),
            "failed": len(failed), "flows": results}  # fmt: skip
    last = f"{told['passed']} of {len(results)} flows passed"
    show(told, as_json, "\n".join([*(_line(each) for each in results), last]))
    if failed or not results:
        raise typer.Exit(1)


async def _played(wanted: list[Flow]) -> list[dict[str, Any]]:
    async with whole_system(Settings()), system() as resources:
        return await _run(resources, wanted)


async def _run(resources: Resources, wanted: list[Flow]) -> list[dict[str, Any]]:
    play = await begin(resources, wanted, actor())
    with errors.status(f"{len(wanted)} flows"):
        await play.play()
    return (await golden.results(resources, None, run=play.id, most=len(wanted)))[::-1]


def _wanted(names: list[str], tenant: str, channel: str, language: str) -> list[Flow]:
    return [
        flow
        for flow in chosen(names, flows())
        if tenant in ("", flow.tenant) and channel in ("", flow.channel) and language in ("", flow.language)
    ]


def _row(flow: Flow, past: list[dict[str, Any]] | None) -> dict[str, Any]:
    last = past[0] if past else {"status": None, "ms": None, "started_at": None}
    return {
        "name": flow.name, "title": flow.title["en"], "tenant": flow.tenant, "channel": flow.channel,
        "language": flow.language, "steps": len(flow.steps), "last": last["status"], "ms": last["ms"],
        "at": last["started_at"],
    }  # fmt: skip


def _line(result: dict[str, Any]) -> str:
    first = f"{result['status']:<7} {result['flow']:<34} {result['ms'] or 0:>6} ms  {result['note']}".rstrip()
    return "\n".join([first, *(line for step in result["steps"] if not step.get("passed") for line in _wrong(step))])


def _wrong(step: dict[str, Any]) -> list[str]:
    return [
        f"        said: {step['say']}", *(f"     missing: {line}" for line in step.get("missing", [])),
        *(f"         got: {line}" for text in step.get("got", []) for line in text.splitlines()),
        f"       facts: {step.get('facts', {})}",
    ]  # fmt: skip
