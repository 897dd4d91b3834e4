"""Tables of what a tenant sells and knows (SQLModel): products with their search words, discounts, pages.

As in tables_business: every key begins with `tenant_id`, every table has row-level security.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from storage.columns import HalfVector, minor, quantity, tenant_key, words
from storage.tables import json_column, moment


class CatalogItem(SQLModel, table=True):
    """One thing for sale. `search` holds the folded words as `tenant/word`, so one tenant's lists stay its own."""

    __tablename__ = "catalog_items"
    __table_args__ = (
        Index("catalog_items_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("catalog_items_sku_key", "tenant_id", "sku_key", postgresql_ops={"sku_key": "text_pattern_ops"}),
        Index("catalog_items_category", "tenant_id", "category"),
    )
    tenant_id: str = tenant_key()
    sku: str = Field(primary_key=True)
    sku_key: str  # the SKU folded to letters and digits
    name: str
    aliases: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    brand: str = Field(sa_column=words())
    category: str = Field(sa_column=words())
    unit: str = Field(sa_column=words("PZA"))
    price_minor: int = Field(sa_column=minor(default=False))
    currency: str
    stock: Decimal = Field(sa_column=quantity("0"))
    attributes: dict[str, Any] = Field(sa_column=json_column())
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    search: Any = Field(sa_column=Column(TSVECTOR, nullable=False, server_default=""))
    updated_at: datetime = Field(sa_column=moment())


class CatalogWord(SQLModel, table=True):
    """The tenant's vocabulary: in how many items a word occurs."""

    __tablename__ = "catalog_words"
    __table_args__ = (Index("catalog_words_prefix", "tenant_id", "word", postgresql_ops={"word": "text_pattern_ops"}),)
    tenant_id: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    items: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class CatalogSpelling(SQLModel, table=True):
    """A word of the vocabulary under each form with one letter missing: a typo is found by equality."""

    __tablename__ = "catalog_spellings"
    tenant_id: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    word: str = Field(primary_key=True)


class CatalogEmbedding(SQLModel, table=True):
    """What an item means to a model. NULL: the model refuses this text, so it is not asked again until it changes."""

    __tablename__ = "catalog_embeddings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "sku"], ["catalog_items.tenant_id", "catalog_items.sku"], ondelete="CASCADE"
        ),
    )
    tenant_id: str = Field(primary_key=True)
    sku: str = Field(primary_key=True)
    space: str  # the model and its size
    hash: str  # of the text that was embedded
    embedding: Any = Field(sa_column=Column(HalfVector, nullable=True))


class CatalogChange(SQLModel, table=True):
    """Counts the writes that changed a tenant's catalogue, and up to which of them it is embedded, in which space."""

    __tablename__ = "catalog_changes"
    tenant_id: str = tenant_key()
    changes: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="1"))
    embedded: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    space: str = Field(sa_column=words())
    holds: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))  # tells one from the next
    failures: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))  # in a row
    error: str | None = None
    due_at: datetime = Field(sa_column=moment())


class DiscountTier(SQLModel, table=True):
    """From `min_quantity` of one line on, `rate` off. `scope`: `sku:…`, `category:…`, or `all`."""

    __tablename__ = "discount_tiers"
    __table_args__ = (CheckConstraint("rate >= 0 AND rate < 1", name="discount_tiers_rate"),)
    tenant_id: str = tenant_key()
    scope: str = Field(primary_key=True)
    min_quantity: Decimal = Field(sa_column=Column(Numeric(14, 3), primary_key=True))
    rate: Decimal = Field(sa_column=Column(Numeric(6, 4), nullable=False))


class KnowledgeChunk(SQLModel, table=True):
    """A passage of the tenant's own pages; `search` holds word roots as `tenant/root`, `^root` in the title."""

    __tablename__ = "knowledge_chunks"
    __table_args__ = (Index("knowledge_chunks_search", "search", postgresql_using="gin"),)
    tenant_id: str = tenant_key()
    source: str = Field(primary_key=True)  # path or address of the page
    position: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    title: str
    body: str
    keywords: str = Field(sa_column=words())  # other words that people ask with; not shown
    locale: str
    search: Any = Field(sa_column=Column(TSVECTOR, nullable=False, server_default=""))
    updated_at: datetime = Field(sa_column=moment())


class Counter(SQLModel, table=True):
    """The last number given to a tenant's quotes, orders …; gaps are normal, a number twice is not."""

    __tablename__ = "counters"
    tenant_id: str = tenant_key()
    name: str = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class Import(SQLModel, table=True):
    """A catalogue file that was uploaded. `status`: waiting, running, done, failed; `key` names it in the media store.

    `result` is a storage.catalog_import.Imported, with every refused row's line and reason.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("imports_waiting", "due_at", postgresql_where=text("status IN ('waiting', 'running')")),
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="imports_status"),
    )
    tenant_id: str = tenant_key()
    id: str = Field(primary_key=True)
    file_name: str
    key: str
    by: str  # who uploaded it: `api`, or a user of the tower
    dry_run: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    status: str = Field(default="waiting", sa_column_kwargs={"server_default": "waiting"})
    rows: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))  # read so far
    result: dict[str, Any] = Field(sa_column=json_column())
    error: str | None = None
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    due_at: datetime = Field(sa_column=moment())
    created_at: datetime = Field(sa_column=moment())
    finished_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
