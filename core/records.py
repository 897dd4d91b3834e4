"""The tenant's business as agents see it: products, quotes, orders, invoices, knowledge, royalties."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from core.messages import Struct
from core.money import Money

ALL_AGENTS = ("sales", "support", "royalties", "dunning")  # what a tenant has unless it chooses


class Tenant(Struct):
    """A customer of ours, as everything but its credentials."""

    id: str
    name: str
    environment: Literal["sandbox", "production"]
    currency: str
    timezone: str
    locale: str  # default language: es, en, pt
    agents: tuple[str, ...] = ALL_AGENTS
    business: str = ""  # one sentence: what this company sells, per its own words
    hours: str = ""  # opening hours in words, e.g. `L-V 9:00-18:00`
    withdrawal_minimum: Decimal = Decimal(10)  # in the tenant's currency
    # A send of which nobody can learn whether it arrived: list it for people, or send it again and say so.
    unknown_policy: Literal["resend", "hold"] = "hold"
    llm_budget_usd: float | None = None  # a month; None: that of the settings
    burst_pause_ms: int | None = None  # None: that of the settings
    prompts: tuple[str, ...] = ()  # versions of the prompts: one, or two that are compared


class Product(Struct):
    """One catalogue item; `score` is set by a search (0..1)."""

    sku: str
    name: str
    price: Money
    unit: str = "PZA"
    stock: Decimal = Decimal(0)
    category: str = ""
    brand: str = ""
    score: float = 0.0
    # Words of the question, as core.words makes them, that it has not; with `?` those that no product has.
    lacks: tuple[str, ...] = ()


class Recommended(Struct):
    """Products that orders speak for. `kind`: bought `together`, `sellers` of the same sort, or the `best` of all."""

    kind: str
    products: tuple[Product, ...] = ()


class ProductFilter(Struct):
    """What a product must be beside fitting the words; prices in minor units of the catalogue's currency."""

    least: int | None = None
    most: int | None = None
    in_stock: bool = False
    category: str = ""

    def takes(self, product: Product) -> bool:
        """Whether the product is one of these."""
        price = product.price.amount_minor
        return (
            (self.least is None or price >= self.least)
            and (self.most is None or price <= self.most)
            and (not self.in_stock or product.stock > 0)
            and self.category.lower() in ("", product.category.lower())
        )


class CatalogItem(Struct):
    """A product as a tenant writes it into the catalogue; `aliases` are other names that customers use."""

    sku: str
    name: str
    price: Money
    aliases: tuple[str, ...] = ()
    brand: str = ""
    category: str = ""
    unit: str = "PZA"
    stock: Decimal = Decimal(0)
    attributes: dict[str, Any] = {}
    active: bool = True


class QuoteLine(Struct):
    """Quantity of one product at its unit price; `total` is quantity x price before discount and tax."""

    product: Product
    quantity: Decimal
    total: Money
    discount: Money | None = None


class QuoteTotal(Struct):
    """The priced sum of some lines. `tax_rate` is a fraction; `total` = `subtotal` - `discount` + `tax`."""

    lines: tuple[QuoteLine, ...]
    subtotal: Money
    discount: Money
    tax_rate: Decimal
    tax: Money
    total: Money


QuoteStatus = Literal["draft", "sent", "accepted", "expired", "void"]


class Quote(Struct):
    """One version of an offer. `extra` is the negotiated discount, a fraction on top of the volume discounts."""

    number: str
    version: int
    status: QuoteStatus
    sums: QuoteTotal
    created_on: date
    valid_until: date
    extra: Decimal = Decimal(0)
    reason: str | None = None  # why it is void
    pdf: str = ""  # public links to the documents
    xlsx: str = ""


class OrderLine(Struct):
    """One line of an order; `total` is the customer's price of it with its part of the tax."""

    name: str
    quantity: Decimal
    total: Money


class Order(Struct):
    """An order of this customer."""

    number: str
    status: Literal["new", "paid", "packed", "shipped", "delivered", "cancelled"]
    total: Money
    placed_on: date
    tracking: str | None = None
    eta: date | None = None
    items: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...] = ()  # the same items with what each cost


class Back(Struct):
    """What of one line of an order is in returns already, in pieces and in minor units."""

    pieces: Decimal = Decimal(0)
    credit_minor: int = 0


class Returnable(Struct):
    """What an agent must know of an order before it offers a return."""

    backs: tuple[Back, ...]  # of each line
    days: int  # within which a return may be asked for
    late: bool  # these days are over: a person decides
    conditions: str = ""  # what nobody can check in a chat, in the tenant's words


class Invoice(Struct):
    """An invoice of this customer with something still to pay; `due` is what remains."""

    number: str
    status: str
    total: Money
    due: Money
    due_on: date
    days_overdue: int  # negative: days until it is due
    payment_url: str | None = None


class KnowledgeAnswer(Struct):
    """A passage of the tenant's knowledge base that answers a question; `score` 0..1."""

    title: str
    text: str
    source: str
    score: float


class RoyaltyBalance(Struct):
    """What a music customer may withdraw, what is on hold, and the last statement."""

    available: Money
    on_hold: Money
    plan: str | None
    last_statement: str | None  # period, e.g. `2026-09`
    last_statement_total: Money | None


class Earning(Struct):
    """Earnings of one track on one platform in one period; `release` is the title that the track came out on."""

    title: str
    platform: str
    period: str
    streams: int
    amount: Money
    release: str = ""


class WithdrawalStep(Struct):
    """Where a withdrawal of royalties stands after what the customer just wrote."""

    state: Literal[
        "code_sent", "confirmed", "cancelled",
        "no_account", "nothing", "too_little", "too_much", "unreachable", "too_many_codes",
        "wrong_code", "blocked", "expired", "no_code",
    ]  # fmt: skip
    amount: Money | None = None
    available: Money | None = None
    minimum: Money | None = None
    number: str | None = None
    sent_to: str = ""  # where the code went, masked
    minutes: int = 0  # that a code is good for
    attempts_left: int = 0


class WithdrawalState(Struct):
    """How one withdrawal of this customer stands; without a `number` it was never confirmed."""

    state: Literal["code", "expired", "refused", "left", "requested", "paid", "reversed"]
    amount: Money
    at: datetime  # when it came to stand so; of `code` and `expired`: until when the code is good
    number: str = ""
    sent_to: str = ""  # where the code went, masked


class Release(Struct):
    """A music release of this customer."""

    title: str
    status: Literal["draft", "in_review", "scheduled", "live", "rejected"]
    release_date: date | None
    upc: str | None = None


class Ticket(Struct):
    """A support ticket."""

    number: str
    category: str
    status: str  # open, closed
    opened_at: datetime
    priority: int = 5
    summary: str = ""


class ReturnStep(Struct):
    """What became of a customer's wish to return lines of an order."""

    state: Literal["authorised", "credited", "rejected", "over_limit", "late", "too_many", "known"]
    number: str = ""  # of the return authorisation; none when a person decides
    amount: Money | None = None
    ticket: str = ""
    credit_note: str = ""
    days: int = 0  # within which a return may be asked for


class Waiting(Struct):
    """How long a customer waits for a person, as far as it can be told."""

    ahead: int  # conversations that wait for a person already
    minutes: int  # until somebody answers this one, while people are there
