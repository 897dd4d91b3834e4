"""Price some products exactly: volume discounts, tax, rounding to the minor unit at each named amount."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.errors import Invalid, NotFound
from core.money import Money
from core.records import Product, QuoteLine, QuoteTotal
from storage import catalog


async def total(
    connection: Any, tenant: str, lines: Sequence[tuple[str, Decimal]], extra: Decimal = Decimal(0)
) -> QuoteTotal:
    """Price (SKU, quantity) lines; the same SKU twice is one line. Raises NotFound, Invalid for a quantity <= 0.

    `extra` is a negotiated discount, a fraction of what the volume discounts leave.
    """
    wanted: dict[str, Decimal] = {}
    for sku, quantity in lines:
        if quantity <= 0:
            raise Invalid(f"quantity {quantity} of {sku}: it must be more than 0")
        wanted[sku] = wanted.get(sku, Decimal(0)) + quantity
    known = await catalog.products(connection, tenant, list(wanted))
    missing = [sku for sku in wanted if sku not in known]
    if missing or not wanted:
        raise NotFound(f"no such product: {', '.join(missing)}" if missing else "nothing to price")
    terms = await connection.fetchrow(
        "SELECT currency, settings->>'tax_rate' AS tax_rate FROM tenants WHERE id = $1", tenant
    )
    if terms is None:
        raise NotFound(f"there is no tenant {tenant!r}")
    tiers = await connection.fetch("SELECT scope, min_quantity, rate FROM discount_tiers WHERE tenant_id = $1", tenant)
    return price(
        [(known[sku], quantity) for sku, quantity in wanted.items()],
        [(row["scope"], row["min_quantity"], row["rate"]) for row in tiers],
        Decimal(terms["tax_rate"] or 0),
        terms["currency"],
        extra,
    )


def price(
    lines: Sequence[tuple[Product, Decimal]],
    tiers: Sequence[tuple[str, Decimal, Decimal]],
    tax_rate: Decimal,
    currency: str,
    extra: Decimal = Decimal(0),
) -> QuoteTotal:
    """The pure sum: each line, each discount and the tax are rounded half up to the minor unit, then only added."""
    subtotal = discount = Money(0, currency)
    priced = []
    for product, many in lines:
        before = product.price.times(many)
        off = before.times(discount_rate(product, many, tiers))
        off += (before - off).times(extra)
        priced.append(QuoteLine(product=product, quantity=many, total=before, discount=off))
        subtotal, discount = subtotal + before, discount + off
    tax = (subtotal - discount).times(tax_rate)
    return QuoteTotal(
        lines=tuple(priced), subtotal=subtotal, discount=discount, tax_rate=tax_rate, tax=tax,
        total=subtotal - discount + tax,
    )  # fmt: skip


def discount_rate(product: Product, quantity: Decimal, tiers: Sequence[tuple[str, Decimal, Decimal]]) -> Decimal:
    """The rate of the highest tier reached, in the narrowest scope that has one: SKU, then category, then all."""
    for scope in (f"sku:{product.sku}", f"category:{product.category}", "all"):
        reached = [(least, rate) for name, least, rate in tiers if name == scope and quantity >= least]
        if reached:
            return max(reached)[1]
    return Decimal(0)
