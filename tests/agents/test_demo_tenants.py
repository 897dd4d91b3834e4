"""The agents on the demo tenants' real rows, through storage and its row-level security."""

from datetime import UTC, datetime
from typing import Any

from core.conversation import Conversation, Inbound
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import invoices, seed
from storage.resources import Resources
from storage.storable import as_json
from storage.tenants import all_

ASKED = {
    "refamex": [
        ("hola, tienes valatas delanteras para jetta 2015?", "Jetta", "sales"),
        ("llanta 195 65 r15", "195/65 R15", "sales"),
        ("cotízame 4 llantas 195 65 r15", "Total:", "sales"),
        ("donde va mi pedido?", "P-", "support"),
        ("hacen envíos a Monterrey?", "Fuente:", "support"),
        ("cuánto debo", "F-", "dunning"),
    ],
    "sonora": [
        ("cuánto tengo de regalías", "US$", "royalties"),
        ("en qué va mi lanzamiento", "•", "support"),
        ("qué incluye el plan pro", "49.99", "sales"),
    ],
    "ferragens": [
        ("oi, tem parafuso sextavado 3/8 x 2?", "• Parafuso sextavado 3/8 x 2", "sales"),
        ("quanto eu devo", "R$", "dunning"),
        ("vocês entregam em Campinas?", "Fonte:", "support"),
    ],
}


async def test_true_answers_from_the_tenants_own_rows(resources: Resources) -> None:
    await seed.load(resources)
    tenants = {tenant.id: tenant for tenant in await all_(resources)}
    turns = Turns(resources, bind)
    for name, questions in ASKED.items():
        customer = await resources.pg.fetchval("SELECT min(id) FROM customers WHERE tenant_id = $1", name)
        for text, words, agent in questions:
            waiting = Inbound(message_id=1, seq=1, kind="message", text=text, received_at=datetime.now(UTC))
            outcome = await turns.run(
                Conversation(
                    id=f"{name}:web:web:x", tenant=name, account="a", channel="web", peer="x", customer_id=customer,
                    customer_name="Ana", version=1, agent=None, mode="bot", locale=None, state={}, inbound=(waiting,),
                    history=(),
                ),
                tenants[name],
            )  # fmt: skip
            told = "\n".join(reply.text for reply in outcome.replies)
            assert words in told, (text, told)
            assert outcome.agent == agent, (text, outcome.trace)
    async with resources.tenant_connection("refamex") as connection:
        owner = await resources.pg.fetchval("SELECT min(id) FROM customers WHERE tenant_id = 'refamex'")
        owed = await invoices.unpaid(connection, "refamex", owner, resources.clock.now())
    assert owed  # so that `cuánto debo` above was answered from real invoices
    await turns.close()


async def test_a_complaint_of_a_demo_customer_becomes_a_return_in_the_books(resources: Resources) -> None:
    await seed.load(resources)
    tenant = next(each for each in await all_(resources) if each.id == "refamex")
    customer = await resources.pg.fetchval("SELECT min(id) FROM customers WHERE tenant_id = 'refamex'")
    await resources.pg.execute(
        """UPDATE tenants SET settings = settings || '{"return_limits": {"amount": "1000000", "days": 365}}'"""
    )
    turns, state, agent = Turns(resources, bind), dict[str, Any](), None
    order, total = await resources.pg.fetchrow(
        "SELECT number, total_minor FROM orders "
        "WHERE tenant_id = 'refamex' AND customer_id = $1 AND status = 'shipped'",
        customer,
    )
    told = []
    said = ("quiero devolver mi pedido " + order, "todo", "llegó rota", "sí")
    for seq, text in enumerate(said, 1):
        waiting = Inbound(message_id=seq, seq=seq, kind="message", text=text, received_at=datetime.now(UTC))
        conversation = Conversation(
            id="refamex:web:web:x", tenant="refamex", account="a", channel="web", peer="x", customer_id=customer,
            customer_name="Ana", version=seq, agent=agent, mode="bot", locale="es", state=state, inbound=(waiting,),
            history=(),
        )  # fmt: skip
        outcome = await turns.run(conversation, tenant)
        state, agent = dict(outcome.state), outcome.agent
        told.append(f"{text} [{outcome.agent}] {outcome.replies[0].text}")
        if outcome.writes:
            await resources.pg.execute(
                "SELECT apply_writes('refamex', $1, $2, $3::text::jsonb)", customer, conversation.id,
                as_json(outcome.writes),
            )  # fmt: skip
            break
    row = await resources.pg.fetchrow("SELECT * FROM returns WHERE tenant_id = 'refamex'")
    assert row, "\n".join(told)
    assert (row["order_number"], row["status"]) == (order, "authorised")
    assert row["number"] in outcome.replies[0].text
    assert row["credit_minor"] == total
    assert await resources.pg.fetchval("SELECT number FROM tickets") == row["ticket_number"]
    await turns.close()
