"""What a demo tenant consists of, before it has any database ids: pure data, the same for the same day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from core.messages import Struct
from core.money import Money
from core.records import CatalogItem


class Person(Struct):
    """A customer; the place in `Demo.people` is its number. `identities` are (kind, value)."""

    name: str
    locale: str
    identities: tuple[tuple[str, str], ...]
    profile: dict[str, Any] = {}


class Line(Struct):
    """One line of an order."""

    item: CatalogItem
    quantity: Decimal


class Order(Struct):
    """An order of the person at `owner`."""

    number: str
    owner: int
    status: str
    placed_at: datetime
    lines: tuple[Line, ...]
    total: Money
    carrier: str | None = None
    tracking: str | None = None
    eta: date | None = None


class Invoice(Struct):
    """An invoice of the person at `owner`; `paid` is booked as one payment."""

    number: str
    owner: int
    total: Money
    paid: Money
    issued_on: date
    due_on: date
    status: str
    order: str | None = None

    @property
    def paid_at(self) -> datetime:
        """When its payment came in, if there was one."""
        return datetime.combine(self.issued_on, time(18), UTC) + timedelta(days=3)


class Booking(Struct):
    """One ledger transaction: entries of (account, owner or None, amount)."""

    id: str
    entries: tuple[tuple[str, int | None, Money], ...]
    at: datetime
    memo: str


class Release(Struct):
    """A release of the artist at `owner`."""

    id: str
    owner: int
    title: str
    artist: str
    status: str
    release_date: date | None
    upc: str | None
    tracks: tuple[tuple[str, str], ...]  # (title, ISRC)


class Royalty(Struct):
    """What one track earned on one platform in one period."""

    owner: int
    release: str
    track: str
    platform: str
    country: str
    period: str
    streams: int
    amount: Money


class Demo(Struct):
    """A whole tenant."""

    id: str
    name: str
    currency: str
    timezone: str
    locale: str
    settings: dict[str, Any]
    number: int  # 1, 2, 3: keeps addresses of the demo tenants apart
    items: tuple[CatalogItem, ...]
    people: tuple[Person, ...]
    orders: tuple[Order, ...]
    invoices: tuple[Invoice, ...]
    bookings: tuple[Booking, ...]
    pages: tuple[str, ...]  # files of storage/seed/pages
    tiers: tuple[tuple[str, int, str], ...] = ()  # (scope, least quantity, rate)
    releases: tuple[Release, ...] = ()
    royalties: tuple[Royalty, ...] = ()


Make = Callable[[date], Demo]
