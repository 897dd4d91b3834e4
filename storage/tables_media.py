"""The table of files that customers sent: what is still to be fetched, and where the fetched ones are."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from storage.tables import moment


class MediaFile(SQLModel, table=True):
    """One attachment of an inbound message. A trigger on messages makes the row (storage/sql/function_media.sql).

    `status`: due, stored, failed. `key` names the bytes in the media store. `error` is a code, never a text.
    """

    __tablename__ = "media"
    __table_args__ = (
        Index("media_due", "due_at", postgresql_where=text("status = 'due'")),
        Index("media_key", "key", postgresql_where=text("key IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )
    message_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    tenant_id: str = Field(index=True)
    account_id: str
    status: str = Field(default="due", sa_column_kwargs={"server_default": "due"})
    key: str | None = None
    mime: str | None = None
    size: int | None = Field(default=None, sa_column=Column(BigInteger))
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    error: str | None = None
    due_at: datetime = Field(sa_column=moment())
    stored_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
