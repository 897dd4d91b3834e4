"""Totals to the cent: volume discounts, tax, rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid, NotFound
from core.money import Money
from core.records import CatalogItem, Product
from storage import catalog, quotes
from tests.storage.business import make_tenant

D = Decimal
TIERS = (
    ("all", D(10), D("0.05")), ("all", D(50), D("0.08")), ("category:Oil", D(12), D("0.10")), ("sku:S", D(2), D("0.5")),
)  # fmt: skip


def product(sku="A", minor=3333, category="Parts"):
    return Product(sku=sku, name=sku, price=Money(minor, "MXN"), category=category)


def test_each_amount_is_rounded_half_up_and_then_only_added():
    total = quotes.price([(product(), D(3)), (product("B", 5), D("0.5"))], (), D("0.16"), "MXN")
    assert [line.total.amount_minor for line in total.lines] == [9999, 3]  # 2.5 cents are 3
    assert (total.subtotal.amount_minor, total.discount.amount_minor) == (10002, 0)
    assert (total.tax.amount_minor, total.total.amount_minor) == (1600, 11602)  # 1600.32


@pytest.mark.parametrize(
    ("sku", "category", "quantity", "rate"),
    [
        ("A", "Parts", "9.999", "0"), ("A", "Parts", "10", "0.05"), ("A", "Parts", "50", "0.08"),
        ("A", "Oil", "11", "0.05"), ("A", "Oil", "12", "0.10"), ("S", "Oil", "2", "0.5"), ("S", "Oil", "1", "0"),
    ],
)  # fmt: skip
def test_the_narrowest_scope_with_a_reached_tier_decides(sku, category, quantity, rate):
    assert quotes.discount_rate(product(sku, category=category), D(quantity), TIERS) == D(rate)


def test_a_discount_lowers_the_taxed_amount():
    total = quotes.price([(product(minor=10000), D(10))], TIERS, D("0.16"), "MXN")
    assert (total.subtotal, total.discount) == (Money(100000, "MXN"), Money(5000, "MXN"))
    assert (total.tax, total.total) == (Money(15200, "MXN"), Money(110200, "MXN"))


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.decimals("0.001", 1000, places=3)), min_size=1, max_size=8),
    st.decimals(0, "0.3", places=4),
)
def test_a_total_always_adds_up(lines, tax_rate):
    priced = [(product(str(at), minor), quantity) for at, (minor, quantity) in enumerate(lines)]
    total = quotes.price(priced, TIERS, tax_rate, "MXN")
    assert sum(line.total.amount_minor for line in total.lines) == total.subtotal.amount_minor
    assert total.total == total.subtotal - total.discount + total.tax
    assert 0 <= total.discount.amount_minor <= total.subtotal.amount_minor


async def test_a_tenants_prices_tiers_and_tax_make_the_total(resources):
    await make_tenant(resources, settings={"tax_rate": "0.16"})
    await resources.pg.execute("INSERT INTO discount_tiers VALUES ('acme', 'all', 10, 0.05)")
    async with resources.tenant_connection("acme") as connection:
        await catalog.put(connection, "acme", [
            CatalogItem(sku="A", name="Filtro", price=Money(19990, "MXN")),
            CatalogItem(sku="B", name="Aceite", price=Money(8950, "MXN"), unit="L"),
        ])  # fmt: skip
        total = await quotes.total(connection, "acme", [("A", D(6)), ("B", D("2.5")), ("A", D(4))])
    assert [(line.product.sku, line.quantity) for line in total.lines] == [("A", D(10)), ("B", D("2.5"))]
    assert total.subtotal == Money(199900 + 22375, "MXN")
    assert total.discount == Money(9995, "MXN")
    assert total.tax == Money(33965, "MXN")  # 16 % of 212,280 is 33,964.8
    assert total.total == Money(246245, "MXN")


async def test_an_unknown_product_or_a_quantity_of_nothing_is_refused(resources):
    await make_tenant(resources)
    async with resources.tenant_connection("acme") as connection:
        with pytest.raises(NotFound, match="ZZZ"):
            await quotes.total(connection, "acme", [("ZZZ", D(1))])
        with pytest.raises(Invalid):
            await quotes.total(connection, "acme", [("ZZZ", D(0))])
        with pytest.raises(NotFound):
            await quotes.total(connection, "acme", [])
