"""Write one demo tenant into the database, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from storage import catalog, knowledge
from storage.seed.shape import Demo, Order

PAGES = Path(__file__).parent / "pages"
# (stage, hour of the tenant's day, channel that takes over)
STAGES = (("T-3", 10, None), ("T-1", 10, None), ("DUE", 9, "sms"), ("T+1", 10, "sms"), ("T+3", 11, "sms"),
          ("T+7", 11, "email"), ("T+15", 12, "email"), ("T+30", 12, "email"))  # fmt: skip


async def write(connection: Any, demo: Demo, now: datetime) -> None:
    """Insert everything of the tenant but its channel accounts."""
    await connection.execute(
        "INSERT INTO tenants (id, name, environment, currency, timezone, locale, settings) "
        "VALUES ($1, $2, 'sandbox', $3, $4, $5, $6)",
        demo.id, demo.name, demo.currency, demo.timezone, demo.locale, demo.settings,
    )  # fmt: skip
    await catalog.put(connection, demo.id, demo.items)
    for page in demo.pages:
        await knowledge.put(connection, demo.id, page, page_of(demo, page), demo.locale)
    ids = await _people(connection, demo)
    await _orders(connection, demo, ids)
    await _money(connection, demo, ids, now)
    await _music(connection, demo, ids)
    await _rules(connection, demo)


def page_of(demo: Demo, name: str) -> str:
    """A page as customers read it: what the settings rule is taken from them. Raises KeyError for an unknown word."""
    given = ("hours", "order_prefix")
    facts: dict[str, Any] = {name: demo.settings[name] for name in given if name in demo.settings}
    if "withdrawal_minimum" in demo.settings:
        facts["withdrawal_minimum"] = f"{demo.settings['withdrawal_minimum']} {demo.currency}"
    if returns := demo.settings.get("return_limits"):
        facts |= {"return_days": returns["days"], "return_conditions": returns["conditions"][demo.locale]}
    return (PAGES / name).read_text("utf-8").format_map(facts)


async def _insert(connection: Any, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    places = ", ".join(f"${at}" for at in range(1, columns.count(",") + 2))
    await connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(rows))


async def _people(connection: Any, demo: Demo) -> list[int]:
    ids = [
        await connection.fetchval(
            "INSERT INTO customers (tenant_id, name, locale, profile) VALUES ($1, $2, $3, $4) RETURNING id",
            demo.id, person.name, person.locale, person.profile,
        )
        for person in demo.people
    ]  # fmt: skip
    rows = [
        (demo.id, kind, value, customer)
        for customer, person in zip(ids, demo.people, strict=True)
        for kind, value in person.identities
    ]
    await _insert(connection, "customer_identities", "tenant_id, kind, value, customer_id", rows)
    return ids


async def _orders(connection: Any, demo: Demo, ids: list[int]) -> None:
    await _insert(
        connection, "orders",
        "tenant_id, number, customer_id, status, currency, total_minor, carrier, tracking, eta, placed_at",
        [
            (demo.id, order.number, ids[order.owner], order.status, order.total.currency, order.total.amount_minor,
             order.carrier, order.tracking, order.eta, order.placed_at)
            for order in demo.orders
        ],
    )  # fmt: skip
    await _insert(
        connection, "order_items",
        "tenant_id, number, line, sku, name, unit, quantity, unit_price_minor, total_minor",
        [row for order in demo.orders for row in _lines(demo.id, order)],
    )  # fmt: skip


def _lines(tenant: str, order: Order) -> Iterable[Sequence[Any]]:
    for at, line in enumerate(order.lines, 1):
        price = line.item.price
        yield (tenant, order.number, at, line.item.sku, line.item.name, line.item.unit, line.quantity,
               price.amount_minor, price.times(line.quantity).amount_minor)  # fmt: skip


async def _money(connection: Any, demo: Demo, ids: list[int], now: datetime) -> None:
    await _insert(
        connection, "invoices",
        "tenant_id, number, customer_id, order_number, status, currency, total_minor, paid_minor, issued_on, due_on",
        [
            (demo.id, invoice.number, ids[invoice.owner], invoice.order, invoice.status, invoice.total.currency,
             invoice.total.amount_minor, invoice.paid.amount_minor, invoice.issued_on, invoice.due_on)
            for invoice in demo.invoices
        ],
    )  # fmt: skip
    await _insert(
        connection, "payments",
        "tenant_id, id, customer_id, invoice_number, provider, provider_id, method, status, rank, currency, "
        "amount_minor, received_at",
        [
            (demo.id, f"pay-{invoice.number}", ids[invoice.owner], invoice.number, "transfer",
             f"demo-{invoice.number}", "transfer", "succeeded", 30, invoice.paid.currency, invoice.paid.amount_minor,
             min(invoice.paid_at, now))
            for invoice in demo.invoices if invoice.paid.amount_minor
        ],
    )  # fmt: skip
    await _insert(
        connection, "ledger_entries",
        "tenant_id, transaction_id, account, customer_id, currency, amount_minor, memo, booked_at",
        [
            (demo.id, booking.id, account, None if owner is None else ids[owner], amount.currency,
             amount.amount_minor, booking.memo, min(booking.at, now))
            for booking in demo.bookings for account, owner, amount in booking.entries
        ],
    )  # fmt: skip


async def _music(connection: Any, demo: Demo, ids: list[int]) -> None:
    await _insert(
        connection, "releases", "tenant_id, id, customer_id, title, artist, status, release_date, upc, tracks",
        [
            (demo.id, release.id, ids[release.owner], release.title, release.artist, release.status,
             release.release_date, release.upc, [{"title": title, "isrc": isrc} for title, isrc in release.tracks])
            for release in demo.releases
        ],
    )  # fmt: skip
    await _insert(
        connection, "royalty_lines",
        "tenant_id, customer_id, release_id, track, platform, country, period, streams, currency, amount_minor",
        [
            (demo.id, ids[line.owner], line.release, line.track, line.platform, line.country, line.period,
             line.streams, line.amount.currency, line.amount.amount_minor)
            for line in demo.royalties
        ],
    )  # fmt: skip


async def _rules(connection: Any, demo: Demo) -> None:
    await _insert(
        connection, "discount_tiers", "tenant_id, scope, min_quantity, rate",
        [(demo.id, scope, Decimal(least), Decimal(rate)) for scope, least, rate in demo.tiers],
    )  # fmt: skip
    await _insert(
        connection, "dunning_rules", "tenant_id, stage, channel, templates, hour, fallback_channel",
        [(demo.id, stage, "whatsapp_cloud", {demo.locale: f"dunning_{stage.lower()}"}, hour, fallback)
         for stage, hour, fallback in STAGES],
    )  # fmt: skip
