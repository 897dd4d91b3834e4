"""The demo tenants: the same every time, loaded once, and true wherever a customer writes from."""

import asyncio
import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from storage import numbers, seed, tenants
from storage.aftercare import limits_of
from storage.business import Business
from storage.seed.personas import personas
from storage.seed.write import page_of

DAY = date(2026, 3, 10)


@pytest.mark.parametrize("tenant", seed.TENANTS)
def test_the_same_day_gives_the_same_tenant(tenant):
    one, two = seed.TENANTS[tenant](DAY), seed.TENANTS[tenant](DAY)
    assert msgspec.json.encode(one) == msgspec.json.encode(two)
    assert len({item.sku for item in one.items}) == len({item.name for item in one.items}) == len(one.items)


def test_the_demo_tenants_are_large_enough_to_play_with():
    demos = {tenant: make(DAY) for tenant, make in seed.TENANTS.items()}
    assert len(demos["refamex"].items) == 1000
    assert len(demos["ferragens"].items) > 500
    plans = {item.name: item.price.amount_minor for item in demos["sonora"].items if item.category == "Planes"}
    assert plans == {"Plan Básico": 1999, "Plan Pro": 4999, "Plan Label": 9999}
    assert len({line.period for line in demos["sonora"].royalties}) == 12
    for tenant in ("refamex", "ferragens"):
        assert {order.status for order in demos[tenant].orders} == {
            "new", "paid", "packed", "shipped", "delivered", "cancelled"}  # fmt: skip
    for demo in demos.values():
        assert {"open", "paid"} <= {invoice.status for invoice in demo.invoices}
        assert any(invoice.due_on < DAY and invoice.paid < invoice.total for invoice in demo.invoices)


async def counts(resources):
    tables = await resources.pg.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return {row[0]: await resources.pg.fetchval(f"SELECT count(*) FROM {row[0]}") for row in tables}


async def test_loading_twice_or_at_once_changes_nothing(resources):
    first, second = await asyncio.gather(seed.load(resources), seed.load(resources))
    assert sorted(first + second) == sorted(seed.TENANTS)
    before = await counts(resources), await seed.registration(resources)
    assert await seed.load(resources) == []
    assert (await counts(resources), await seed.registration(resources)) == before


async def test_every_persona_is_a_customer_who_owes_something_on_whichever_channel(resources):
    await seed.load(resources)
    assert len(personas()) == 18
    for persona in personas():
        kind, value = str(persona["channel"]), str(persona["from"])
        if kind in ("whatsapp_cloud", "whatsapp_twilio", "sms"):
            kind, value = "phone", "+" + value.removeprefix("whatsapp:").lstrip("+")
        customer = await resources.pg.fetchval(
            "SELECT customer_id FROM customer_identities WHERE tenant_id = $1 AND kind = $2 AND value = $3",
            persona["tenant"], kind, value,
        )  # fmt: skip
        assert customer, persona
        business = Business(resources, str(persona["tenant"]), customer)
        assert await business.invoices(), persona
        if persona["tenant"] == "sonora":
            balance = await business.balance()
            assert balance is not None
            assert balance.available.amount_minor > 0
            assert await business.releases()
        else:
            assert {order.status for order in await business.orders()} == {"shipped", "delivered"}


@pytest.mark.parametrize(
    ("tenant", "query", "part"),
    [
        ("refamex", "balatas delanteras para jetta 2015", "Balata delantera Volkswagen Jetta"),
        ("refamex", "llanta 195 65 r15", "Llanta 195/65 R15"),
        ("refamex", "bujías de platino para versa 2018", "Bujía platino Nissan Versa"),
        ("ferragens", "parafuso sextavado 3/8 x 2", "Parafuso sextavado 3/8 x 2"),
        ("ferragens", "trenas de 5 m", "Trena 5 m"),
        ("ferragens", "furadeira de impacto bosch", "Furadeira de impacto"),
        ("sonora", "plan pro", "Plan Pro"),
    ],
)
async def test_what_the_hints_ask_for_is_there(resources, tenant, query, part):
    await seed.load(resources)
    best = (await Business(resources, tenant, 1).search_products(query))[0]
    assert part in best.name
    assert best.score > 0.8


