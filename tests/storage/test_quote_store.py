"""Quotes and orders are written with the turn that makes them: once, or not at all."""

import re
from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from core.errors import Conflict, Invalid, NotFound
from core.money import Money
from core.records import CatalogItem, Product, Quote
from storage import catalog, document_links, quote_store, quotes, takeover
from storage.business import Business
from storage.conversations import Conversations
from tests.storage.given import account, finished, loaded, received

D = Decimal


@pytest.fixture
async def shop(resources):
    """A conversation with a message that waits, and two products."""
    to = await account(resources, "telegram", environment="sandbox", settings={"tax_rate": "0.16"})
    async with resources.tenant_connection("acme") as connection:
        await catalog.put(connection, "acme", [
            CatalogItem(sku="A", name="Filtro", price=Money(10000, "MXN"), stock=D(9)),
            CatalogItem(sku="B", name="Aceite", price=Money(5000, "MXN"), unit="L"),
        ])  # fmt: skip
    await received(resources, to)
    return to


def tools(resources, read) -> Business:
    return Business(resources, "acme", read.conversation.customer_id, read.conversation)


async def save(resources, read, business):
    turn = finished(read, "ok")
    outcome = structs.replace(turn.outcome, writes=tuple(business.writes))
    return await Conversations(resources).save(structs.replace(turn, outcome=outcome))


async def rows(resources, table="quotes", columns="number, version, status, total_minor, reason"):
    found = await resources.pg.fetch(f"SELECT {columns} FROM {table} ORDER BY created_at, version")
    return [tuple(row) for row in found]


async def test_a_quote_is_a_row_only_when_its_turn_is_saved(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    made = await business.save_quote([("A", D(2)), ("B", D(1))], "es")
    assert (made.number, made.version, made.status, made.sums.total) == ("C-1001", 1, "sent", Money(29000, "MXN"))
    assert await rows(resources) == []
    assert await save(resources, read, business)
    assert await rows(resources) == [("C-1001", 1, "sent", 29000, None)]
    async with resources.tenant_connection("acme") as connection:
        found, _, _ = await quote_store.get(connection, "acme", "C-1001", 1, resources.clock.now())
    assert (found.sums.lines[0].quantity, found.sums.tax) == (D(2), Money(4000, "MXN"))
    assert (found.sums.total, found.created_on, found.valid_until) == (
        made.sums.total, made.created_on, made.valid_until,
    )  # fmt: skip


async def test_a_turn_that_a_takeover_throws_away_leaves_no_quote_and_its_re_run_leaves_one(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(2))], "es")
    await takeover.takeover(resources, read.conversation.id, "op@example.com")
    assert await save(resources, read, business) is None
    assert await rows(resources) == []
    await takeover.release(resources, read.conversation.id, "op@example.com")
    again = await loaded(resources, shop)
    business = tools(resources, again)
    await business.save_quote([("A", D(2))], "es")
    assert await save(resources, again, business)
    assert await save(resources, again, business) is None  # the same turn, run by two workers
    assert [(version, status) for _, version, status, _, _ in await rows(resources)] == [(1, "sent")]


async def test_a_change_is_the_next_version_and_voids_the_one_before(resources, shop):
    for quantity, extra in ((1, "0"), (3, "0"), (3, "0.05")):
        read = await loaded(resources, shop)
        business = tools(resources, read)
        await business.save_quote([("A", D(quantity))], "es", D(extra))
        assert await save(resources, read, business)
        await received(resources, shop)
    assert await rows(resources) == [
        ("C-1001", 1, "void", 11600, "replaced"),
        ("C-1001", 2, "void", 34800, "replaced"),
        ("C-1001", 3, "sent", 33060, None),
    ]


async def test_a_quote_changed_twice_in_one_turn_is_one_version(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(1))], "es")
    last = await business.save_quote([("A", D(2))], "es")
    assert await save(resources, read, business)
    assert await rows(resources) == [("C-1001", 1, "sent", 23200, None)]
    assert last.pdf.endswith("/C-1001-v1.pdf")


