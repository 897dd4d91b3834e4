"""Events of a payment provider settle a debt: once, in any order, balanced, and the customer hears of it once."""

import asyncio
import json
from typing import Any

import pytest

from payments.registry import WEBHOOKS
from storage import invariants, payment_events
from storage.payment_accounts import PaymentAccounts
from tests.payments.events import Event, Paying
from tests.storage.given import account as channel_account
from tests.storage.given import received
from tests.storage.money import account, owe
from workers.payments import Settling


@pytest.fixture
async def ana(resources) -> int:
    """A customer who has written, with an open invoice F-1 of 1,250.00 MXN."""
    telegram = await channel_account(resources)
    await received(resources, telegram)
    await account(resources, "http://127.0.0.1:9")
    customer: int = await resources.pg.fetchval("SELECT id FROM customers")
    await owe(resources, customer)
    return customer


async def tell(resources: Any, *events: Event, tenant: str = "acme") -> None:
    """Store events as the webhook does, and settle them one after the other."""
    settling = Settling(resources)
    for event in events:
        await keep(resources, event, tenant)
        while await settling.round():
            pass


async def keep(resources: Any, event: Event, tenant: str = "acme") -> None:
    found = WEBHOOKS["stripe"].notification(event, await PaymentAccounts(resources).get(tenant))
    await payment_events.put(
        resources, tenant, "stripe", event_id=found.event_id, name=found.name, body=json.dumps(event),
        status="waiting" if found.concerns else "ignored",
    )  # fmt: skip


async def invoice(resources: Any, number: str = "F-1") -> tuple[str, int]:
    row = await resources.pg.fetchrow("SELECT status, paid_minor FROM invoices WHERE number = $1", number)
    return row["status"], row["paid_minor"]


async def said(resources: Any) -> list[str]:
    rows = await resources.pg.fetch("SELECT text FROM messages WHERE direction = 'out' ORDER BY id")
    return [row["text"] for row in rows]


async def ledger(resources: Any) -> dict[str, int]:
    rows = await resources.pg.fetch(
        "SELECT account, sum(amount_minor)::bigint AS minor FROM ledger_entries GROUP BY account ORDER BY account"
    )
    held = {row["account"]: row["minor"] for row in rows if row["minor"]}
    assert sum(held.values()) == 0
    return held


async def broken(resources: Any) -> list[str]:
    """Rules that are broken; nobody answers the customer's "hola" here."""
    return [each.rule for each in await invariants.check(resources) if each.rule != "inbound_is_handled_in_time"]


async def tickets(resources: Any) -> list[str]:
    return [row["summary"].partition(":")[0] for row in await resources.pg.fetch("SELECT summary FROM tickets")]


async def test_a_paid_session_pays_the_invoice_and_sends_one_receipt(resources, ana):
    paying = Paying()
    await tell(resources, paying.completed(), paying.succeeded(), paying.charged(), paying.completed())
    assert await invoice(resources) == ("paid", 125000)
    assert await ledger(resources) == {"cash": 125000, "receivable": -125000}
    (receipt,) = await said(resources)
    assert "$1,250.00 MXN para la factura F-1" in receipt
    (row,) = await resources.pg.fetch("SELECT * FROM payments")
    assert (row["status"], row["customer_id"], row["invoice_number"]) == ("succeeded", ana, "F-1")
    assert row["method"] == "card"
    assert {r["status"] for r in await resources.pg.fetch("SELECT status FROM webhook_events")} == {"handled"}
    assert await broken(resources) == []


async def test_two_partial_payments_by_card_and_by_oxxo_pay_one_invoice(resources, ana):
    card = Paying(minor=50000)
    oxxo = Paying(minor=75000, intent="pi_2", session="cs_2")
    await tell(resources, card.succeeded())
    assert await invoice(resources) == ("partially_paid", 50000)
    await tell(resources, oxxo.completed(paid=False), oxxo.voucher())
    assert await invoice(resources) == ("partially_paid", 50000)
    await tell(resources, oxxo.async_succeeded(), oxxo.succeeded())
    assert await invoice(resources) == ("paid", 125000)
    first, voucher, last = await said(resources)
    assert ("$750.00" in first, "referencia 9300 0990" in voucher, "completo" in last) == (True, True, True)
    assert await ledger(resources) == {"cash": 125000, "receivable": -125000}


async def test_a_voucher_that_nobody_paid_leaves_the_debt_open(resources, ana):
    oxxo = Paying()
    await tell(resources, oxxo.voucher(), oxxo.completed(paid=False), oxxo.async_failed())
    assert await invoice(resources) == ("open", 0)
    assert await ledger(resources) == {}
    assert len(await said(resources)) == 2
    assert await resources.pg.fetchval("SELECT received_at FROM payments") is None


