"""The customer answers a reminder: what is agreed is written with the turn, and reminders keep to it."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bench.sink import Sink
from core.messages import Envelope, Sender
from storage import dunning, invariants
from storage.accounts import Accounts
from storage.doorbell import Doorbell
from storage.inbox import Arrival, Inbox
from storage.resources import Resources
from tests.serving import work
from tests.workers import debts


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.fixture
async def reminded(resources: Resources, sink: Sink) -> AsyncIterator[Resources]:
    """Ana was reminded of 100 pesos on 10 December, the due date."""
    await debts.tenant(resources, sink)
    await debts.rules(resources, fallback_channel=None)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T16:01")
    async with work(resources):
        await debts.run(resources)
        yield resources
    assert await invariants.check(resources) == []


async def answers(resources: Resources, text: str) -> str:
    """Ana writes; what she is told."""
    (creditor,) = await dunning.creditors(resources, ["acme"])
    account = await Accounts(resources).get(creditor.channels["whatsapp_cloud"])
    sender = Sender(id=debts.PHONE[1:], phone=debts.PHONE, name="Ana")
    (stored,) = await Inbox(resources).put([Arrival(account=account, envelope=Envelope(
        dedupe=text, sender=sender, text=text
    ))])  # fmt: skip
    await Doorbell(resources).ring([(stored.conversation_id, 0)])
    await debts.drained(resources)
    said: str = await resources.pg.fetchval(
        "SELECT text FROM messages WHERE direction = 'out' ORDER BY id DESC LIMIT 1"
    )
    return said


async def days(resources: Resources, first: int, last: int) -> list[str]:
    """Stages that were reminded of from one day of December to another, at eleven in Mexico."""
    found = []
    for day in range(first, last + 1):
        await debts.at(resources, f"2026-12-{day}T17:01")
        found += [each.stage for each in await debts.run(resources) if each.result == "reminded"]
    return found


async def test_a_promise_is_kept_with_the_turn_and_pauses_reminders(reminded: Resources):
    assert "15/12/2026" in await answers(reminded, "te pago el 15 de diciembre")
    (row,) = await reminded.pg.fetch("SELECT invoice_number, promised_for FROM promises")
    assert tuple(row) == ("F-1", date(2026, 12, 15))
    assert await reminded.pg.fetchval("SELECT actor FROM audit_log WHERE action = 'invoice.promised'") == "customer"
    assert await days(reminded, 11, 15) == []
    assert await days(reminded, 16, 18) == ["T+3", "T+7"]


async def test_a_part_that_was_promised_and_paid_is_not_the_whole(reminded: Resources):
    said = await answers(reminded, "te pago 50 pesos el 14 de diciembre")
    assert "$50.00 MXN para el 14/12/2026" in said
    (row,) = await reminded.pg.fetch("SELECT promised_for, amount_minor FROM promises")
    assert tuple(row) == (date(2026, 12, 14), 50_00)
    assert await days(reminded, 11, 12) == []
    await debts.pay(reminded, minor=50_00)
    assert await days(reminded, 13, 14) == []
    assert await days(reminded, 15, 18) == ["T+3", "T+7"]
    assert "$50.00 MXN" in await answers(reminded, "cuánto debo?")


async def test_parts_on_days_of_the_customers_own_are_a_plan(reminded: Resources):
    said = await answers(reminded, "te pago 30 pesos el 12 de diciembre y el resto el 16 de diciembre")
    assert "1. $30.00 MXN, el 12/12/2026" in said
    assert "2. $70.00 MXN, el 16/12/2026" in said
    rows = await reminded.pg.fetch("SELECT due_on, amount_minor, paid_by_then_minor FROM instalments ORDER BY due_on")
    assert [tuple(row) for row in rows] == [(date(2026, 12, 12), 30_00, 30_00), (date(2026, 12, 16), 70_00, 100_00)]
    assert await reminded.pg.fetchval("SELECT promised_for FROM invoices") == date(2026, 12, 12)
    await debts.pay(reminded, minor=30_00)
    assert await reminded.pg.fetchval("SELECT promised_for FROM invoices") == date(2026, 12, 16)
    assert await days(reminded, 15, 16) == []


async def test_of_a_changed_promise_only_the_newest_word_stands(reminded: Resources):
    customer = await reminded.pg.fetchval("SELECT customer_id FROM invoices")
    await debts.invoice(reminded, customer, number="F-2", total=200_00, due=date(2026, 12, 20))
    standing = "SELECT invoice_number, promised_for, amount_minor FROM promises WHERE replaced_at IS NULL ORDER BY 1"
    await answers(reminded, "te pago todo el 14 de diciembre")
    assert [tuple(row) for row in await reminded.pg.fetch(standing)] == [
        ("F-1", date(2026, 12, 14), None), ("F-2", date(2026, 12, 14), None),
    ]  # fmt: skip
    assert "$250.00 MXN" in await answers(reminded, "mejor 50 el 13 de diciembre")
    assert [tuple(row) for row in await reminded.pg.fetch(standing)] == [("F-1", date(2026, 12, 13), 50_00)]
    days_ = "SELECT promised_for FROM invoices ORDER BY number"
    assert [row[0] for row in await reminded.pg.fetch(days_)] == [date(2026, 12, 13), None]
    await debts.pay(reminded, minor=20_00)
    said = await answers(reminded, "el resto el 16 de diciembre")
    assert "1. $30.00 MXN, el 13/12/2026" in said
    assert "2. $250.00 MXN, el 16/12/2026" in said
    assert await reminded.pg.fetch(standing) == []
    sums = "SELECT invoice_number, sum(amount_minor)::int, max(paid_by_then_minor)::int FROM instalments GROUP BY 1"
    assert [tuple(row) for row in await reminded.pg.fetch(f"{sums} ORDER BY 1")] == [
        ("F-1", 80_00, 100_00), ("F-2", 200_00, 200_00),
    ]  # fmt: skip


async def test_all_open_invoices_are_split_together(reminded: Resources):
    customer = await reminded.pg.fetchval("SELECT customer_id FROM invoices")
    await debts.invoice(reminded, customer, number="F-2", total=100_01, due=date(2026, 12, 20))
    said = await answers(reminded, "quiero pagar todo en 2")
    assert "F-1, F-2" in said
    assert "1. $100.01 MXN" in said
    assert "2. $100.00 MXN" in said
    rows = await reminded.pg.fetch(
        "SELECT invoice_number, sum(amount_minor)::int AS all FROM instalments GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("F-1", 100_00), ("F-2", 100_01)]


async def test_a_plan_is_kept_part_by_part(reminded: Resources):
    await reminded.pg.execute(
        """UPDATE tenants SET settings = '{"dunning": {"instalments": 2, "instalment_days": 4}}' WHERE id = 'acme'"""
    )
    assert "$50.00 MXN" in await answers(reminded, "¿puedo pagar en 2 pagos?")
    assert await reminded.pg.fetchval("SELECT count(*) FROM instalments") == 0  # a question is answered, not taken
    assert "anoté este plan" in await answers(reminded, "sí")
    await debts.pay(reminded, minor=50_00)
    assert await reminded.pg.fetchval("SELECT promised_for FROM invoices") == date(2026, 12, 14)
    assert await days(reminded, 11, 14) == []
    assert await days(reminded, 15, 15) == ["T+3"]
    assert "una persona" in await answers(reminded, "mejor en 2 pagos más")


async def test_a_disputed_invoice_waits_for_a_person_who_decides(reminded: Resources):
    await answers(reminded, "no reconozco esa factura")
    assert await reminded.pg.fetchval("SELECT status FROM invoices") == "disputed"
    assert await reminded.pg.fetchval("SELECT mode FROM conversations") == "human"
    assert await days(reminded, 11, 13) == []


async def test_what_is_paid_is_not_promised(reminded: Resources):
    await reminded.pg.execute("UPDATE invoices SET status = 'paid', paid_minor = total_minor")
    await answers(reminded, "te pago el 15 de diciembre")
    assert await reminded.pg.fetchval("SELECT count(*) FROM promises") == 0


async def test_a_payment_is_told_with_its_own_day_or_with_none(reminded: Resources):
    await debts.pay(reminded, minor=40_00)
    await reminded.pg.execute(
        """INSERT INTO payments (tenant_id, id, customer_id, invoice_number, provider, provider_id, method, status,
             rank, currency, amount_minor, received_at)
           SELECT tenant_id, 'p-1', customer_id, number, 'transfer', 'p-1', 'transfer', 'succeeded', 30, 'MXN', 4000,
             timestamptz '2026-12-09T01:00Z' FROM invoices"""
    )
    assert "$40.00 MXN para F-1 el 08/12/2026" in await answers(reminded, "ya pagué")  # in Mexico it is still the 8th
    await reminded.pg.execute("UPDATE payments SET received_at = NULL")
    said = await answers(reminded, "¿les llegó mi pago?")
    assert "$40.00 MXN para F-1; quedan $60.00 MXN" in said
    assert "2026" not in said
