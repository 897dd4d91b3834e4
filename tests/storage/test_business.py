"""What a customer is told about orders, invoices, royalties, knowledge and tickets."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.money import Money
from core.records import CatalogItem
from storage import catalog, invoices, knowledge, ledger, tickets
from storage.business import Business
from tests.storage.business import make_customer, make_tenant


async def test_orders_are_the_customers_own_newest_first_and_found_by_any_form_of_the_number(resources):
    await make_tenant(resources)
    ana, eve = await make_customer(resources), await make_customer(resources, name="Eve")
    for number, owner, placed in (("P-1001", ana, 3), ("P-1002", ana, 1), ("P-1003", eve, 0)):
        await resources.pg.execute(
            "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor, carrier, tracking, "
            "placed_at) VALUES ('acme', $1, $2, 'shipped', 'MXN', 12345, 'DHL', '99', $3)",
            number, owner, datetime(2026, 3, 10, 2, tzinfo=UTC) - timedelta(days=placed),
        )  # fmt: skip
    await resources.pg.execute(
        "INSERT INTO order_items (tenant_id, number, line, sku, name, quantity) "
        "VALUES ('acme', 'P-1001', 1, 'A', 'Filtro', 2.50)"
    )
    business = Business(resources, "acme", ana)
    assert [order.number for order in await business.orders()] == ["P-1002", "P-1001"]
    for typed in ("P-1001", "p1001", "1001"):
        (order,) = await business.orders(typed)
        assert (order.number, order.tracking, order.items) == ("P-1001", "DHL 99", ("2.5 x Filtro",))
    assert order.total == Money(12345, "MXN")
    assert order.placed_on == date(2026, 3, 6)  # two in the morning in UTC is the evening before in Mexico
    assert await business.orders("P-1003") == []


async def test_an_invoice_says_what_remains_and_how_late_it_is_by_the_tenants_date(resources):
    await make_tenant(resources)
    ana, eve = await make_customer(resources), await make_customer(resources, name="Eve")
    for number, owner, status, paid, due in (
        ("F-1", ana, "partially_paid", 4000, date(2026, 3, 1)), ("F-2", ana, "open", 0, date(2026, 3, 9)),
        ("F-3", ana, "paid", 10000, date(2026, 2, 1)), ("F-4", ana, "void", 0, date(2026, 2, 1)),
        ("F-5", eve, "open", 0, date(2026, 2, 1)),
    ):  # fmt: skip
        await resources.pg.execute(
            "INSERT INTO invoices (tenant_id, number, customer_id, status, currency, total_minor, paid_minor, "
            "issued_on, due_on) VALUES ('acme', $1, $2, $3, 'MXN', 10000, $4, '2026-01-01', $5)",
            number, owner, status, paid, due,
        )  # fmt: skip
    for hour, overdue, ahead in ((5, 7, -1), (6, 8, 0)):  # midnight in Mexico City is six in UTC
        async with resources.tenant_connection("acme") as connection:
            found = await invoices.unpaid(connection, "acme", ana, datetime(2026, 3, 9, hour, 0, tzinfo=UTC))
        assert [(i.number, i.status, i.due.amount_minor, i.days_overdue) for i in found] == [
            ("F-1", "overdue", 6000, overdue),
            ("F-2", "open", 10000, ahead),
        ]


async def test_the_balance_is_the_ledgers_and_the_last_statement_the_newest(resources):
    await make_tenant(resources, currency="USD")
    ana, eve = await make_customer(resources, plan="Pro"), await make_customer(resources, name="Eve")
    for period, amount in (("2026-01", 700), ("2026-02", 300)):
        for platform in ("Spotify", "Deezer"):
            await resources.pg.execute(
                "INSERT INTO royalty_lines (tenant_id, customer_id, release_id, track, platform, period, streams, "
                "currency, amount_minor) VALUES ('acme', $1, 'R', 'Luna', $2, $3, 100, 'USD', $4)",
                ana, platform, period, amount,
            )  # fmt: skip
    async with resources.tenant_connection("acme") as connection:
        await ledger.book(connection, "acme", "s1", [("royalties_available", ana, Money(1400, "USD")),
                          ("pool", None, Money(-1400, "USD"))], at=resources.clock.now())  # fmt: skip
        await ledger.book(connection, "acme", "s2", [("royalties_on_hold", ana, Money(600, "USD")),
                          ("pool", None, Money(-600, "USD"))], at=resources.clock.now())  # fmt: skip
    business = Business(resources, "acme", ana)
    balance = await business.balance()
    assert balance is not None
    assert (balance.available, balance.on_hold) == (Money(1400, "USD"), Money(600, "USD"))
    assert (balance.plan, balance.last_statement, balance.last_statement_total) == ("Pro", "2026-02", Money(600, "USD"))
    assert [(e.period, e.platform, e.amount.amount_minor) for e in await business.earnings()] == [
        ("2026-02", "Deezer", 300), ("2026-02", "Spotify", 300)]  # fmt: skip
    assert len(await business.earnings("2026")) == 4
    assert await Business(resources, "acme", eve).balance() is None
    assert await Business(resources, "acme", eve).earnings() == []


PAGE = """# Envíos y entregas
Llega en 2 a 4 días hábiles.
keywords: mandan flete domicilio

