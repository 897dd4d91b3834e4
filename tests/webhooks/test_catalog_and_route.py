"""Routing and catalogue over HTTP, from the tenant's own rows."""

from decimal import Decimal

import pytest

from core.money import Money
from core.records import CatalogItem
from storage import catalog, tenants


@pytest.fixture
async def filled(resources, key):
    items = [
        CatalogItem(
            sku="BAL-100", name="Balata delantera cerámica", price=Money(45_990, "MXN"), brand="Brembo",
            category="Frenos", stock=Decimal(12), unit="JGO",
        ),
        CatalogItem(sku="FIL-20", name="Filtro de aceite", price=Money(8_950, "MXN"), stock=Decimal("2.5")),
    ]  # fmt: skip
    async with resources.pg.acquire() as connection, connection.transaction():
        await catalog.put(connection, "acme", items)


async def test_a_search_gives_items_with_exact_money(call, filled):
    status, answer = await call("POST", "/api/catalog/search", {"query": "balatas delanteras", "limit": 3})
    assert status == 200
    best = answer["items"][0]
    assert best["sku"] == "BAL-100"
    assert best["price"] == {"amount_minor": 45990, "currency": "MXN"}
    assert 0 < best["score"] <= 1


async def test_an_item_is_found_by_its_sku_however_it_is_written(call, filled):
    status, answer = await call("GET", "/api/catalog/fil%2020")
    assert (status, answer["sku"], answer["stock"]) == (200, "FIL-20", 2.5)


async def test_the_catalogue_of_another_tenant_is_not_seen(call, filled, resources):
    await tenants.create(resources, "other", name="Other")
    headers = {"X-API-Key": await tenants.new_api_key(resources, "other")}
    status, _ = await call("GET", "/api/catalog/FIL-20", headers=headers)
    assert status == 404
    _, answer = await call("POST", "/api/catalog/search", {"query": "filtro"}, headers=headers)
    assert answer == {"items": []}


async def test_an_order_text_is_read_into_lines(call):
    status, answer = await call("POST", "/api/catalog/normalize", {"text": "dame 3 balatas y 2 kilos de clavo"})
    assert status == 200
    assert [(line["query"], line["quantity"], line["unit"]) for line in answer["lines"]] == [
        ("balatas", 3, None), ("clavo", 2, "KG"),
    ]  # fmt: skip


async def test_a_text_is_routed_and_nothing_is_stored(call, resources):
    status, answer = await call("POST", "/api/route", {"text": "quiero hablar con una persona"})
    assert status == 200
    assert (answer["intent"], answer["agent"], answer["language"]) == ("human", "human", "es")
    assert 0 < answer["confidence"] <= 1
    assert answer["tier"] == "offline"
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 0


async def test_the_known_language_stays_for_a_text_that_tells_none(call):
    _, answer = await call("POST", "/api/route", {"text": "ok", "locale": "pt"})
    assert answer["language"] == "pt"
