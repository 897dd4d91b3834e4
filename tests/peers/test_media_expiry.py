"""Media are fetched while their link lives, however long the conversation itself has to wait."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.messages import Attachment
from storage.media_store import MediaStore
from storage.resources import Resources
from tests.chaos.stage import until
from tests.workers.test_media import PHOTO, Provider, connect, receive, rows
from workers import media


@pytest.fixture
async def meta() -> AsyncIterator[Provider]:
    found = Provider()
    app = web.Application()
    app.router.add_get("/{path:.*}", found.answer)
    async with TestServer(app) as server:
        found.base = str(server.make_url("/graph"))
        yield found


async def test_a_link_that_dies_before_any_worker_looks_has_given_its_bytes(
    resources: Resources, meta: Provider
) -> None:
    """Pain 21, devlikeapro/waha#1884, ArnasDon/wacrm#466: the link was gone before the worker fetched it."""
    await resources.pg.execute(
        """INSERT INTO tenants (id, name, environment, currency, timezone, locale)
           VALUES ('t', 'T', 'sandbox', 'MXN', 'UTC', 'es')"""
    )
    account = await connect(resources, meta, "whatsapp_cloud")
    lane = asyncio.create_task(media.run(resources))
    try:
        meta.first_good_link = 2  # the first link has died on the way already: the id is resolved again
        messages = [await receive(resources, account, Attachment(kind="image", ref="photo")) for _ in range(20)]

        async def fetched() -> bool:
            return all([(await rows(resources, each))[0].status == "stored" for each in messages])

        await until(fetched)
    finally:
        lane.cancel()
        await asyncio.gather(lane, return_exceptions=True)
    meta.first_good_link = 10**9  # five minutes are over: no link works any more
    assert await resources.pg.fetchval("SELECT count(*) FROM todo") == 20, "no turn had begun"
    (kept,) = await rows(resources, messages[-1])
    assert MediaStore(resources.settings.home).place(kept.key).read_bytes() == PHOTO
