"""A sandbox tenant's own time: set, moved on, given back; a window opens and closes by it."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Conflict, Invalid, NotFound
from core.settings import Settings
from storage import clocks, tenants
from storage import resources as resource_store
from storage.resources import Resources
from tests.storage import given

CHRISTMAS = datetime(2026, 12, 25, 10, tzinfo=UTC)
SOON = timedelta(minutes=10)  # a slow machine's test is still within it


async def test_a_set_time_goes_on_from_there_and_every_process_reads_it(resources: Resources, settings: Settings):
    await tenants.create(resources, "acme", name="Acme", environment="sandbox")
    await clocks.put(resources, "acme", CHRISTMAS, "test")
    async with resource_store.open(settings, name="another process", pool_size=1) as other:
        first, second = await clocks.now(other, "acme"), await clocks.now(resources, "acme")
        assert CHRISTMAS < first < second < CHRISTMAS + SOON
        assert other.clock.now("acme") > CHRISTMAS
        assert abs(other.clock.now() - datetime.now(UTC)) < SOON  # nobody else's time moved


async def test_time_moves_on_and_comes_back(resources: Resources):
    await tenants.create(resources, "acme", name="Acme", environment="sandbox")
    await clocks.put(resources, "acme", CHRISTMAS, "test")
    moved = await clocks.advance(resources, "acme", timedelta(days=3), "test")
    assert CHRISTMAS + timedelta(days=3) < moved.now < CHRISTMAS + timedelta(days=3) + SOON
    back = await clocks.reset(resources, "acme", "test")
    assert not back.simulated
    assert abs(resources.clock.now("acme") - datetime.now(UTC)) < SOON
    audit = await resources.pg.fetch("SELECT action FROM audit_log WHERE action LIKE 'time%' ORDER BY id")
    assert [row["action"] for row in audit] == ["time.set", "time.advance", "time.reset"]


async def test_a_production_tenant_refuses(resources: Resources):
    await tenants.create(resources, "acme", name="Acme", environment="production")
    with pytest.raises(Conflict):
        await clocks.put(resources, "acme", CHRISTMAS, "test")
    with pytest.raises(Conflict):
        await clocks.advance(resources, "acme", timedelta(days=1), "test")
    assert not (await clocks.current(resources, "acme")).simulated


async def test_what_makes_no_sense_is_refused(resources: Resources):
    await tenants.create(resources, "acme", name="Acme", environment="sandbox")
    with pytest.raises(NotFound):
        await clocks.current(resources, "nobody")
    with pytest.raises(Invalid):
        await clocks.put(resources, "acme", datetime(2026, 12, 25), "test")  # noqa: DTZ001  the point of the test
    with pytest.raises(Invalid):
        await clocks.put(resources, "acme", datetime(9999, 1, 1, tzinfo=UTC), "test")


async def test_the_session_window_closes_when_the_tenants_time_passes_it(resources: Resources):
    account = await given.account(resources, "whatsapp_cloud", environment="sandbox")
    await given.answered(resources, account, "hola", "¿algo más?")
    assert (await given.claim(resources, account, 2)).verdict == "sending"
    await clocks.advance(resources, "acme", timedelta(days=2), "test")
    assert not (await given.loaded(resources, account)).window_open
    await resources.pg.execute("DELETE FROM todo WHERE seq = 2")
    assert (await given.claim(resources, account, 3)).verdict == "dropped:window_closed"
    await given.received(resources, account, "aquí sigo")
    assert (await given.loaded(resources, account)).window_open


async def test_going_back_leaves_no_window_open_for_longer_than_one_is(resources: Resources):
    account = await given.account(resources, "whatsapp_cloud", environment="sandbox")
    await clocks.advance(resources, "acme", timedelta(days=30), "test")
    await given.received(resources, account, "hola")
    await clocks.reset(resources, "acme", "test")
    late = await resources.pg.fetchval("SELECT max(window_until) - now() FROM conversations")
    assert late < timedelta(days=1)
