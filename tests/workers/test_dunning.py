"""Reminders: each once, still due when they leave, on a channel that gets through, never at night."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench.sink import Fate, Sent, Sink
from storage import clocks, dunning, invariants
from storage import resources as resource_store
from storage.resources import Resources
from tests.serving import work
from tests.workers import debts
from workers import dunning as dunning_worker
from workers.dunning import sweep


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.fixture
async def owed(resources: Resources, sink: Sink) -> AsyncIterator[Resources]:
    """Ana owes 100 pesos on 10 December; it is the day before, in the evening. A worker is at work."""
    await debts.tenant(resources, sink)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T03:00")
    async with work(resources):
        yield resources
    assert await invariants.check(resources) == []


async def test_each_stage_reminds_once_at_its_hour_however_often_one_looks(owed: Resources, sink: Sink):
    assert await debts.run(owed) == []  # it is 21:00 in Mexico
    await debts.at(owed, "2026-12-10T16:01")
    assert debts.brief(await debts.run(owed)) == [("T-3", "skipped"), ("T-1", "skipped"), ("DUE", "reminded")]
    assert await debts.run(owed) == []
    await debts.at(owed, "2026-12-11T16:01")
    assert debts.brief(await debts.run(owed)) == [("T+1", "reminded")]
    assert [sent.text for sent in sink.sent] == [
        "template aviso | Ana | F-1 | $100.00 MXN | 10/12/2026 | Acme"
    ] * 2
    assert {sent.to for sent in sink.sent} == {"525550001111"}


async def test_many_sweeps_at_once_remind_once(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    creditors = await dunning.creditors(owed, ["acme"])
    # past the lock that normally keeps them apart: the database's key alone must do
    await asyncio.gather(*(dunning_worker._Sweep(owed, creditors[0]).run() for _ in range(8)))
    await debts.drained(owed)
    assert len(sink.sent) == 1


async def test_two_connections_are_enough_for_a_sweep_beside_other_work(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    async with resource_store.open(owed.settings, pool_size=2) as few:
        async with asyncio.timeout(60):
            swept, *_ = await asyncio.gather(
                sweep(few, ["acme"]), *(few.pg.fetchval("SELECT pg_sleep(0.01)") for _ in range(20))
            )
    assert debts.brief(swept)[-1] == ("DUE", "reminded")
    await debts.drained(owed)
    assert len(sink.sent) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE invoices SET paid_minor = total_minor, status = 'paid'", "paid"),
        ("UPDATE invoices SET paid_minor = total_minor", "paid"),
        ("UPDATE invoices SET status = 'disputed'", "disputed"),
        ("UPDATE invoices SET status = 'void'", "void"),
        ("UPDATE invoices SET promised_for = '2026-12-20'", "promised"),
        ("UPDATE conversations SET mode = 'human'", "taken_over"),
        ("UPDATE conversations SET opted_out_seq = 1", "opted_out"),
        ("UPDATE clocks SET offset_seconds = offset_seconds + 12 * 3600", "quiet_hours"),
    ],
)
async def test_a_reminder_that_is_no_longer_due_when_it_would_leave_does_not_leave(
    resources: Resources, sink: Sink, change: str, reason: str
):
    await debts.tenant(resources, sink)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T16:01")
    assert [each.result for each in await sweep(resources, ["acme"])][-1] == "reminded"
    await resources.pg.execute(change)
    async with work(resources):
        await debts.drained(resources)
    stopped = {"taken_over": {"taken_over", "with_person"}}.get(reason, {reason})
    ((status, why),) = await debts.statuses(resources)
    assert status == "dropped"
    assert why in stopped
    assert sink.sent == []


async def test_a_payment_just_before_the_step_means_no_reminder(owed: Resources, sink: Sink):
    await debts.pay(owed)
    await debts.at(owed, "2026-12-10T16:01")
    assert await debts.run(owed) == []
    assert sink.sent == []


async def test_a_partial_payment_neither_skips_nor_repeats_a_stage(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    await debts.run(owed)
    await debts.pay(owed, minor=40_00)
    assert await debts.run(owed) == []
    await debts.at(owed, "2026-12-11T16:01")
    assert debts.brief(await debts.run(owed)) == [("T+1", "reminded")]
    assert "$60.00 MXN" in sink.sent[-1].text


async def test_what_was_too_late_for_its_day_goes_out_the_next_morning(resources: Resources, sink: Sink):
    await debts.tenant(resources, sink)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T16:01")
    await sweep(resources, ["acme"])  # no worker is at work until the night
    await debts.at(resources, "2026-12-11T04:00")
    async with work(resources):
        await debts.drained(resources)
        assert await debts.run(resources) == []
        assert (await debts.steps(resources))["DUE"] == ("late", None)
        await debts.at(resources, "2026-12-11T14:05")
        assert debts.brief(await debts.run(resources)) == [("DUE", "reminded")]
    assert await debts.statuses(resources) == [("dropped", "quiet_hours"), ("sent", None)]
    assert len(sink.sent) == 1
    assert await invariants.check(resources) == []


async def test_a_promise_pauses_until_its_day_is_over(owed: Resources, sink: Sink):
    await owed.pg.execute("UPDATE invoices SET promised_for = '2026-12-12'")
    for day in ("2026-12-10", "2026-12-11", "2026-12-12"):
        await debts.at(owed, f"{day}T16:01")
        assert await debts.run(owed) == []
    await debts.at(owed, "2026-12-13T16:01")
    assert debts.brief(await debts.run(owed))[-1] == ("T+3", "reminded")


async def test_who_opted_out_is_left_alone_on_every_channel(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    await debts.run(owed)
    await owed.pg.execute("UPDATE conversations SET opted_out_seq = 5, bulk_stopped = true")
    await debts.at(owed, "2026-12-11T16:01")
    (done,) = await debts.run(owed)
    assert (done.result, done.reason) == ("skipped", "opted_out")
    assert [sent.channel for sent in sink.sent] == ["whatsapp_cloud"]


async def test_inside_the_window_the_reminder_is_a_text_in_the_conversation(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    await debts.run(owed)
    await owed.pg.execute("UPDATE conversations SET window_until = now() + interval '300 days'")
    await debts.at(owed, "2026-12-11T16:01")
    await debts.run(owed)
    assert sink.sent[0].text.startswith("template")
    assert sink.sent[1].text.startswith("Hola, Ana. La factura F-1")
    assert await owed.pg.fetchval("SELECT agent FROM conversations") == "dunning"


async def test_a_failed_reminder_goes_out_on_the_other_channel_once(owed: Resources, sink: Sink):
    async def whatsapp_refuses(sent: Sent) -> Fate:
        return 400 if sent.channel == "whatsapp_cloud" else None

    sink.program = whatsapp_refuses
    refusal = b'{"error":{"message":"Message undeliverable","type":"OAuthException","code":131026}}'
    from bench import sink as sinks  # the table of refusals is the module's

    sinks.REFUSALS["whatsapp_cloud", 400] = refusal
    await debts.at(owed, "2026-12-10T16:01")
    assert debts.brief(await debts.run(owed))[-1] == ("DUE", "reminded")
    assert debts.brief(await debts.run(owed)) == [("DUE", "fell_back")]
    assert await debts.run(owed) == []
    assert [sent.channel for sent in sink.sent] == ["sms"]
    await debts.at(owed, "2026-12-10T23:30")
    assert await debts.run(owed) == []


async def test_silence_of_the_provider_for_the_rules_hours_brings_the_other_channel(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    await debts.run(owed)
    await debts.at(owed, "2026-12-10T19:30")
    assert await debts.run(owed) == []
    await debts.at(owed, "2026-12-10T20:30")
    assert debts.brief(await debts.run(owed)) == [("DUE", "fell_back")]
    assert [sent.channel for sent in sink.sent] == ["whatsapp_cloud", "sms"]


async def test_a_delivered_reminder_brings_no_other_channel(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    await debts.run(owed)
    await owed.pg.execute("UPDATE messages SET status = 'delivered'")
    await debts.at(owed, "2026-12-10T20:30")
    assert await debts.run(owed) == []
    assert [sent.channel for sent in sink.sent] == ["whatsapp_cloud"]


async def test_a_debt_is_given_up_only_by_a_rule_and_only_if_it_is_still_one(owed: Resources, sink: Sink):
    await debts.at(owed, "2027-03-01T16:01")
    assert debts.brief(await debts.run(owed))[-1] == ("T+30", "reminded")
    await debts.rules(owed, stages=["WRITE_OFF"])
    await owed.pg.execute("UPDATE invoices SET dunning_at = '-infinity'")  # as a change of the rules does
    assert debts.brief(await debts.run(owed)) == [("WRITE_OFF", "written_off")]
    assert await owed.pg.fetchval("SELECT status FROM invoices") == "uncollectible"
    assert await owed.pg.fetchval("SELECT sum(amount_minor) FROM ledger_entries") == 0


async def test_a_sandbox_tenant_is_reminded_for_only_when_asked(owed: Resources, sink: Sink):
    await debts.at(owed, "2026-12-10T16:01")
    assert await sweep(owed) == []
    await owed.pg.execute("""UPDATE tenants SET settings = '{"dunning": {"automatic": true}}'""")
    assert debts.brief(await sweep(owed))[-1] == ("DUE", "reminded")
    await debts.drained(owed)


async def test_without_rules_or_an_address_nothing_is_sent_and_the_reason_is_kept(resources: Resources, sink: Sink):
    await debts.tenant(resources, sink)
    await debts.invoice(resources, await debts.debtor(resources))
    await resources.pg.execute("DELETE FROM customer_identities")
    await debts.at(resources, "2026-12-10T16:01")
    await sweep(resources, ["acme"])
    assert (await debts.steps(resources))["DUE"] == ("skipped", "no_address")
    await resources.pg.execute("DELETE FROM dunning_rules")
    assert await sweep(resources, ["acme"]) == []


async def test_looking_costs_what_is_due_not_what_exists(resources: Resources, sink: Sink):
    await debts.tenant(resources, sink)
    customer = await debts.debtor(resources)
    await resources.pg.execute(
        """INSERT INTO invoices (tenant_id, number, customer_id, currency, total_minor, issued_on, due_on, dunning_at)
           SELECT 'acme', 'G-' || n, $1, 'MXN', 100, '2026-01-01', '2027-06-01', '2027-05-01' FROM
           generate_series(1, 20000) n""",
        customer,
    )
    await resources.pg.execute("ANALYZE invoices")
    await debts.invoice(resources, customer)
    now = await clocks.now(resources, "acme")
    plan = await resources.pg.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {dunning._DUE}", "acme", now, 500)
    assert "invoices_dunning" in str(plan)
    assert [item.number for item in await dunning.due(resources, "acme", now, 500)] == ["F-1"]


async def test_a_tenant_that_learns_its_hour_reminds_at_a_drawn_one_and_shows_what_each_brought(
    resources: Resources, sink: Sink
):
    await debts.tenant(resources, sink, learn_hour=True, opens=9, closes=20)
    await resources.pg.execute("DELETE FROM dunning_rules WHERE stage <> 'DUE'")
    await debts.rules(resources, stages=["DUE"], fallback_channel=None)
    for number in range(12):
        customer = await debts.debtor(resources, phone=f"+5255500011{number:02}")
        await debts.invoice(resources, customer, f"F-{number}")
    async with work(resources):
        for hour in range(9, 20):
            await debts.at(resources, f"2026-12-{10 + (hour >= 18)}T{(hour + 6) % 24:02}:05")
            await debts.run(resources)
    assert len(sink.sent) == 12
    assert await dunning.seen_hours(resources, "acme") == []  # nobody has had 48 hours yet
    await debts.pay(resources, "F-3")
    await resources.pg.execute("UPDATE invoices SET settled_at = settled_at - interval '3 days'")
    await resources.pg.execute("UPDATE dunning_steps SET claimed_at = claimed_at - interval '3 days 1 hour'")
    seen = await dunning.seen_hours(resources, "acme")
    assert (sum(each.sent for each in seen), sum(each.paid for each in seen)) == (12, 1)
    assert len(seen) > 2
    assert await invariants.check(resources) == []
