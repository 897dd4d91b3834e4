"""Orders, invoices, payments and their bookings for a tenant that sells goods."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from core.money import Money
from core.records import CatalogItem
from storage.seed.shape import Booking, Invoice, Line, Order

# Age in days of the orders that every one of the first customers has, so that each persona has a story:
# one on its way, one delivered whose invoice is overdue, one older and paid.
STORY = ((4, "shipped"), (41, "delivered"), (96, "delivered"))
OTHERS = ((1, "new"), (2, "paid"), (3, "packed"), (6, "shipped"), (12, "cancelled"), (25, "delivered"),
          (70, "delivered"))  # fmt: skip


class Terms(NamedTuple):
    """How the tenant sells: prefix of its numbers, tax, days to pay, carriers."""

    prefix: str
    tax: Decimal
    days: int
    carriers: tuple[str, ...]
    story: int = 6  # so many customers have the whole story


def sales(
    today: date, items: Sequence[CatalogItem], people: int, terms: Terms, seed: int
) -> tuple[list[Order], list[Invoice], list[Booking]]:
    """Everything sold in the last months."""
    random = Random(seed)
    plan = [(owner, age, status) for owner in range(min(terms.story, people)) for age, status in STORY]
    for owner in range(terms.story, people):
        some = random.sample(OTHERS, random.randint(0, 4))
        plan += [(owner, age + random.randint(0, 5), status) for age, status in some]
    plan.sort(key=lambda entry: (-entry[1], entry[0]))
    orders = [
        _order(random, today, items, terms, serial, *entry) for serial, entry in enumerate(plan, 1001)
    ]
    invoices = [
        _invoice(random, today, terms, order) for order in orders if order.status not in ("new", "cancelled")
    ]
    return orders, invoices, [booking for invoice in invoices for booking in bookings(invoice)]


def _order(
    random: Random, today: date, items: Sequence[CatalogItem], terms: Terms, serial: int, owner: int, age: int,
    status: str,
) -> Order:  # fmt: skip
    lines = tuple(Line(item=item, quantity=Decimal(random.choice((1, 1, 2, 2, 4, 6, 10)))) for item in
                  random.sample(items, random.randint(1, 4)))  # fmt: skip
    subtotal = sum((line.item.price.times(line.quantity) for line in lines), Money(0, items[0].price.currency))
    placed = datetime.combine(today - timedelta(days=age), time(14 + random.randint(0, 7), random.randint(0, 59)), UTC)
    sent = status in ("shipped", "delivered")
    return Order(
        number=f"{terms.prefix}-{serial}", owner=owner, status=status, placed_at=placed, lines=lines,
        total=subtotal + subtotal.times(terms.tax),
        carrier=random.choice(terms.carriers) if sent else None,
        tracking=f"{random.randint(10**9, 10**10 - 1)}" if sent else None,
        eta=_eta(today, age, status),
    )  # fmt: skip


def _eta(today: date, age: int, status: str) -> date | None:
    """When an order comes, or came."""
    if status == "delivered":
        return today - timedelta(days=age - 3)
    days = {"shipped": 2, "paid": 5, "packed": 5}.get(status)
    return None if days is None else today + timedelta(days=days)


def _invoice(random: Random, today: date, terms: Terms, order: Order) -> Invoice:
    issued = order.placed_at.date()
    due = issued + timedelta(days=terms.days)
    nothing = Money(0, order.total.currency)
    if order.owner < terms.story:
        paid = order.total if (today - issued).days > 60 else nothing
    elif due < today:
        paid = random.choice((order.total, order.total, order.total, nothing, order.total.times(Decimal("0.4"))))
    else:
        paid = random.choice((order.total, nothing, nothing, order.total.times(Decimal("0.5"))))
    status = "paid" if paid == order.total else "partially_paid" if paid.amount_minor else "open"
    return Invoice(
        number=f"F-{order.number.split('-')[1]}", owner=order.owner, total=order.total, paid=paid, issued_on=issued,
        due_on=due, status=status, order=order.number,
    )  # fmt: skip


def bookings(invoice: Invoice) -> list[Booking]:
    """An invoice makes a claim on its customer; a payment turns the claim into cash."""
    nothing = Money(0, invoice.total.currency)
    issued = datetime.combine(invoice.issued_on, time(18), UTC)
    made = [
        Booking(
            id=f"invoice:{invoice.number}", at=issued, memo=invoice.number,
            entries=(("receivable", invoice.owner, invoice.total), ("sales", None, nothing - invoice.total)),
        )
    ]  # fmt: skip
    if invoice.paid.amount_minor:
        made.append(
            Booking(
                id=f"payment:{invoice.number}", at=invoice.paid_at, memo=invoice.number,
                entries=(("cash", None, invoice.paid), ("receivable", invoice.owner, nothing - invoice.paid)),
            )
        )  # fmt: skip
    return made
