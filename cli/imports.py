"""`orkesta import`: a catalogue file into a tenant's catalogue."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer
from msgspec import to_builtins
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from cli.output import AsJson, errors, show
from cli.run import run
from core.catalog_table import CatalogTable, encoding_of
from core.errors import Invalid
from storage import catalog_import, catalog_sheet
from storage.catalog_import import Imported
from storage.resources import Resources
from storage.tenants import Tenants

CHUNK_BYTES = 1 << 20
_SHOWN = 20  # refused rows for people; --json tells up to 1,000

app = typer.Typer()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with a header: sku, name and price; more columns below.")],
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="Whose catalogue.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Insert or replace products from a CSV or XLSX file. Exit status 1 if a row was refused; the good rows go in.

    Columns, in any order, named in English, Spanish or Portuguese: sku, name, price; also currency, unit, stock,
    brand, category, aliases (a|b|c), attributes (a JSON object) and active (yes or no).
    """
    if not file.is_file():
        raise Invalid(f"there is no file {file}")
    done = run(lambda resources: _load(resources, file, tenant, dry_run))
    show(to_builtins(done), as_json, _text(done, dry_run))
    if done.refused:
        raise typer.Exit(1)


async def _load(resources: Resources, file: Path, tenant: str, dry_run: bool) -> Imported:
    currency = (await Tenants(resources).get(tenant)).currency
    with file.open("rb") as binary:
        if binary.read(4) == b"PK\x03\x04":  # a workbook
            sheet = catalog_sheet.read(file.read_bytes())
            return await catalog_import.load(
                resources, tenant, CatalogTable(sheet.lines, currency), dry_run=dry_run
            )  # fmt: skip
        binary.seek(0)
        encoding = encoding_of(iter(lambda: binary.read(CHUNK_BYTES), b""))
    # newline="": the csv module wants line breaks inside quotes as they are; `replace`: cp1252 leaves five bytes open
    with file.open(encoding=encoding, errors="replace", newline="") as text, _progress(file, text) as told:
        table = CatalogTable(iter(text.readline, ""), currency)  # iterating the file itself would forbid tell()
        return await catalog_import.load(resources, tenant, table, dry_run=dry_run, told=told)


@contextmanager
def _progress(file: Path, text: TextIO) -> Iterator[Callable[[int], Awaitable[None]]]:
    columns = (TextColumn("{task.fields[rows]} rows"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=file.stat().st_size, rows=0)

        async def told(rows: int) -> None:
            progress.update(task, completed=text.buffer.tell(), rows=rows)

        yield told


def _text(done: Imported, dry_run: bool) -> str:
    lines = [f"line {bad.line}: {f'{bad.column} {bad.message}'.lstrip()}" for bad in done.errors[:_SHOWN]]
    if done.refused > _SHOWN:
        lines.append(f"… and {done.refused - _SHOWN} more")
    if done.ignored_columns:
        lines.append(f"ignored columns: {', '.join(done.ignored_columns)}")
    verb = "can be imported" if dry_run else "are in the catalogue"
    return "\n".join([*lines, f"{done.imported} of {done.rows} rows {verb}, {done.refused} refused"])
