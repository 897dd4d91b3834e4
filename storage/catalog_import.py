"""Bring a catalogue table into a tenant's catalogue: good rows go in, bad ones are told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from core.catalog_table import BadRow, CatalogTable
from core.messages import Struct
from core.records import CatalogItem
from storage import catalog
from storage.resources import Resources

MOST_TOLD = 1000  # a file that is wrong in every row says so often enough


class Imported(Struct, omit_defaults=False):
    """What became of the rows; `errors` are the first refused ones."""

    rows: int
    imported: int
    refused: int
    ignored_columns: list[str]
    errors: list[BadRow]


async def nobody(_rows: int) -> None:
    """Hears of the progress and does nothing."""


async def load(
    resources: Resources, tenant: str, table: CatalogTable, *, dry_run: bool = False,
    told: Callable[[int], Awaitable[None]] = nobody, batch: int = catalog.BATCH,
) -> Imported:  # fmt: skip
    """Insert or replace by SKU, a batch in a transaction: after a break, the same file again does the rest.

    `told` hears the number of rows read so far. A dry run only reads and checks.
    """
    counts = {"rows": 0, "imported": 0, "refused": 0}
    errors: list[BadRow] = []
    batches = _batches(table, batch)
    while read := await asyncio.to_thread(next, batches, None):  # in a thread: who shares the process goes on
        good, bad = read
        counts["rows"] += len(good) + len(bad)
        counts["refused"] += len(bad)
        errors += bad[: MOST_TOLD - len(errors)]
        counts["imported"] += len(good)
        if good and not dry_run:
            async with resources.tenant_connection(tenant) as connection:
                await catalog.put(connection, tenant, good)
        await told(counts["rows"])
    return Imported(**counts, ignored_columns=table.ignored, errors=errors)


def _batches(table: CatalogTable, size: int) -> Iterator[tuple[list[CatalogItem], list[BadRow]]]:
    good: list[CatalogItem] = []
    bad: list[BadRow] = []
    for row in table.rows():
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            good.append(row)
        if len(good) + len(bad) == size:
            yield good, bad
            good, bad = [], []
    yield good, bad