async def test_the_registration_has_every_account_with_its_secrets_and_the_emulator_as_provider(resources):
    await seed.load(resources)
    body = await seed.registration(resources)
    channels = {"telegram", "whatsapp_cloud", "whatsapp_twilio", "sms", "instagram", "email", "stripe"}
    assert {(a["tenant"], a["channel"]) for a in body["accounts"]} == {(t, c) for t in seed.TENANTS for c in channels}
    assert all(account["secrets"] and account["public_url"].startswith("http") for account in body["accounts"])
    assert len({account["address"] for account in body["accounts"] if account["channel"] != "stripe"}) == 18
    bases = await resources.pg.fetch("SELECT channel, api_base FROM channel_accounts WHERE tenant_id = 'refamex'")
    port = resources.settings.emulator_port
    assert dict(bases) | {"web": "", "email": ""} == {
        "telegram": f"http://127.0.0.1:{port}/telegram", "whatsapp_twilio": f"http://127.0.0.1:{port}/twilio",
        "sms": f"http://127.0.0.1:{port}/twilio", "whatsapp_cloud": f"http://127.0.0.1:{port}/graph",
        "instagram": f"http://127.0.0.1:{port}/graph", "web": "", "email": "",
    }  # fmt: skip


async def test_demo_accounts_follow_the_emulator_to_another_port(resources):
    await seed.load(resources)
    resources.settings.emulator_port = 9123
    resources.settings.emulator_smtp_port = 9125
    await seed.load(resources)
    mail = [a for a in (await seed.registration(resources))["accounts"] if a["channel"] == "email"]
    assert {account["secrets"]["smtp_url"] for account in mail} == {"smtp://127.0.0.1:9125"}
    assert await resources.pg.fetchval("SELECT count(*) FROM channel_accounts WHERE api_base LIKE '%:9123/%'") == 15


@pytest.mark.parametrize("tenant", seed.TENANTS)
def test_the_pages_say_the_discounts_and_prices_that_are_charged(tenant):
    demo = seed.TENANTS[tenant](DAY)
    text = "\n".join(page_of(demo, page) for page in demo.pages)
    for scope, least, rate in demo.tiers:
        assert f"{Decimal(rate) * 100:.0f} %" in text
        assert str(least) in text or "doce" in text, (scope, least)
    percentages = {f"{Decimal(rate) * 100:.0f}" for _, _, rate in demo.tiers}
    promised = set(re.findall(r"(\d+) % de (?:desconto|descuento)", text))
    assert promised <= percentages  # no discount that no price uses
    for item in demo.items:
        if item.category == "Planes":
            assert f"{item.price.amount_minor / 100:.2f} {demo.currency}" in text
    assert demo.settings["hours"] in text
    assert "{" not in text


async def test_the_pages_say_what_the_settings_rule(resources):
    await seed.load(resources)
    by_id = {tenant.id: tenant for tenant in await tenants.all_(resources)}
    for tenant in seed.TENANTS:
        text = "\n".join(row[0] for row in await resources.pg.fetch(
            "SELECT body FROM knowledge_chunks WHERE tenant_id = $1", tenant))  # fmt: skip
        limits = await limits_of(resources.pg, tenant)
        number = await numbers.take(resources.pg, tenant, "orders")
        if minimum := re.search(r"El mínimo es de (\d+) USD", text):
            assert Decimal(minimum[1]) == by_id[tenant].withdrawal_minimum
        if days := re.search(r"dentro de los (\d+) días|em até (\d+) dias corridos", text):
            assert int(days[1] or days[2]) == limits.days
            assert limits.conditions[by_id[tenant].locale] in text
        if prefix := re.search(r"número (?:de|do) pedido, que \w+ (?:con|com) (\w+)", text):
            assert number.startswith(f"{prefix[1]}-")
        assert bool(minimum) == (tenant == "sonora")
        assert bool(days) == bool(prefix) == (tenant != "sonora")


def test_orders_that_came_say_when_so_that_the_days_of_a_return_count_from_then():
    for order in seed.TENANTS["refamex"](DAY).orders:
        if order.status == "delivered":
            assert order.eta is not None
            assert order.placed_at.date() <= order.eta <= DAY
