"""A link's amount comes from our own rows, and whoever asks twice gets the same link."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import Conflict, Invalid, NotFound, PaymentFailed
from core.money import Money
from orchestrator import payment_links
from orchestrator.tools import CustomerTools
from tests.payments.edge import Edge, serving
from tests.payments.recorded import recorded
from tests.storage.business import make_customer, make_tenant
from tests.storage.money import account, owe


@pytest.fixture
async def edge(resources) -> AsyncIterator[Edge]:
    async with serving() as found:
        await make_tenant(resources)
        await account(resources, found.url)
        yield found


def sessions(edge: Edge, *names: str) -> None:
    body = recorded("stripe", "api_checkout_session_create_200")["body"]
    for name in names:
        edge.answer(200, {**body, "id": name, "url": f"https://checkout.test/{name}"})


async def test_a_link_is_for_what_remains_and_is_kept(resources, edge):
    ana = await make_customer(resources)
    await owe(resources, ana, paid_minor=25000, status="partially_paid")
    sessions(edge, "cs_1")
    made = await payment_links.link(resources, "acme", "invoice", "f-1", customer_id=ana)
    assert (made.id, made.amount) == ("cs:acme:invoice:F-1:1", Money(100000, "MXN"))
    assert edge.asked[0].form["line_items[0][price_data][unit_amount]"] == "100000"
    again = await asyncio.gather(*(payment_links.link(resources, "acme", "invoice", "F-1") for _ in range(4)))
    assert {link.url for link in again} == {made.url}
    assert len(edge.asked) == 1
    assert await resources.pg.fetchval("SELECT payment_url FROM invoices") == made.url


async def test_another_amount_makes_another_link_and_closes_the_old_one(resources, edge):
    await owe(resources, await make_customer(resources))
    sessions(edge, "cs_1", "cs_2", "cs_1")
    await payment_links.link(resources, "acme", "invoice", "F-1")
    await resources.pg.execute("UPDATE invoices SET paid_minor = 100, status = 'partially_paid'")
    made = await payment_links.link(resources, "acme", "invoice", "F-1")
    assert (made.id, made.amount.amount_minor) == ("cs:acme:invoice:F-1:2", 124900)
    assert edge.asked[2].path == "/v1/checkout/sessions/cs_1/expire"
    rows = await resources.pg.fetch("SELECT status FROM payment_links ORDER BY attempt")
    assert [row["status"] for row in rows] == ["expired", "open"]


async def test_a_part_of_a_debt_has_a_link_of_its_own(resources, edge):
    await owe(resources, await make_customer(resources))
    sessions(edge, "cs_1", "cs_2", "cs_1")
    made = await payment_links.link(resources, "acme", "invoice", "F-1", part=50000)
    assert made.amount == Money(50000, "MXN")
    assert (await payment_links.link(resources, "acme", "invoice", "F-1")).amount == Money(125000, "MXN")
    for wrong in (0, 125001):
        with pytest.raises(Invalid):
            await payment_links.link(resources, "acme", "invoice", "F-1", part=wrong)


async def test_what_is_paid_or_anothers_has_no_link(resources, edge):
    ana, eve = await make_customer(resources), await make_customer(resources, name="Eve")
    await owe(resources, ana, "F-1", status="paid", paid_minor=125000)
    await owe(resources, eve, "F-2")
    with pytest.raises(Conflict):
        await payment_links.link(resources, "acme", "invoice", "F-1")
    for kind, number in (("invoice", "F-2"), ("invoice", "F-9"), ("quote", "F-2"), ("tip", "F-2")):
        with pytest.raises(NotFound):
            await payment_links.link(resources, "acme", kind, number, customer_id=ana)
    assert edge.asked == []


async def test_an_order_that_was_invoiced_is_paid_by_its_invoice(resources, edge):
    ana = await make_customer(resources)
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor) VALUES "
        "('acme', 'P-1', $1, 'new', 'MXN', 5000), ('acme', 'P-2', $1, 'new', 'MXN', 7000), "
        "('acme', 'P-3', $1, 'cancelled', 'MXN', 7000)",
        ana,
    )
    await owe(resources, ana, order_number="P-1", minor=5000)
    sessions(edge, "cs_1", "cs_2")
    assert (await payment_links.link(resources, "acme", "order", "P-1")).id == "cs:acme:invoice:F-1:1"
    assert (await payment_links.link(resources, "acme", "order", "P-2")).id == "cs:acme:order:P-2:1"
    with pytest.raises(Conflict):
        await payment_links.link(resources, "acme", "order", "P-3")


async def test_a_quote_is_paid_at_its_last_version_while_it_is_valid(resources, edge):
    ana = await make_customer(resources)
    for version, total, until in ((1, 9000, "2026-01-01"), (2, 8000, "2999-01-01")):
        await resources.pg.execute(
            "INSERT INTO quotes (tenant_id, number, version, customer_id, status, currency, total_minor, valid_until) "
            f"VALUES ('acme', 'C-1', {version}, $1, 'sent', 'MXN', {total}, '{until}')",
            ana,
        )
    sessions(edge, "cs_1")
    tools = CustomerTools(resources, "acme", ana)
    assert await tools.payment_link("quote", "C-1") == "https://checkout.test/cs_1"
    assert edge.asked[0].form["line_items[0][price_data][unit_amount]"] == "8000"
    await resources.pg.execute("UPDATE quotes SET valid_until = '2026-01-02' WHERE version = 2")
    with pytest.raises(Conflict):
        await tools.payment_link("quote", "C-1")


async def test_after_a_lost_answer_the_same_key_asks_again_and_after_an_error_a_new_one(resources, edge):
    await owe(resources, await make_customer(resources))
    edge.answers.append(None)
    with pytest.raises(PaymentFailed):
        await payment_links.link(resources, "acme", "invoice", "F-1")
    keys = {asked.headers["idempotency-key"] for asked in edge.asked}
    assert keys == {"cs:acme:invoice:F-1:1"}
    edge.answers.clear()
    edge.answer(500, {"error": {"type": "api_error", "message": "down"}})
    sessions(edge, "cs_2")
    assert (await payment_links.link(resources, "acme", "invoice", "F-1")).id == "cs:acme:invoice:F-1:2"
    assert edge.asked[-2].headers["idempotency-key"] == "cs:acme:invoice:F-1:1"


async def test_a_production_tenant_without_a_provider_has_no_link(resources):
    await resources.pg.execute(
        "INSERT INTO tenants (id, name, environment, currency, timezone, locale) "
        "VALUES ('acme', 'Acme', 'production', 'MXN', 'America/Mexico_City', 'es')"
    )
    await owe(resources, await make_customer(resources))
    with pytest.raises(NotFound):
        await payment_links.link(resources, "acme", "invoice", "F-1")
