"""Each rule finds the row that breaks it, and finds nothing in a healthy database."""

import pytest

from bench import webhooks
from core.messages import Envelope, Sender
from storage import accounts, invariants, tenants
from storage.inbox import Arrival, Inbox
from storage.resources import Resources

ACCOUNT = webhooks.account("acme", "whatsapp_cloud")
HERE = f"WHERE conversation_id = '{ACCOUNT.id}:521'"
OUT = f"""INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, status, turn,
          part, sent_at)
          VALUES ('acme', '{ACCOUNT.id}:521', '{ACCOUNT.id}', 'out', %s, 'agent', 'message', %s, %s, 1, now());
          UPDATE conversations SET last_seq = last_seq + 1;"""
TURN = f"INSERT INTO turns (conversation_id, turn, tenant_id, from_seq, to_seq, outcome) VALUES ('{ACCOUNT.id}:521', %s"
TURN += ", 'acme', 1, 1, 'answered')"
REMIND = """INSERT INTO invoices (tenant_id, number, customer_id, status, currency, total_minor, paid_minor, issued_on,
                               due_on, settled_at)
            VALUES ('acme', 'F-1', 1, 'paid', 'MXN', 1, 1, '2026-01-01', '2026-01-01', now() - interval '1 minute');
            INSERT INTO dunning_steps (tenant_id, invoice_number, stage, due_at, claimed_at, local_at)
            VALUES ('acme', 'F-1', 'DUE', now(), now(), '2026-01-01 %s:30')"""
REMINDER = """UPDATE messages SET content = '{"dunning": {"invoice": "F-1", "stage": "DUE", "fallback": false}}'
              WHERE direction = 'out';"""
PAID = """INSERT INTO payments (tenant_id, id, order_number, provider, provider_id, method, status, rank, currency,
                                amount_minor)
          VALUES ('acme', 'stripe:pi_1', 'P-1', 'stripe', 'pi_1', 'card', 'succeeded', 30, 'MXN', 9);
          INSERT INTO payment_books (tenant_id, kind, number, booked) VALUES ('acme', 'order', 'P-1', '{"paid": 9}');"""
BREAKS = {
    "no_reminder_follows_a_payment": REMIND % 10,
    "reminders_keep_to_allowed_hours": REMIND % 22,
    "reminder_is_sent_once_per_stage": OUT % (2, "'sent'", 1) + OUT % (3, "'sent'", 2) + REMINDER,
    "inbound_has_one_outcome": f"DELETE FROM todo {HERE}",
    "inbound_is_handled_in_time": "UPDATE messages SET created_at = now() - interval '2 minutes'",
    "reply_is_never_forgotten": OUT % (2, "'pending'", 1),
    "reply_is_sent_once": OUT % (2, "'sent'", 1)
    + """INSERT INTO message_events (tenant_id, account_id, message_id, kind, status)
         SELECT 'acme', account_id, id, 'attempt', 'sent' FROM messages, generate_series(1, 2)
         WHERE direction = 'out'""",
    "seq_has_no_gaps": "UPDATE messages SET seq = 2; UPDATE todo SET seq = 2",
    "replies_leave_in_order": OUT % (2, "'sent'", 1)
    + OUT % (3, "'sent'", 2)
    + "UPDATE messages SET sent_at = now() - interval '1 second' WHERE seq = 3",
    "nothing_is_sent_while_held": OUT % (2, "'sent'", 1)
    + """INSERT INTO kill_switches (scope, reason, actor, since)
         VALUES ('channel:acme/whatsapp_cloud', 'test', 'test', now() - interval '1 minute');
         INSERT INTO message_events (tenant_id, account_id, message_id, kind, status)
         SELECT 'acme', account_id, id, 'attempt', 'sent' FROM messages WHERE direction = 'out'""",
    "nothing_follows_an_opt_out": OUT % (2, "'sent'", 1)
    + f"""UPDATE conversations SET opted_out_seq = 3;
         INSERT INTO audit_log (tenant_id, actor, action, subject, at)
         VALUES ('acme', 'customer', 'consent.opted_out', '{ACCOUNT.id}:521', now() - interval '1 minute')""",
    "free_text_stays_inside_the_window": OUT % (2, "'sent'", 1)
    + "UPDATE messages SET created_at = now() - interval '25 hours' WHERE direction = 'in'",
    "paid_is_the_sum_of_payments": PAID + "UPDATE payments SET amount_minor = 5;",
    "ledger_agrees_with_payments": PAID + "UPDATE payment_books SET booked = booked || '{\"cash\": 7}'",
    "payment_events_are_settled_in_time": """
         INSERT INTO webhook_events (source, event_id, tenant_id, name, status, due_at, received_at)
         VALUES ('acme:stripe', 'evt_1', 'acme', 'x', 'waiting', now(), now() - interval '3 hours')""",
    "rows_stay_with_their_tenant": "UPDATE todo SET tenant_id = 'other'",
}


async def receive(resources: Resources) -> None:
    await tenants.create(resources, "acme", name="Acme")
    await accounts.connect(
        resources, tenant="acme", channel="whatsapp_cloud", address=ACCOUNT.address, secrets=ACCOUNT.secrets
    )
    envelope = Envelope(dedupe="m1", sender=Sender(id="521"), text="hola")
    await Inbox(resources).put([Arrival(account=ACCOUNT, envelope=envelope)])


async def test_a_healthy_database_breaks_no_rule(resources: Resources) -> None:
    await receive(resources)
    assert await invariants.check(resources) == []


@pytest.mark.parametrize("rule", BREAKS)
async def test_a_rule_finds_the_row_that_breaks_it(resources: Resources, rule: str) -> None:
    await receive(resources)
    await resources.pg.execute(BREAKS[rule])
    found = await invariants.check(resources)
    assert rule in {breach.rule for breach in found}
    assert all(breach.tenant in ("acme", "other") and breach.subject for breach in found)


async def test_a_message_answered_for_by_two_turns_is_found(resources: Resources) -> None:
    await receive(resources)
    await resources.pg.execute(f"DELETE FROM todo {HERE}; {TURN % 1}; {TURN % 2}")
    assert [breach.detail for breach in await invariants.check(resources)] == ["waiting 0, turns 2"]


def test_every_rule_says_in_a_sentence_what_it_is() -> None:
    assert set(BREAKS) <= set(invariants.rules())
    assert all(sentence.endswith(".") for sentence in invariants.rules().values())
