"""Ferragens Paulista: a hardware wholesaler in São Paulo with about 600 articles."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

from core.money import Money
from core.records import CatalogItem
from storage.seed.people import BRAZILIAN, people
from storage.seed.sales import Terms, sales
from storage.seed.shape import Demo

ID = "ferragens"
TERMS = Terms("V", Decimal(0), 28, ("Correios", "Jadlog", "Braspress"))

# What a customer confirms with a return, and what the page about returns says.
CONDITIONS = {
    "pt": "o produto está sem uso, na embalagem e com a nota fiscal; fios, cabos e mangueiras cortados sob medida não "
    "têm devolução nem troca.",
    "es": "el producto va sin uso, en su empaque y con la factura; cables y mangueras cortados a la medida no tienen "
    "devolución ni cambio.",
    "en": "the product is unused, in its packaging and with the invoice; wires, cables and hoses cut to measure are "
    "not taken back or exchanged.",
}
ARTICLES = Path(__file__).parent / "pages" / "ferragens.articles.txt"


class Article(NamedTuple):
    """One article in its sizes and makes; `price` is of the first size, in reais; each next size costs 8 % more."""

    code: str
    name: str
    category: str
    unit: str
    price: Decimal
    makes: tuple[str, ...]
    sizes: tuple[str, ...]
    aliases: tuple[str, ...]


def articles() -> Iterator[Article]:
    """Read the table of articles."""
    for line in ARTICLES.read_text("utf-8").splitlines()[1:]:
        code, name, category, unit, price, *lists = line.split("|")
        makes, sizes, aliases = (tuple(filter(None, text.split("; "))) for text in lists)
        yield Article(code, name, category, unit, Decimal(price), makes, sizes, aliases)


def items() -> Iterator[CatalogItem]:
    """Every article in every size of every make."""
    random = Random(55)
    for article in articles():
        for brand_at, brand in enumerate(article.makes):
            for size_at, size in enumerate(article.sizes):
                price = article.price * Decimal("1.08") ** size_at * (1 + Decimal(brand_at) / 20)
                yield CatalogItem(
                    sku=f"{article.code}{brand_at + 1}{size_at + 1:02d}",
                    name=f"{article.name} {size} {brand}",
                    price=Money.of(price, "BRL"),
                    aliases=tuple(f"{alias} {size}" for alias in article.aliases),
                    brand=brand,
                    category=article.category,
                    unit=article.unit,
                    stock=Decimal(random.choice([0, 15, 40, 80, 150, 300, 1200])),
                )


def make(today: date) -> Demo:
    """The tenant as it stands on this day."""
    goods = tuple(items())
    customers = tuple(people(3, BRAZILIAN, "pt", seed=55))
    orders, invoices, bookings = sales(today, goods, len(customers), TERMS, seed=55)
    return Demo(
        id=ID, name="Ferragens Paulista", currency="BRL", timezone="America/Sao_Paulo", locale="pt", number=3,
        settings={
            "tax_rate": "0", "agents": ["sales", "support", "dunning"],
            "business": "Atacado de ferragens: fixação, ferramentas, hidráulica, elétrica, tintas e construção.",
            "hours": "segunda a sexta das 7:30 às 18:00 e sábados das 8:00 às 13:00", "order_prefix": TERMS.prefix,
            "return_limits": {"days": 7, "conditions": CONDITIONS},
        },
        items=goods, people=customers, orders=tuple(orders), invoices=tuple(invoices), bookings=tuple(bookings),
        pages=("ferragens.md",),
        tiers=(("all", 20, "0.05"), ("all", 100, "0.10"),
               ("category:Fixação", 500, "0.15"), ("category:Construção", 30, "0.07")),
    )  # fmt: skip