async def test_an_open_quote_has_its_documents_in_later_turns(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(1))], "es")
    assert await save(resources, read, business)
    found = await tools(resources, await loaded(resources, shop)).quote("en")
    assert found.pdf.endswith("/C-1001-v1.pdf")
    assert found.xlsx.endswith("/C-1001-v1.xlsx")
    assert document_links.opened(resources.settings, found.xlsx.split("/")[-2]).locale == "en"


async def test_an_agent_gives_no_more_than_its_limit(resources, shop):
    business = tools(resources, await loaded(resources, shop))
    assert await business.discount_limit() == D("0.05")
    with pytest.raises(Invalid):
        await business.save_quote([("A", D(1))], "es", D("0.051"))
    await resources.pg.execute("""UPDATE tenants SET settings = settings || '{"discount_limits": {"agent": "0.1"}}'""")
    assert (await business.save_quote([("A", D(1))], "es", D("0.1"))).extra == D("0.1")


async def test_an_open_quote_becomes_one_order_with_its_own_prices(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    with pytest.raises(Conflict):
        await business.confirm_order()
    await business.save_quote([("A", D(2))], "es")
    assert await save(resources, read, business)
    await resources.pg.execute("UPDATE catalog_items SET price_minor = 99999")
    await received(resources, shop)
    read = await loaded(resources, shop)
    business = tools(resources, read)
    order = await business.confirm_order()
    assert (order.number, order.total, order.items) == ("P-1001", Money(23200, "MXN"), ("2 x Filtro",))
    assert await save(resources, read, business)
    assert await save(resources, read, business) is None
    assert [status for _, _, status, _, _ in await rows(resources)] == ["accepted"]
    assert [order.number for order in await business.orders()] == ["P-1001"]
    assert await tools(resources, await loaded(resources, shop)).quote("es") is None


async def test_an_order_of_a_quote_that_is_open_no_more_fails_the_turn_and_nothing_else(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(2))], "es")
    assert await save(resources, read, business)
    await received(resources, shop)
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.confirm_order()
    await resources.pg.execute("UPDATE quotes SET status = 'void', reason = 'by hand'")
    with pytest.raises(Exception, match="not open"):
        await save(resources, read, business)
    assert await resources.pg.fetchval("SELECT count(*) FROM orders") == 0
    assert (await loaded(resources, shop)).conversation.version == read.conversation.version


async def test_a_quote_whose_day_has_passed_is_expired(resources, shop):
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(2))], "es")
    assert await save(resources, read, business)
    await resources.pg.execute("UPDATE quotes SET valid_until = valid_until - 60")
    later = tools(resources, await loaded(resources, shop))
    found = await later.quote("es")
    assert found
    assert found.status == "expired"
    with pytest.raises(Conflict):
        await later.confirm_order()


async def test_numbers_go_on_after_those_that_are_there_and_are_the_tenants_own(resources, shop):
    await resources.pg.execute(
        "INSERT INTO orders (tenant_id, number, customer_id, currency, total_minor) "
        "SELECT 'acme', 'P-1046', id, 'MXN', 1 FROM customers"
    )
    read = await loaded(resources, shop)
    business = tools(resources, read)
    await business.save_quote([("A", D(2))], "es")
    assert (await business.confirm_order()).number == "P-1047"


def test_a_link_names_one_document_and_cannot_be_made_by_others(settings):
    sums = quotes.price([(Product(sku="A", name="Filtro", price=Money(100, "MXN")), D(1))], (), D(0), "MXN")
    day = date(2026, 11, 21)
    quote = Quote(number="C-1001", version=1, status="sent", sums=sums, created_on=day, valid_until=day)
    url = document_links.linked(settings, "acme", quote, "es").pdf
    token = re.search(r"/documents/([\w-]+)/", url)[1]
    assert document_links.opened(settings, token).number == "C-1001"
    for other in (token[:-8] + token[-8:].swapcase(), token[1:], "", "é"):
        with pytest.raises(NotFound):
            document_links.opened(settings, other)
