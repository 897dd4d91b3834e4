"""Tables of payments (SQLModel): accounts at providers, links, and what is booked for each debt."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, text
from sqlmodel import Field, SQLModel

from storage.columns import customer, minor, tenant_key
from storage.tables import json_column, moment


class PaymentAccount(SQLModel, table=True):
    """A tenant's credentials at one payment provider; `secrets` is encrypted JSON."""

    __tablename__ = "payment_accounts"
    tenant_id: str = tenant_key()
    provider: str = Field(primary_key=True)
    secrets: bytes = Field(sa_type=LargeBinary)
    settings: dict[str, Any] = Field(sa_column=json_column())
    api_base: str = Field(default="", sa_column_kwargs={"server_default": ""})
    reconciled_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))  # events seen up to here
    asked_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))  # for its events
    created_at: datetime = Field(sa_column=moment())


class PaymentLinkRow(SQLModel, table=True):
    """A link that we asked a provider for: making, open, expired, failed or complete. `id` is our idempotency key."""

    __tablename__ = "payment_links"
    __table_args__ = (
        Index("payment_links_document", "tenant_id", "kind", "number", "attempt", unique=True),
        Index("payment_links_provider", "tenant_id", "provider", "provider_id"),
        Index("payment_links_open", "expires_at", postgresql_where=text("status IN ('making', 'open')")),
    )
    tenant_id: str = tenant_key()
    id: str = Field(primary_key=True)
    provider: str
    kind: str
    number: str
    attempt: int = Field(sa_column=Column(SmallInteger, nullable=False))
    customer_id: int = Field(sa_column=customer())
    conversation_id: str | None = None
    status: str = Field(default="making", sa_column_kwargs={"server_default": "making"})
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))
    locale: str
    provider_id: str | None = None
    url: str | None = None
    expires_at: datetime = Field(sa_column=moment(default=False))
    created_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())


class PaymentBook(SQLModel, table=True):
    """What the ledger holds because of the payments of one invoice, order or quote: the next booking is the rest."""

    __tablename__ = "payment_books"
    tenant_id: str = tenant_key()
    kind: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    booked: dict[str, Any] = Field(sa_column=json_column())  # account → minor units
    bookings: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    overpaid_minor: int = Field(sa_column=minor())  # the most that people were told of
