"""Refacciones Mexicanas: an auto-parts dealer in Mexico City with 1,000 parts."""

from datetime import date
from decimal import Decimal

from storage.seed.parts import items
from storage.seed.people import MEXICAN, people
from storage.seed.sales import Terms, sales
from storage.seed.shape import Demo

ID = "refamex"
TERMS = Terms("P", Decimal("0.16"), 30, ("Estafeta", "DHL", "Paquetexpress"))

# What a customer confirms with a return, and what the page about returns says.
CONDITIONS = {
    "es": "la pieza va sin instalar, en su empaque original y con la nota o factura; en partes eléctricas solo hay "
    "cambio por garantía.",
    "en": "the part was not installed and comes in its original packaging with the receipt or invoice; electrical "
    "parts are only exchanged under warranty.",
    "pt": "a peça não foi instalada e vem na embalagem original com a nota; peças elétricas só têm troca em garantia.",
}


def make(today: date) -> Demo:
    """The tenant as it stands on this day."""
    parts = tuple(items(1000, seed=52))
    customers = tuple(people(1, MEXICAN, "es", seed=52))
    orders, invoices, bookings = sales(today, parts, len(customers), TERMS, seed=52)
    return Demo(
        id=ID, name="Refacciones Mexicanas", currency="MXN", timezone="America/Mexico_City", locale="es", number=1,
        settings={
            "tax_rate": "0.16", "agents": ["sales", "support", "dunning"],
            "business": "Refacciones de frenos, suspensión, filtros, motor, eléctrico, llantas y lubricantes.",
            "hours": "lunes a viernes de 9:00 a 19:00 y sábados de 9:00 a 15:00", "order_prefix": TERMS.prefix,
            "return_limits": {"days": 15, "conditions": CONDITIONS},
        },
        items=parts, people=customers, orders=tuple(orders), invoices=tuple(invoices), bookings=tuple(bookings),
        pages=("refamex.md",),
        tiers=(("all", 10, "0.05"), ("all", 50, "0.08"),
               ("category:Lubricantes", 12, "0.10"), ("category:Llantas", 4, "0.06")),
    )  # fmt: skip
