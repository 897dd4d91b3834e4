"""Tables of support and payouts (SQLModel): one-time codes, outside ticket systems, tickets on their way there."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, text
from sqlmodel import Field, SQLModel

from storage.columns import customer, minor, tenant_key
from storage.tables import moment


class WithdrawalCode(SQLModel, table=True):
    """A one-time code for one amount: open, used, wrong (too many attempts), expired or replaced.

    Only a keyed hash of the code is kept. `request_key` names the turn that asked for it, `answered_by` the one whose
    message was last compared with it: a turn that runs again changes nothing.
    """

    __tablename__ = "withdrawal_codes"
    __table_args__ = (
        Index("withdrawal_codes_request", "tenant_id", "request_key", unique=True),
        Index("withdrawal_codes_customer", "tenant_id", "customer_id", "created_at"),
    )
    tenant_id: str = tenant_key()
    id: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=customer(index=False))
    conversation_id: str
    request_key: str
    currency: str
    amount_minor: int = Field(sa_column=minor(default=False))
    code_hash: str
    sent_to: str  # as it may be shown: masked
    status: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    answered_by: str | None = None
    withdrawal_number: str | None = None
    created_at: datetime = Field(sa_column=moment(default=False))
    expires_at: datetime = Field(sa_column=moment(default=False))


class TicketSystem(SQLModel, table=True):
    """Where a tenant's tickets go besides the tower: `asana` or `webhook`; `secrets` is encrypted JSON."""

    __tablename__ = "ticket_systems"
    tenant_id: str = tenant_key()
    kind: str = Field(primary_key=True)
    url: str
    project: str = Field(default="", sa_column_kwargs={"server_default": ""})
    secrets: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class TicketForward(SQLModel, table=True):
    """One ticket on its way to one outside system: pending, sent or dead."""

    __tablename__ = "ticket_forwards"
    __table_args__ = (
        Index("ticket_forwards_due", "due_at", postgresql_where=text("status = 'pending'")),
        ForeignKeyConstraint(["tenant_id", "number"], ["tickets.tenant_id", "tickets.number"]),
    )
    tenant_id: str = tenant_key()
    number: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    status: str = Field(default="pending", sa_column_kwargs={"server_default": "pending"})
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    reference: str | None = None
    reason: str | None = None
    due_at: datetime = Field(sa_column=moment())
    sent_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
