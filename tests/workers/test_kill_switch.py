"""The kill switch holds what is real, also when nobody can tell whether it is on; what it lets go is judged again."""

import logging
from collections.abc import AsyncIterator

import pytest

from bench.sink import Sink
from storage import invariants, kill_switches
from storage.doorbell import Doorbell
from storage.resources import Resources
from tests import kill_drill
from tests.payments.events import Paying
from tests.serving import work
from tests.storage.money import account, owe
from tests.workers import debts
from tests.workers.test_payments import tell


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.fixture
async def real(resources: Resources, sink: Sink) -> Resources:
    """A production tenant with one debtor, due today by a clock that the test holds."""
    await debts.tenant(resources, sink)
    await debts.rules(resources, fallback_channel=None)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T16:01")
    await resources.pg.execute("UPDATE tenants SET environment = 'production'")
    return resources


async def holds(resources: Resources) -> bool:
    return bool(await resources.pg.fetchval("SELECT count(*) FROM todo WHERE state = 'held'"))


async def test_the_drill_under_load_leaks_nothing_and_loses_nothing(resources: Resources, sink: Sink):
    report = await kill_drill.drill(resources, sink, people=40)
    assert report.clean, report
    assert report.held > 0
    assert report.sandbox_sent == 20
    rows = await resources.pg.fetch("SELECT action, actor FROM audit_log WHERE action ~ '^kill_switch' ORDER BY id")
    assert [tuple(row) for row in rows] == [("kill_switch.on", "drill"), ("kill_switch.off", "drill")]


async def test_while_its_state_cannot_be_read_nothing_goes_out(
    resources: Resources, sink: Sink, caplog: pytest.LogCaptureFixture
):
    """A real fault: the table is gone, so the statement that claims cannot ask it."""
    await kill_drill.tenant(resources, sink, kill_drill.REAL, "production", 3)
    await resources.pg.execute("ALTER TABLE kill_switches RENAME TO kill_switches_away")
    try:
        async with work(resources):
            with caplog.at_level(logging.ERROR, logger="orkesta.pump"):
                await kill_drill.load(resources, kill_drill.REAL, "first")
                await debts.until(lambda: _failures(caplog, 3))
            assert sink.sent == []
            await resources.pg.execute("ALTER TABLE kill_switches_away RENAME TO kill_switches")
            ids = [row["id"] for row in await resources.pg.fetch("SELECT id FROM conversations")]
            await Doorbell(resources).ring((each, 0) for each in ids)
            await debts.drained(resources, kill_drill.REAL)
    finally:
        await resources.pg.execute("ALTER TABLE IF EXISTS kill_switches_away RENAME TO kill_switches")
    assert sorted(sent.text for sent in sink.sent) == ["first 1"] * 3 + ["first 2"] * 3


async def _failures(caplog: pytest.LogCaptureFixture, many: int) -> bool:
    return sum("UndefinedTable" in (record.exc_text or str(record.exc_info)) for record in caplog.records) >= many


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ("SELECT 1", None),
        ("UPDATE invoices SET paid_minor = total_minor, status = 'paid'", "paid"),
        ("UPDATE conversations SET mode = 'human', taken_version = version + 1", "taken_over"),
        ("UPDATE conversations SET bulk_stopped = true, opted_out_seq = 99", "opted_out"),
        ("UPDATE messages SET created_at = now() - interval '25 hours'", "too_old"),
        ("UPDATE tenants SET settings = settings || '{\"held_hours\": 0}'", "too_old"),
    ],
)
async def test_what_was_held_is_judged_again_when_it_is_let_go(
    real: Resources, sink: Sink, meanwhile: str, reason: str | None
):
    async with work(real):
        await kill_switches.turn_on(real, "tenant:acme", "test", "t")
        await debts.run_held(real)
        await real.pg.execute(meanwhile)
        await kill_switches.turn_off(real, "tenant:acme", "", "t")
        await debts.drained(real)
    ((status, why),) = await debts.statuses(real)
    assert (status, why) == (("dropped", reason) if reason else ("sent", None))
    assert len(sink.sent) == (reason is None)
    assert await invariants.check(real) == []


async def test_a_free_text_whose_window_closed_while_it_was_held_is_dropped(resources: Resources, sink: Sink):
    await kill_drill.tenant(resources, sink, kill_drill.REAL, "production", 1, "instagram")
    async with work(resources):
        await kill_switches.turn_on(resources, "channel:real/instagram", "test", "t")
        await kill_drill.load(resources, kill_drill.REAL, "first")
        await debts.until(lambda: holds(resources))
        await resources.pg.execute("UPDATE conversations SET window_until = now() - interval '1 second'")
        await kill_switches.turn_off(resources, "channel:real/instagram", "", "t")
        await debts.drained(resources, kill_drill.REAL)
    rows = await resources.pg.fetch("SELECT status, reason FROM messages ORDER BY seq")
    assert [tuple(row) for row in rows] == [("dropped", "window_closed")] * 2
    assert sink.sent == []


@pytest.mark.parametrize("channel", ["whatsapp_cloud", "whatsapp_twilio"])
@pytest.mark.parametrize("window", ["open", "closed"])
async def test_a_receipt_that_was_held_leaves_as_text_or_as_template_by_the_window_of_that_moment(
    resources: Resources, sink: Sink, channel: str, window: str
):
    await kill_drill.tenant(resources, sink, kill_drill.REAL, "production", 1, channel)
    await account(resources, "http://127.0.0.1:9", tenant=kill_drill.REAL)
    await owe(resources, await resources.pg.fetchval("SELECT id FROM customers"), tenant=kill_drill.REAL)
    async with work(resources):
        await kill_switches.turn_on(resources, kill_switches.GLOBAL, "test", "t")
        await tell(resources, Paying(tenant=kill_drill.REAL).succeeded(), tenant=kill_drill.REAL)
        await debts.until(lambda: holds(resources))
        if window == "closed":
            await resources.pg.execute("UPDATE conversations SET window_until = now() - interval '1 second'")
        await kill_switches.turn_off(resources, kill_switches.GLOBAL, "", "t")
        await debts.drained(resources, kill_drill.REAL)
    (receipt,) = sink.sent
    # Twilio's templates have their text at Twilio: what we send then has none.
    assert receipt.text.startswith("Recibimos tu pago") == (window == "open")
    assert await resources.pg.fetchval("SELECT status FROM messages WHERE direction = 'out'") == "sent"
