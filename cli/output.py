"""What a command prints: a table for people, JSON for scripts (`--json`)."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.errors import OrkestaError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
LogJson = Annotated[bool, typer.Option("--json", help="Log JSON lines.", callback=lambda given: _log_json(given))]

# No emoji: a channel account such as `shop:email:…` holds what Rich takes for one.
console = Console(emoji=False)
errors = Console(stderr=True, emoji=False)


def one_of(*known: str) -> Callable[[str], str]:
    """An option's callback: another value is wrong usage."""

    def check(given: str) -> str:
        if given not in known:
            raise typer.BadParameter(f"{given!r} is none of {', '.join(filter(None, known))}")
        return given

    return check


def show(value: Any, as_json: bool, text: str = "") -> None:
    """Print one result: `text` for people, or the value as JSON."""
    if as_json:
        sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")
    else:
        console.print(text or str(value), highlight=False, markup=False, soft_wrap=True)


def show_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Print records of the same shape."""
    if as_json:
        show([dict(row) for row in rows], as_json)
    elif not rows:
        console.print(empty)
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        shown = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
        for name in shown:
            table.add_column(name, overflow="fold")  # an id that is cut off is of no use
        for row in rows:
            table.add_row(*(_cell(row[name]) for name in shown))
        console.print(table)


def failed(error: OrkestaError) -> None:
    """Say on stderr what went wrong; as JSON if the command was asked for JSON."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": {"code": error.code, "message": str(error)}}) + "\n")
    else:
        errors.print(f"orkesta: {error}", style="red", highlight=False, markup=False, soft_wrap=True)


def _log_json(given: bool) -> bool:
    """A server's `--json`: the same as the setting, for this process and those that it starts."""
    if given:
        os.environ["ORKESTA_LOG_FORMAT"] = "json"
    return given


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