async def test_a_late_failure_does_not_take_a_success_back(resources, ana):
    oxxo = Paying()
    await tell(resources, oxxo.succeeded(), oxxo.async_failed(), oxxo.voucher(), oxxo.created(), oxxo.declined())
    assert await invoice(resources) == ("paid", 125000)
    assert len(await said(resources)) == 1


async def test_refunds_go_out_of_the_cash_and_a_whole_one_undoes_the_sale(resources, ana):
    paying = Paying()
    await tell(resources, paying.refund("re_1", 25000), paying.completed(), paying.refunded(25000))
    assert await invoice(resources) == ("paid", 100000)
    assert await ledger(resources) == {"cash": 100000, "receivable": -125000, "refunds": 25000}
    came_in = await resources.pg.fetchval("SELECT received_at FROM payments")
    await tell(resources, paying.refunded(125000))
    assert came_in is not None
    assert await resources.pg.fetchval("SELECT received_at FROM payments") == came_in  # not the day of the refund
    assert await invoice(resources) == ("refunded", 0)
    assert await ledger(resources) == {"receivable": -125000, "refunds": 125000}
    assert [("devolvimos" in text) for text in await said(resources)] == [False, True, True]


async def test_a_refund_that_failed_stays_with_us(resources, ana):
    paying = Paying()
    await tell(resources, paying.succeeded(), paying.refunded(25000), paying.refund("re_1", 25000, "failed"))
    assert await ledger(resources) == {"cash": 125000, "receivable": -125000}


async def test_a_dispute_goes_to_a_person_and_a_lost_one_takes_the_money(resources, ana):
    paying = Paying()
    await tell(resources, paying.dispute(), paying.succeeded())
    assert await invoice(resources) == ("disputed", 125000)
    assert await tickets(resources) == ["payment_disputed"]
    await tell(resources, paying.dispute("won"))
    assert await invoice(resources) == ("paid", 125000)
    other = Paying(intent="pi_2", number="F-2")
    await owe(resources, ana, "F-2")
    await tell(resources, other.succeeded(), other.dispute("lost"))
    assert await invoice(resources, "F-2") == ("disputed", 0)
    assert (await ledger(resources))["chargebacks"] == 125000


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"currency": "usd"}, "payment_currency"), ({"minor": 999999}, "payment_amount"),
        ({"tenant": "eve"}, "payment_tenant"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_for_a_person_and_pays_nothing(resources, ana, wrong, reason):
    await tell(resources, Paying(**wrong).completed(), Paying(**wrong).succeeded())
    assert await invoice(resources) == ("open", 0)
    assert (await ledger(resources), await said(resources)) == ({}, [])
    assert await tickets(resources) == [reason]
    assert await resources.pg.fetchval("SELECT status FROM payments") == "flagged"


async def test_an_unknown_invoice_is_a_dead_letter_and_foreign_money_is_only_kept(resources, ana):
    await tell(resources, Paying(number="F-9").succeeded())
    assert await resources.pg.fetchval("SELECT reason FROM dead_letters") == "payment_unknown_debt"
    foreign = Paying(intent="pi_9").succeeded()
    foreign["data"]["object"]["metadata"] = {}
    await tell(resources, foreign)
    row = await resources.pg.fetchrow("SELECT status, invoice_number FROM payments WHERE provider_id = 'pi_9'")
    assert tuple(row) == ("succeeded", None)
    assert await invoice(resources) == ("open", 0)


async def test_two_full_payments_are_credit_for_the_customer_and_a_ticket(resources, ana):
    await tell(resources, Paying().succeeded(), Paying(intent="pi_2", session="cs_2").succeeded())
    assert await invoice(resources) == ("paid", 250000)
    assert await ledger(resources) == {"cash": 250000, "customer_credit": -125000, "receivable": -125000}
    assert await tickets(resources) == ["payment_overpaid"]


async def test_money_for_a_debt_that_was_given_up_takes_the_bad_debt_back(resources, ana):
    part = Paying(minor=50000)
    await tell(resources, part.succeeded())
    assert await resources.pg.fetchval("SELECT write_off('acme', 'F-1', now())")
    assert await ledger(resources) == {"bad_debt": 75000, "cash": 50000, "receivable": -125000}
    some, rest = Paying(minor=25000, intent="pi_2"), Paying(minor=50000, intent="pi_3")
    await tell(resources, some.succeeded(), some.charged())
    assert await invoice(resources) == ("uncollectible", 75000)
    assert await ledger(resources) == {"bad_debt": 50000, "cash": 75000, "receivable": -125000}
    await tell(resources, rest.succeeded())
    assert await invoice(resources) == ("paid", 125000)
    assert await ledger(resources) == {"cash": 125000, "receivable": -125000}
    await tell(resources, rest.refunded(50000))  # given back whole: what was given up is given up again
    assert await ledger(resources) == {"bad_debt": 50000, "cash": 75000, "receivable": -125000}
    assert await broken(resources) == []


async def test_a_paid_quote_becomes_a_paid_order_and_a_paid_invoice_pays_its_order(resources, ana):
    await resources.pg.execute(
        "INSERT INTO quotes (tenant_id, number, version, customer_id, status, currency, total_minor, conversation_id) "
        "SELECT 'acme', 'C-1', 1, $1, 'sent', 'MXN', 125000, id FROM conversations",
        ana,
    )
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor) "
        "VALUES ('acme', 'P-1', $1, 'new', 'MXN', 125000)",
        ana,
    )
    await resources.pg.execute("UPDATE invoices SET order_number = 'P-1'")
    await tell(resources, Paying().succeeded(), Paying(kind="quote", number="C-1", intent="pi_2").succeeded())
    rows = await resources.pg.fetch("SELECT quote_number, status FROM orders ORDER BY quote_number")
    assert [tuple(row) for row in rows] == [("C-1", "paid"), (None, "paid")]
    assert await resources.pg.fetchval("SELECT status FROM quotes") == "accepted"


