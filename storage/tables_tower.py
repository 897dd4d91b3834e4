"""Tables of the control tower's own work (SQLModel): golden flows that were run, and who acted for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from storage.tables import big_key, json_column, moment


class Run(SQLModel, table=True):
    """One golden flow that was run: `status` running, passed, failed, or lost with its process."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_recent", "tenant_id", "flow", "id"),)
    id: int = Field(sa_column=big_key())
    tenant_id: str = Field(foreign_key="tenants.id")
    run: str = Field(index=True)
    flow: str
    channel: str
    language: str
    actor: str
    status: str
    note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    steps: list[dict[str, Any]] = Field(sa_column=json_column("[]"))
    started_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class Impersonation(SQLModel, table=True):
    """An admin of all tenants acts for somebody of one tenant, for a stated reason and a limited time."""

    __tablename__ = "impersonations"
    __table_args__ = (
        Index("impersonations_open", "user_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
    id: int = Field(sa_column=big_key())
    tenant_id: str = Field(foreign_key="tenants.id", index=True)
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), nullable=False))
    acting_as: str  # a user's e-mail, or the tenant's id for an admin of it without a name
    role: str
    reason: str
    started_at: datetime = Field(sa_column=moment())
    until: datetime = Field(sa_column=moment(default=False))
    ended_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
