"""`orkesta export`: a tenant's rows into a file."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from zoneinfo import ZoneInfo

import typer

from cli.output import AsJson, errors, one_of, show
from cli.run import run
from cli.sheets import FORMATS
from core.errors import Invalid
from storage import export as exporting
from storage.resources import Resources
from storage.tenants import Tenants

STDOUT = Path("-")

app = typer.Typer()


@app.command()
def export(
    what: Annotated[
        str,
        typer.Argument(
            callback=one_of(*exporting.QUERIES), help="conversations, messages, customers, catalog or invoices."
        ),
    ],
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose rows.")],
    format_: Annotated[
        str, typer.Option("--format", callback=one_of(*FORMATS), help="csv, json or xlsx.")
    ] = "csv",
    since: Annotated[str, typer.Option(metavar="DATE", help="From this day or time on, such as 2026-09-01.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="To the end of this day, or before this time.")] = "",
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="- is standard output.")] = STDOUT,
    as_json: AsJson = False,
) -> None:
    """Write a tenant's rows into a file: messages by their time, conversations by their last message, invoices by
    their date of issue. Days are the tenant's own. The file is for its owner only: it holds personal data.

    In CSV a text that a table program would run as a formula gets an apostrophe in front.
    """

    async def work(resources: Resources) -> int:
        found = await Tenants(resources).get(tenant)
        zone = ZoneInfo(found.timezone)
        limits = {"since": _moment(since, zone, "--since"), "until": _moment(until, zone, "--until", last=True)}
        count = 0
        async with exporting.opened(resources, found, what, **limits) as (columns, rows):
            with _target(output) as binary, FORMATS[format_](binary, columns) as write, _counting() as told:
                async for row in rows:
                    write(row)
                    count += 1
                    told(count)
        return count

    count = run(work)
    if output != STDOUT:
        told = {"what": what, "tenant": tenant, "rows": count, "file": str(output)}
        show(told, as_json, f"{count} rows are in {output}")


def _moment(text: str, zone: ZoneInfo, option: str, *, last: bool = False) -> datetime | None:
    """A time as it is; a day as its beginning, or as its end."""
    if not text:
        return None
    try:
        if len(text) == len("2026-09-01"):
            day = date.fromisoformat(text) + timedelta(days=1 if last else 0)
            return datetime.combine(day, time(), zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Invalid(
            f"{option} {text!r}: write a day such as 2026-09-01, or a time such as 2026-09-01T15:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@contextmanager
def _target(path: Path) -> Iterator[BinaryIO]:
    """The file, which appears when it is whole."""
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as binary:
            yield binary
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _counting() -> Iterator[Callable[[int], Any]]:
    with errors.status("0 rows") as status:
        yield lambda count: status.update(f"{count} rows") if count % 1000 == 0 else None
