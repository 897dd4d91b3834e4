"""Sonora: a music distributor in Bogotá; its customers are artists with releases, statements and balances."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from core.money import Money
from core.records import CatalogItem
from storage.seed.people import COLOMBIAN, people
from storage.seed.sales import bookings
from storage.seed.shape import Booking, Demo, Invoice, Person, Release, Royalty

ID = "sonora"
PLANS = (("Básico", "19.99"), ("Pro", "49.99"), ("Label", "99.99"))
SERVICES = (
    ("SRV-MASTER", "Masterización por canción", "35.00", "Servicios", ("mastering",)),
    ("SRV-PORTADA", "Diseño de portada", "45.00", "Servicios", ("carátula", "cover art")),
    ("SRV-VIDEO", "Distribución de video musical", "25.00", "Servicios", ("videoclip", "vevo")),
    ("SRV-PLAYLIST", "Campaña de pitching a playlists", "120.00", "Promoción", ("promoción en spotify",)),
    ("SRV-CONTENTID", "YouTube Content ID", "9.99", "Servicios", ("monetizar youtube", "content id")),
    ("SRV-LETRAS", "Publicación de letras sincronizadas", "5.00", "Servicios", ("lyrics",)),
    ("SRV-EDITORIAL", "Registro editorial de obras", "30.00", "Servicios", ("publishing", "derechos de autor")),
)
PLATFORMS = (("Spotify", "0.0031"), ("Apple Music", "0.0068"), ("YouTube Music", "0.0019"), ("Deezer", "0.0042"))
COUNTRIES = ("CO", "MX", "US", "AR", "ES")
_FIRST = ("Noche", "Río", "Fuego", "Barrio", "Luna", "Selva", "Ciudad", "Viento", "Sal", "Raíz", "Marea", "Neblina")
_SECOND = ("de Enero", "Sin Fin", "del Sur", "Eléctrica", "en la 26", "y Café", "Perdida", "de Cobre", "Mojada",
           "Profunda")  # fmt: skip
STATES = ("live", "live", "live", "live", "scheduled", "in_review", "draft", "rejected")


def items() -> Iterator[CatalogItem]:
    """Plans and services."""
    for name, price in PLANS:
        yield CatalogItem(
            sku=f"PLAN-{name.upper().replace('Á', 'A')}", name=f"Plan {name}", price=Money.of(price, "USD"), unit="MES",
            category="Planes", stock=Decimal(9999),
            aliases=(f"suscripción {name}", f"membresía {name}", f"paquete {name}"),
        )  # fmt: skip
    for sku, name, price, category, aliases in SERVICES:
        yield CatalogItem(
            sku=sku, name=name, price=Money.of(price, "USD"), category=category, aliases=aliases, stock=Decimal(9999)
        )


def periods(today: date) -> list[str]:
    """The last twelve statements, oldest first: the newest is last month's."""
    month = today.year * 12 + today.month - 1 - 1
    return [f"{at // 12}-{at % 12 + 1:02d}" for at in range(month - 11, month + 1)]


def _releases(random: Random, today: date, artists: list[Person]) -> Iterator[Release]:
    for owner, artist in enumerate(artists):
        for nth in range(random.randint(1, 4)):
            state = "live" if nth == 0 else random.choice(STATES)
            title = f"{random.choice(_FIRST)} {random.choice(_SECOND)}"
            days = {"live": -random.randint(400, 1200), "scheduled": random.randint(5, 40)}.get(state)
            tracks = tuple(
                (title if at == 0 else f"{random.choice(_FIRST)} {random.choice(_SECOND)}",
                 f"COS0{owner:02d}2{nth:01d}{at:05d}")
                for at in range(random.choice((1, 1, 3, 6)))
            )  # fmt: skip
            yield Release(
                id=f"REL-{owner + 1:03d}-{nth + 1}", owner=owner, title=title, artist=artist.name, status=state,
                release_date=today + timedelta(days=days) if days else None,
                upc=f"7709{owner:04d}{nth:04d}{(owner * 7 + nth) % 10}" if state in ("live", "scheduled") else None,
                tracks=tracks,
            )  # fmt: skip


