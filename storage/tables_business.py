"""Tables of the tenant's business (SQLModel): quotes, orders, money, music, tickets, dunning.

Every key begins with `tenant_id`, every table has row-level security, every amount is BIGINT minor units.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    text,
)
from sqlmodel import Field, SQLModel

from storage.columns import counted_key, customer, minor, quantity, tenant_key, words
from storage.tables import json_column, moment


class Quote(SQLModel, table=True):
    """One version of a priced offer: draft, sent, accepted, expired or void; `reason` says why it is void."""

    __tablename__ = "quotes"
    __table_args__ = (
        Index("quotes_conversation", "tenant_id", "conversation_id", text("created_at DESC")),
        CheckConstraint("status IN ('draft', 'sent', 'accepted', 'expired', 'void')", name="quotes_status"),
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    version: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    customer_id: int = Field(sa_column=customer())
    conversation_id: str | None = None
    status: str = Field(default="draft", sa_column_kwargs={"server_default": "draft"})
    currency: str
    subtotal_minor: int = Field(sa_column=minor())
    discount_minor: int = Field(sa_column=minor())
    extra_rate: Decimal = Field(sa_column=Column(Numeric(6, 4), nullable=False, server_default="0"))  # negotiated
    tax_rate: Decimal = Field(sa_column=Column(Numeric(6, 4), nullable=False, server_default="0"))
    tax_minor: int = Field(sa_column=minor())
    total_minor: int = Field(sa_column=minor())
    valid_until: date | None = None
    reason: str | None = None
    created_at: datetime = Field(sa_column=moment())


class QuoteLine(SQLModel, table=True):
    """A line of a quote as it was offered, whatever the catalogue says later."""

    __tablename__ = "quote_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "number", "version"],
            ["quotes.tenant_id", "quotes.number", "quotes.version"],
            ondelete="CASCADE",
        ),
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    version: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    line: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    sku: str
    name: str
    unit: str = Field(sa_column=words("PZA"))
    quantity: Decimal = Field(sa_column=quantity())
    unit_price_minor: int = Field(sa_column=minor())
    discount_minor: int = Field(sa_column=minor())
    total_minor: int = Field(sa_column=minor())


class Order(SQLModel, table=True):
    """What a customer bought: new, paid, packed, shipped, delivered or cancelled."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_customer", "tenant_id", "customer_id", text("placed_at DESC")),
        Index("orders_quote", "tenant_id", "quote_number", unique=True),  # a quote becomes one order
        Index("orders_newest", "tenant_id", text("placed_at DESC"), "number"),  # what recommendations look at
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer(index=False))
    quote_number: str | None = None
    status: str = Field(default="new", sa_column_kwargs={"server_default": "new"})
    currency: str
    total_minor: int = Field(sa_column=minor())
    carrier: str | None = None
    tracking: str | None = None
    eta: date | None = Field(default=None, sa_column=Column(Date))
    placed_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())


class OrderItem(SQLModel, table=True):
    """One line of an order as it was sold."""

    __tablename__ = "order_items"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "number"], ["orders.tenant_id", "orders.number"], ondelete="CASCADE"),
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    line: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    sku: str
    name: str
    unit: str = Field(sa_column=words("PZA"))
    quantity: Decimal = Field(sa_column=quantity())
    unit_price_minor: int = Field(sa_column=minor())
    total_minor: int = Field(sa_column=minor())


