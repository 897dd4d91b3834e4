"""A backlog of missed events is read whole, oldest first, however long it is and whatever interrupts it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from core.errors import PaymentFailed
from core.payments import ProviderAccount
from storage import payment_accounts
from storage.resources import Resources
from tests.payments.events import Paying
from tests.storage.business import make_tenant
from tests.storage.money import account
from workers import reconcile


class Listing:
    """Stripe's list of events on loopback, newest first, two a page; `left`: so many requests more are answered."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events, self.left = events, float("inf")

    async def take(self, request: web.Request) -> web.Response:
        least, below = int(request.query["created[gte]"]), float(request.query.get("created[lt]", "inf"))
        self.left -= 1
        if self.left < 0:
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=401)
        found = [event for event in self.events if least <= event["created"] < below]
        found.sort(key=lambda event: -event["created"])
        last = request.query.get("starting_after")
        after = [event["id"] for event in found].index(last) + 1 if last else 0
        shown = found[after : after + 2]
        more = len(found) > after + 2
        return web.json_response({"object": "list", "url": "/v1/events", "has_more": more, "data": shown})


@pytest.fixture
async def missed(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Listing, Any]]:
    """An account that nobody asked for three days, and a burst of nine events three minutes apart two days ago."""
    monkeypatch.setattr(reconcile, "_MOST", 4)
    await make_tenant(resources)
    began = resources.clock.now() - timedelta(days=2)
    listing = Listing([Paying().created() | {"created": at(began, 3 * minutes)} for minutes in range(9)])
    listing.events.append(Paying().created() | {"created": at(began, 60 * 40)})
    app = web.Application()
    app.router.add_get("/v1/events", listing.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    own = await account(resources, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await payment_accounts.reconciled(resources, own, began - timedelta(days=1))
    yield listing, own
    await runner.cleanup()


def at(began: datetime, minutes: int) -> int:
    return int((began + timedelta(minutes=minutes)).timestamp())


async def stored(resources: Resources) -> set[str]:
    return {row["event_id"] for row in await resources.pg.fetch("SELECT event_id FROM webhook_events")}


async def test_more_events_than_one_read_takes_are_read_to_the_oldest(
    resources: Resources, missed: tuple[Listing, ProviderAccount]
) -> None:
    listing, own = missed
    found = await reconcile.reconcile(resources, own)
    assert await stored(resources) == {event["id"] for event in listing.events}
    assert found.missed == len(listing.events)


async def test_a_provider_that_goes_away_again_and_again_is_read_to_the_end_all_the_same(
    resources: Resources, missed: tuple[Listing, ProviderAccount]
) -> None:
    listing, own = missed
    broken_off = 0
    for _ in range(50):
        listing.left = 15
        try:
            await reconcile.reconcile(resources, own)
            break
        except PaymentFailed:
            broken_off += 1
        until = int((await payment_accounts.reconciled_until(resources, own)).timestamp())
        known = await stored(resources)
        assert {event["id"] for event in listing.events if event["created"] < until} <= known
    assert 0 < broken_off < 50
    assert await stored(resources) == {event["id"] for event in listing.events}
