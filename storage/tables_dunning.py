"""Tables of collecting (SQLModel): how a tenant reminds, what was done, and what customers agreed to."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from storage.columns import tenant_key
from storage.tables import json_column, moment

_INVOICE = (["tenant_id", "invoice_number"], ["invoices.tenant_id", "invoices.number"])


class Promise(SQLModel, table=True):
    """A customer's word to pay by a day; of each invoice one at most stands, its day is in `invoices.promised_for` too.

    `amount_minor`: how much of the invoice was promised; NULL: all that was owed. `paid_minor`: what had been paid
    then. `replaced_at`: when another promise, or a plan, took its place.
    """

    __tablename__ = "promises"
    __table_args__ = (
        ForeignKeyConstraint(*_INVOICE),
        Index(
            "promises_standing", "tenant_id", "invoice_number", unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )  # fmt: skip
    tenant_id: str = tenant_key()
    invoice_number: str = Field(primary_key=True)
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    promised_for: date
    conversation_id: str
    amount_minor: int | None = Field(default=None, sa_column=Column(BigInteger))
    paid_minor: int | None = Field(default=None, sa_column=Column(BigInteger))
    replaced_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class Instalment(SQLModel, table=True):
    """One part of a split debt. `paid_by_then_minor`: how much of the invoice is to be paid when it is due."""

    __tablename__ = "instalments"
    __table_args__ = (ForeignKeyConstraint(*_INVOICE),)
    tenant_id: str = tenant_key()
    invoice_number: str = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    paid_by_then_minor: int = Field(sa_column=Column(BigInteger, nullable=False))


class DunningRule(SQLModel, table=True):
    """How the tenant reminds at one stage (`T-3` … `WRITE_OFF`); `templates` maps a locale to a template name."""

    __tablename__ = "dunning_rules"
    tenant_id: str = tenant_key()
    stage: str = Field(primary_key=True)
    channel: str
    templates: dict[str, Any] = Field(sa_column=json_column())
    hour: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="10"))  # tenant's time
    enabled: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    throttle_hours: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="20"))
    fallback_channel: str | None = None
    fallback_after_hours: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="4"))


class DunningStep(SQLModel, table=True):
    """What was done for one invoice at one stage: the key makes a second reminder impossible.

    `status`: reminded (`message_id` is the newest message of the step), skipped (`reason` says why), late (its message
    did not get out within the allowed hours: it is due again), written_off. `due_at`, `done_at`, `send_until` and
    `fallback_at` are in the tenant's time; `claimed_at` is when it was sent in real time, `local_at` on the tenant's
    wall clock.
    """

    __tablename__ = "dunning_steps"
    __table_args__ = (
        Index("dunning_steps_message", "message_id", postgresql_where=text("message_id IS NOT NULL")),
        Index("dunning_steps_fallback", "tenant_id", "fallback_at", postgresql_where=text("fallback_at IS NOT NULL")),
        ForeignKeyConstraint(["tenant_id", "invoice_number"], ["invoices.tenant_id", "invoices.number"]),
    )
    tenant_id: str = tenant_key()
    invoice_number: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    status: str = Field(default="reminded", sa_column_kwargs={"server_default": "reminded"})
    channel: str | None = None
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    first_message_id: int | None = Field(default=None, sa_column=Column(BigInteger))  # when another channel took over
    reason: str | None = None
    due_at: datetime = Field(sa_column=moment(default=False))
    done_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    send_until: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    fallback_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    claimed_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    local_at: datetime | None = Field(default=None, sa_column=Column(DateTime))