def _royalties(random: Random, months: list[str], releases: list[Release]) -> Iterator[Royalty]:
    for release in releases:
        if release.status != "live":
            continue
        fame = random.randint(900, 40_000)
        for track, _ in release.tracks:
            for platform, rate in PLATFORMS:
                for period in months:
                    streams = int(fame * random.uniform(0.4, 1.7))
                    yield Royalty(
                        owner=release.owner, release=release.id, track=track, platform=platform,
                        country=random.choice(COUNTRIES), period=period, streams=streams,
                        amount=Money.of(Decimal(rate) * streams, "USD"),
                    )  # fmt: skip


def _statements(random: Random, royalties: list[Royalty]) -> Iterator[Booking]:
    """Each statement is booked to its artist; the newest of every fifth waits on hold; some were paid out."""
    sums: dict[tuple[str, int], Money] = {}
    for line in royalties:
        key = (line.period, line.owner)
        sums[key] = sums.get(key, Money(0, "USD")) + line.amount
    newest = max(period for period, _ in sums)
    held: dict[int, Money] = {}
    for (period, owner), amount in sorted(sums.items()):
        year, month = map(int, period.split("-"))
        at = datetime(year, month, 1, 15, tzinfo=UTC) + timedelta(days=32)
        account = "royalties_on_hold" if period == newest and owner % 5 < 2 else "royalties_available"
        yield Booking(
            id=f"statement:{period}:{owner}", at=at, memo=f"statement {period}",
            entries=((account, owner, amount), ("royalties_pool", None, Money(-amount.amount_minor, "USD"))),
        )  # fmt: skip
        held[owner] = held.get(owner, Money(0, "USD")) + amount
        if period.endswith("06") and period != newest and random.random() < 0.6:
            out = held.pop(owner)
            yield Booking(
                id=f"withdrawal:{period}:{owner}", at=at + timedelta(days=5), memo="withdrawal",
                entries=(("royalties_available", owner, Money(-out.amount_minor, "USD")), ("paid_out", None, out)),
            )  # fmt: skip


def _invoices(today: date, artists: list[Person]) -> Iterator[Invoice]:
    """A monthly invoice of the plan: the newest open for many, some of the one before overdue."""
    prices = dict(PLANS)
    serial = 2000
    for owner, artist in enumerate(artists):
        price = Money.of(prices[artist.profile["plan"]], "USD")
        for age, paid in ((62, True), (32, owner % 4 != 0), (2, owner >= 6 and owner % 3 == 1)):
            serial += 1
            issued = today - timedelta(days=age)
            yield Invoice(
                number=f"S-{serial}", owner=owner, total=price, issued_on=issued, due_on=issued + timedelta(days=10),
                paid=price if paid else Money(0, "USD"), status="paid" if paid else "open",
            )  # fmt: skip


def make(today: date) -> Demo:
    """The tenant as it stands on this day."""
    random = Random(57)
    artists = [
        Person(name=person.name, locale="es", identities=person.identities,
               profile={**person.profile, "plan": PLANS[(2, 1, 0, 1, 0)[at % 5]][0]})
        for at, person in enumerate(people(2, COLOMBIAN, "es", seed=57))
    ]  # fmt: skip
    releases = list(_releases(random, today, artists))
    royalties = list(_royalties(random, periods(today), releases))
    invoices = list(_invoices(today, artists))
    booked = [*_statements(random, royalties), *(booking for one in invoices for booking in bookings(one))]
    return Demo(
        id=ID, name="Sonora Distribución Musical", currency="USD", timezone="America/Bogota", locale="es", number=2,
        settings={
            "tax_rate": "0", "agents": ["sales", "support", "royalties", "dunning"],
            "business": "Distribución de música independiente a Spotify, Apple Music, YouTube y 150 plataformas.",
            "hours": "lunes a viernes de 8:00 a 18:00", "withdrawal_minimum": "10",
        },
        items=tuple(items()), people=tuple(artists), orders=(), invoices=tuple(invoices), bookings=tuple(booked),
        pages=("sonora.md",), tiers=(("category:Planes", 12, "0.15"),), releases=tuple(releases),
        royalties=tuple(royalties),
    )  # fmt: skip