async def test_an_order_that_was_invoiced_since_is_paid_by_its_invoice(resources, ana):
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor) "
        "VALUES ('acme', 'P-1', $1, 'new', 'MXN', 125000)",
        ana,
    )
    paying = Paying(kind="order", number="P-1")
    await tell(resources, paying.succeeded())
    assert await resources.pg.fetchval("SELECT status FROM orders") == "paid"
    await resources.pg.execute("UPDATE invoices SET order_number = 'P-1'")
    await tell(resources, paying.charged())
    assert await invoice(resources) == ("paid", 125000)
    assert await ledger(resources) == {"cash": 125000, "receivable": -125000}
    assert await broken(resources) == []
    assert len(await said(resources)) == 1


async def test_nobody_is_reminded_while_a_voucher_can_be_paid(resources, ana):
    oxxo = Paying()
    await tell(resources, oxxo.completed(paid=False), oxxo.voucher())
    assert str(await resources.pg.fetchval("SELECT promised_for FROM invoices")) == "2026-11-21"
    await tell(resources, oxxo.async_failed())
    assert await resources.pg.fetchval("SELECT promised_for FROM invoices") is None


async def test_what_nobody_can_read_is_a_dead_letter_and_stops_nothing(resources, ana):
    broken = Paying().succeeded()
    broken["data"]["object"]["amount"] = "much"
    await keep(resources, broken)
    await tell(resources, Paying(intent="pi_2").succeeded())
    assert await invoice(resources) == ("paid", 125000)
    assert await resources.pg.fetchval("SELECT count(*) FROM dead_letters WHERE source = 'payment'") == 1


async def test_an_event_is_taken_by_one_worker_only(resources, ana):
    await keep(resources, Paying().completed())
    await asyncio.gather(*(Settling(resources).round() for _ in range(6)))
    assert await invoice(resources) == ("paid", 125000)
    assert len(await said(resources)) == 1


async def test_outside_the_window_a_receipt_is_a_template(resources, ana):
    whatsapp = await channel_account(resources, "whatsapp_cloud")
    await received(resources, whatsapp, peer="5215512345678")
    await resources.pg.execute(
        "UPDATE conversations SET customer_id = -1 WHERE channel = 'telegram'; "
        "UPDATE conversations SET customer_id = $1, window_until = now() - interval '1 hour' "
        "WHERE channel = 'whatsapp_cloud'".replace("$1", str(ana)),
    )
    await tell(resources, Paying().succeeded())
    content = await resources.pg.fetchval("SELECT content FROM messages WHERE direction = 'out'")
    assert content["part"]["template"]["name"] == "payment_notice"


async def test_a_receipt_that_no_channel_can_say_any_more_goes_to_a_person(resources, ana):
    """Instagram has no templates: outside its window nothing that a machine writes may go."""
    instagram = await channel_account(resources, "instagram")
    await received(resources, instagram, peer="17800000000000001")
    await resources.pg.execute("UPDATE conversations SET customer_id = -1 WHERE channel = 'telegram'")
    await resources.pg.execute(
        "UPDATE conversations SET customer_id = $1, window_until = now() - interval '1 hour' "
        "WHERE channel = 'instagram'",
        ana,
    )
    await tell(resources, Paying().succeeded(), Paying().charged())
    assert (await said(resources), await tickets(resources)) == ([], ["payment_untold"])
    assert await invoice(resources) == ("paid", 125000)
