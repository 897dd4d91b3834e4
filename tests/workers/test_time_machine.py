"""Advance and drain: a month of reminders, in order, each at its hour, with what became of it."""

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.sink import Sink
from core.errors import Conflict
from storage import invariants, tenants
from storage.resources import Resources
from tests.workers import debts
from workers import time_machine
from workers.local import at_work

END = datetime(2027, 1, 20, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


async def test_a_month_passes_stage_by_stage(resources: Resources, sink: Sink):
    await debts.tenant(resources, sink, closed_weekdays=[6])
    await debts.rules(resources, fallback_channel=None)
    customer = await debts.debtor(resources)
    await debts.invoice(resources, customer, "F-1")
    await debts.invoice(resources, customer, "F-2", due=debts.DUE.replace(day=12))
    await debts.at(resources, "2026-12-01T10:00")
    async with at_work(resources) as own:
        assert own
        report = (await time_machine.advance(resources, "acme", END, "test")).plain()
    assert (report["waiting"], report["skipped"], report["written_off"]) == (0, [], [])
    zone = ZoneInfo("America/Mexico_City")
    found = [
        (step["invoice"], step["stage"], f"{datetime.fromisoformat(step['at']).astimezone(zone):%m-%d %H:%M}")
        for step in report["sent"]
    ]
    assert found == [
        ("F-1", "T-3", "12-07 10:00"), ("F-1", "T-1", "12-09 10:00"), ("F-2", "T-3", "12-09 10:00"),
        ("F-1", "DUE", "12-10 10:00"), ("F-1", "T+1", "12-11 10:00"), ("F-2", "T-1", "12-11 10:00"),
        ("F-2", "DUE", "12-12 10:00"), ("F-1", "T+3", "12-14 10:00"), ("F-2", "T+1", "12-14 10:00"),
        ("F-2", "T+3", "12-15 10:00"), ("F-1", "T+7", "12-17 10:00"), ("F-2", "T+7", "12-19 10:00"),
        ("F-1", "T+15", "12-25 10:00"), ("F-2", "T+15", "12-28 10:00"), ("F-1", "T+30", "01-09 10:00"),
        ("F-2", "T+30", "01-11 10:00"),
    ]  # fmt: skip
    assert {step["status"] for step in report["sent"]} == {"sent"}
    assert len(sink.sent) == len(report["sent"])
    assert await invariants.check(resources) == []


async def test_a_production_tenant_is_not_moved(resources: Resources):
    await tenants.create(resources, "real", name="Real", environment="production")
    with pytest.raises(Conflict):
        await time_machine.advance(resources, "real", END, "test")
