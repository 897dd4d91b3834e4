"""The import lane: brings uploaded catalogue files into the catalogue, beside the conversations."""

import asyncio
import logging

import asyncpg

from core.catalog_table import CatalogTable
from core.errors import Invalid, NotFound
from storage import catalog_import, catalog_sheet, imports
from storage.imports import Import
from storage.media_store import MediaStore
from storage.resources import OUTAGES, Resources
from storage.tenants import Tenants

log = logging.getLogger("orkesta.imports")
IDLE_SECONDS = 1.0
LEASE_SECONDS = 30.0  # renewed with every batch
BATCH = 250  # rows in one transaction: small, so that conversations of this process hardly wait


class Lost(Exception):
    """Another worker has taken this import: what is written already is written the same by that one."""


async def run(resources: Resources) -> None:
    """Work imports off until cancelled; an outage of PostgreSQL only delays the next look."""
    while True:
        try:
            done = await once(resources)
        except (asyncpg.PostgresError, *OUTAGES) as fault:
            log.warning("imports.away", extra={"fault": type(fault).__name__})
            done = False
        if not done:
            await asyncio.sleep(IDLE_SECONDS)


async def once(resources: Resources) -> bool:
    """Work one import off, if one is due."""
    held = await imports.claim(resources, lease_seconds=LEASE_SECONDS)
    if held is None:
        return False
    try:
        await imports.finish(resources, held, await _load(resources, held))
    except Lost:
        log.warning("import.lost", extra={"tenant": held.tenant, "import": held.id})
    except (Invalid, NotFound) as error:
        await imports.finish(resources, held, None, error.message)
    except OUTAGES:
        raise
    except Exception as fault:  # one file must not end the worker: it fails, and its row says by what
        log.exception("import.failed", extra={"tenant": held.tenant, "import": held.id})
        await imports.finish(resources, held, None, f"the import ended in a fault of ours: {type(fault).__name__}")
    return True


async def _load(resources: Resources, held: Import) -> catalog_import.Imported:
    place = MediaStore(resources.settings.home).place(held.key)
    try:
        data = await asyncio.to_thread(place.read_bytes)
    except FileNotFoundError:
        raise NotFound("the file is not on this machine any more: upload it again") from None
    currency = (await Tenants(resources).get(held.tenant)).currency
    sheet = await asyncio.to_thread(catalog_sheet.read, data)
    table = await asyncio.to_thread(CatalogTable, sheet.lines, currency)

    async def told(rows: int) -> None:
        if not await imports.progress(resources, held, rows, max(rows, sheet.rows), lease_seconds=LEASE_SECONDS):
            raise Lost

    return await catalog_import.load(resources, held.tenant, table, dry_run=held.dry_run, told=told, batch=BATCH)
