"""`orkesta route`: where texts would go, one JSON object for each input line, decided as by POST /api/route."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from cli.output import AsJson, one_of
from cli.run import run
from core.messages import Struct
from core.records import Tenant
from orchestrator.preview import preview
from storage.tenants import Tenants

app = typer.Typer()


class Asked(Struct):
    """A line that is an object, as the body of POST /api/route: it can hold several lines of text."""

    text: str
    locale: str | None = None


@app.command()
def route(
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose agents would answer.")],
    locale: Annotated[
        str,
        typer.Option(callback=one_of("", "es", "en", "pt"), help="The customer's language if known: es, en or pt."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Read texts from standard input, one a line; print the routing decision of each as JSON. Nothing is stored.

    A line may also be an object: {"text": "…", "locale": "es"}.
    """
    found = run(lambda resources: Tenants(resources).get(tenant))
    decide(found, locale or None, sys.stdin.buffer, sys.stdout.write)


def decide(tenant: Tenant, locale: str | None, lines: Any, write: Callable[[str], Any]) -> None:
    """Write one line of JSON for each line, an empty one too: scripts pair them by number."""
    for line in lines:
        asked = _read(line.decode("utf-8", "replace").rstrip("\r\n"), locale)
        write(msgspec.json.encode(preview(asked.text, tenant, asked.locale)).decode() + "\n")


def _read(line: str, locale: str | None) -> Asked:
    if line.startswith("{"):
        try:
            asked = msgspec.json.decode(line, type=Asked)
        except msgspec.DecodeError:
            pass  # a text that begins with a brace
        else:
            return asked if asked.locale else Asked(text=asked.text, locale=locale)
    return Asked(text=line, locale=locale)