class Invoice(SQLModel, table=True):
    """What a customer owes. `status`: draft, open, partially_paid, paid, uncollectible, void, refunded, disputed.

    Overdue is no status: it follows from `due_on` and the tenant's date.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        Index("invoices_customer", "tenant_id", "customer_id", "due_on"),
        Index(
            "invoices_due", "tenant_id", "due_on", postgresql_where=text("status IN ('open', 'partially_paid')")
        ),
        Index(
            "invoices_dunning", "tenant_id", "dunning_at",
            postgresql_where=text("status IN ('open', 'partially_paid')"),
        ),
        CheckConstraint("paid_minor >= 0 AND total_minor >= 0", name="invoices_amounts"),
    )  # fmt: skip
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer(index=False))
    order_number: str | None = None
    status: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    currency: str
    total_minor: int = Field(sa_column=minor())
    paid_minor: int = Field(sa_column=minor())
    issued_on: date
    due_on: date
    promised_for: date | None = None
    payment_url: str | None = None
    updated_at: datetime = Field(sa_column=moment())
    # When dunning looks at it next, in the tenant's time; -infinity: at once, it is new or changed (a trigger says so).
    dunning_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("'-infinity'"))
    )
    settled_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))  # in real time


class Payment(SQLModel, table=True):
    """Money that a provider reports, one row per payment intent; `rank` only grows: events may come in any order.

    `status`: created, declined, pending, failed, succeeded, partially_refunded, refunded, disputed, lost, flagged
    (does not fit the debt: a person decides). `amount_minor` is what was received once the rank is 30, before that
    what was asked for; `lost_minor` went back by a lost dispute; `detail` holds the facts that events told.
    `received_at` is when the money came in, in the tenant's time; NULL when nobody said.
    """

    __tablename__ = "payments"
    __table_args__ = (
        Index("payments_provider", "tenant_id", "provider", "provider_id", unique=True),
        Index("payments_invoice", "tenant_id", "invoice_number"),
    )
    tenant_id: str = tenant_key()
    id: str = Field(primary_key=True)
    customer_id: int | None = Field(default=None, sa_column=customer(nullable=True))
    invoice_number: str | None = None
    order_number: str | None = None
    quote_number: str | None = None
    provider: str  # stripe, mercado_pago, transfer, cash
    provider_id: str
    method: str = Field(sa_column=words())
    status: str
    rank: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))
    refunded_minor: int = Field(sa_column=minor())
    lost_minor: int = Field(sa_column=minor())
    detail: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())
    received_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class LedgerEntry(SQLModel, table=True):
    """One side of a booking, append-only. The entries of one transaction sum to zero: a deferred trigger checks it.

    `account`: `receivable`, `cash`, `sales`, `royalties_available`, `royalties_on_hold`, `royalties_pool`, `paid_out` …
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ledger_entries_transaction", "tenant_id", "transaction_id"),
        Index("ledger_entries_account", "tenant_id", "customer_id", "account"),
    )
    tenant_id: str = tenant_key()
    id: int = Field(sa_column=counted_key())
    transaction_id: str
    account: str
    customer_id: int | None = Field(default=None, sa_column=customer(index=False, nullable=True))
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))
    memo: str = Field(sa_column=words())
    booked_at: datetime = Field(sa_column=moment())


class Ticket(SQLModel, table=True):
    """Something that a person must solve."""

    __tablename__ = "tickets"
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer())
    conversation_id: str | None = None
    category: str
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="5"))
    status: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    summary: str = Field(sa_column=words())
    external_ref: str | None = None
    opened_at: datetime = Field(sa_column=moment())
    closed_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class Return(SQLModel, table=True):
    """A return authorisation (RMA) of some lines of an order: authorised, credited or rejected."""

    __tablename__ = "returns"
    __table_args__ = (Index("returns_order", "tenant_id", "order_number"),)
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer())
    order_number: str
    ticket_number: str | None = None
    status: str = Field(default="requested", sa_column_kwargs={"server_default": "requested"})
    reason: str = Field(sa_column=words())
    currency: str
    credit_minor: int = Field(sa_column=minor())
    lines: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False, server_default="{}"))  # from 0
    # Of each of these lines; empty in returns of whole lines from before these were kept.
    pieces: list[Decimal] = Field(sa_column=Column(ARRAY(Numeric), nullable=False, server_default="{}"))
    credits: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False, server_default="{}"))
    credit_note: str | None = None
    created_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())


class Release(SQLModel, table=True):
    """A music release: draft, in_review, scheduled, live or rejected; `tracks` is a list of {title, isrc}."""

    __tablename__ = "releases"
    tenant_id: str = tenant_key()
    id: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer())
    title: str
    artist: str
    status: str
    release_date: date | None = None
    upc: str | None = None
    reason: str | None = None
    tracks: list[Any] = Field(sa_column=json_column("[]"))


class RoyaltyLine(SQLModel, table=True):
    """What one track earned on one platform in one period (`2026-09`)."""

    __tablename__ = "royalty_lines"
    __table_args__ = (Index("royalty_lines_customer", "tenant_id", "customer_id", "period"),)
    tenant_id: str = tenant_key()
    id: int = Field(sa_column=counted_key())
    customer_id: int = Field(sa_column=customer(index=False))
    release_id: str
    track: str
    platform: str
    country: str = Field(sa_column=words())
    period: str
    streams: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))


class Withdrawal(SQLModel, table=True):
    """A payout of royalties; `request_key` makes a repeated request the same one."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        Index("withdrawals_request", "tenant_id", "customer_id", "request_key", unique=True),
        CheckConstraint("amount_minor > 0", name="withdrawals_amount"),
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer(index=False))
    request_key: str
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))
    status: str = Field(default="requested", sa_column_kwargs={"server_default": "requested"})
    method: str = Field(sa_column=words())
    transaction_id: str | None = None
    requested_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())