# Devoluciones
Aceptamos devoluciones dentro de 15 días.
keywords: regresar reembolso
"""


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("hacen envios?", "Envíos y entregas"), ("cuándo me lo entregan", "Envíos y entregas"),
        ("me lo mandan a domicilio", "Envíos y entregas"), ("quiero devolver algo", "Devoluciones"),
        ("quiero un reembolso", "Devoluciones"),
    ],
)  # fmt: skip
async def test_a_question_finds_its_passage_in_other_words_and_without_accents(resources, question, title):
    await make_tenant(resources)
    async with resources.tenant_connection("acme") as connection:
        assert await knowledge.put(connection, "acme", "ayuda.md", PAGE, "es") == 2
        best = (await knowledge.find(connection, "acme", question))[0]
    assert (best.title, best.source) == (title, "ayuda.md")
    assert "keywords" not in best.text
    assert best.score >= 0.3


async def test_a_page_is_replaced_whole_and_unrelated_questions_find_nothing(resources):
    await make_tenant(resources)
    async with resources.tenant_connection("acme") as connection:
        await knowledge.put(connection, "acme", "ayuda.md", PAGE, "es")
        await knowledge.put(connection, "acme", "ayuda.md", "# Horario\nAbrimos a las 9.", "es")
        assert await knowledge.find(connection, "acme", "quién ganó el mundial") == []
        assert await knowledge.find(connection, "acme", "hola") == []
        assert await knowledge.find(connection, "acme", "devoluciones") == []
        assert [k.title for k in await knowledge.find(connection, "acme", "a qué hora abren")] == ["Horario"]


async def test_tickets_opened_at_once_get_different_numbers(resources):
    await make_tenant(resources)
    ana = await make_customer(resources)

    async def one(at: int) -> str:
        async with resources.tenant_connection("acme") as connection:
            opened = await tickets.open_ticket(
                connection, "acme", ana, category="complaint", summary=str(at), now=resources.clock.now()
            )
            return opened.number

    numbers = await asyncio.gather(*(one(at) for at in range(8)))
    assert sorted(numbers) == [f"T-{1001 + at}" for at in range(8)]
    assert len(await Business(resources, "acme", ana).tickets()) == 8


async def test_recommended_is_what_was_bought_with_it_or_sells_best_and_is_in_stock(resources):
    await make_tenant(resources)
    ana = await make_customer(resources)
    kinds = {"BAL": ("Frenos", 4), "LIQ": ("Frenos", 9), "DIS": ("Frenos", 0), "FLT": ("Filtros", 5)}
    async with resources.tenant_connection("acme") as connection:
        await catalog.put(connection, "acme", [
            CatalogItem(sku=sku, name=sku, category=kind, price=Money(100, "MXN"), stock=Decimal(stock))
            for sku, (kind, stock) in kinds.items()
        ])  # fmt: skip
    sold = {"P-1": ["BAL", "LIQ"], "P-2": ["BAL", "DIS"], "P-3": ["FLT"], "P-4": ["FLT"], "P-5": ["BAL", "FLT"]}
    for number, skus in sold.items():
        await resources.pg.execute(
            "INSERT INTO orders (tenant_id, number, customer_id, status, currency, total_minor, placed_at) "
            "VALUES ('acme', $1, $2, $3, 'MXN', 100, now())",
            number, ana, "cancelled" if number == "P-5" else "delivered",
        )  # fmt: skip
        await resources.pg.executemany(
            "INSERT INTO order_items (tenant_id, number, line, sku, name, quantity) VALUES ('acme', $1, $2, $3, $3, 1)",
            [(number, line, sku) for line, sku in enumerate(skus)],
        )

    async def recommended(**asked):
        found = await Business(resources, "acme", ana).recommend(**asked)
        return found.kind, [item.sku for item in found.products]

    assert await recommended(beside=["BAL"]) == ("together", ["LIQ"])  # DIS is out of stock, P-5 was cancelled
    assert await recommended(beside=["DIS", "BAL"]) == ("together", ["LIQ"])
    assert await recommended(beside=["FLT"]) == ("best", ["BAL", "LIQ"])  # nothing with it, nothing else of its kind
    assert await recommended(among=["LIQ", "BAL", "DIS"]) == ("sellers", ["BAL", "LIQ"])
    assert await recommended() == ("best", ["BAL", "FLT", "LIQ"])
    await make_tenant(resources, "other")
    stranger = await make_customer(resources, "other")
    assert (await Business(resources, "other", stranger).recommend(beside=["BAL"])).products == ()
