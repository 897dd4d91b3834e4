"""Tables of the messaging core (SQLModel): who talks, what was said, what is still to be done.

Every table that belongs to a tenant has `tenant_id` and a row-level security policy (migrations). The hot path
uses SQL in storage/sql/*.sql; these classes define the schema and are what Alembic compares against.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NOW = text("now()")


def moment(nullable: bool = False, default: bool = True) -> Any:
    """A timestamptz column, filled with the time of the transaction unless said otherwise."""
    return Column(DateTime(timezone=True), nullable=nullable, server_default=NOW if default else None)


def json_column(default: str = "{}") -> Any:
    """A jsonb column that is never null."""
    return Column(JSONB, nullable=False, server_default=text(f"'{default}'"))


def big_key() -> Any:
    """A bigint key that PostgreSQL counts."""
    return Column(BigInteger, Identity(always=True), primary_key=True)


class Tenant(SQLModel, table=True):
    """A customer of ours; `settings` holds agents, business, hours, unknown_policy and what else is optional."""

    __tablename__ = "tenants"
    id: str = Field(primary_key=True)
    name: str
    environment: str = Field(default="production", sa_column_kwargs={"server_default": "production"})
    currency: str
    timezone: str
    locale: str
    settings: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=moment())


class ChannelAccount(SQLModel, table=True):
    """A tenant's address and credentials on one channel; `secrets` is encrypted JSON."""

    __tablename__ = "channel_accounts"
    __table_args__ = (Index("channel_accounts_address", "channel", "address"),)
    id: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id", index=True)
    channel: str
    address: str
    secrets: bytes = Field(sa_type=LargeBinary)
    settings: dict[str, Any] = Field(sa_column=json_column())
    api_base: str = Field(default="", sa_column_kwargs={"server_default": ""})
    stopped_reason: str | None = None  # set when the provider refuses our credentials: sends are held
    created_at: datetime = Field(sa_column=moment())


class Customer(SQLModel, table=True):
    """A person or company that writes to a tenant; `profile` holds plan, preferences and learned facts."""

    __tablename__ = "customers"
    __table_args__ = (Index("customers_tenant", "tenant_id", "id"),)
    id: int = Field(sa_column=big_key())
    tenant_id: str = Field(foreign_key="tenants.id")
    name: str | None = None
    locale: str | None = None
    profile: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=moment())


class CustomerIdentity(SQLModel, table=True):
    """One way in which a customer is known: kind `phone`, `telegram`, `instagram`, `whatsapp`, `email`, `web`."""

    __tablename__ = "customer_identities"
    tenant_id: str = Field(foreign_key="tenants.id", primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    customer_id: int = Field(sa_column=Column(BigInteger, ForeignKey("customers.id"), nullable=False, index=True))


class Peer(SQLModel, table=True):
    """An address of the other side on one account; several addresses may lead to one conversation."""

    __tablename__ = "peers"
    account_id: str = Field(primary_key=True)
    peer: str = Field(primary_key=True)
    tenant_id: str
    conversation_id: str = Field(index=True)


class Conversation(SQLModel, table=True):
    """All messages of one sender on one account. `version` is the fence: whoever writes must have read it."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("conversations_recent", "tenant_id", text("last_message_at DESC")),
        {"postgresql_with": {"fillfactor": "60"}},
    )
    id: str = Field(primary_key=True)
    tenant_id: str
    account_id: str
    channel: str
    peer: str
    customer_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    last_seq: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    mode: str = Field(default="bot", sa_column_kwargs={"server_default": "bot"})
    held_by: str | None = None  # user who took it over
    taken_version: int | None = Field(default=None, sa_column=Column(BigInteger))  # version made by the takeover
    agent: str | None = None
    locale: str | None = None
    state: dict[str, Any] = Field(sa_column=json_column())
    contact: str = Field(default="ok", sa_column_kwargs={"server_default": "ok"})
    opted_out_seq: int | None = Field(default=None, sa_column=Column(BigInteger))
    bulk_stopped: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # no marketing
    window_until: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    thread: str | None = None
    last_message_at: datetime = Field(sa_column=moment())
    created_at: datetime = Field(sa_column=moment())


class Message(SQLModel, table=True):
    """Inbox and outbox in one table; `seq` counts both directions of a conversation without gaps.

    Inbound rows never change. Outbound: pending → sent → delivered → read, or failed, unknown, held, dropped, dead.
    `turn` is the conversation's version made by the turn that wrote the row; (turn, part) exists once.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_order", "conversation_id", "seq", unique=True),
        Index(
            "messages_received", "account_id", "provider_message_id", unique=True,
            postgresql_where=text("direction = 'in'"),
        ),
        # Not unique: we do not rely on the ids that a provider answers with.
        Index(
            "messages_provider", "account_id", "provider_message_id",
            postgresql_where=text("direction = 'out' AND provider_message_id IS NOT NULL"),
        ),
        Index(
            "messages_part", "conversation_id", "turn", "part", unique=True,
            postgresql_where=text("direction = 'out'"),
        ),
        Index("messages_listed", "tenant_id", "status", postgresql_where=text("status IN ('unknown','held','dead')")),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip
    id: int = Field(sa_column=big_key())
    tenant_id: str
    conversation_id: str
    account_id: str
    direction: str  # in, out
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    author: str  # customer, agent, human, system
    kind: str
    text: str = Field(default="", sa_column_kwargs={"server_default": ""})
    content: dict[str, Any] = Field(sa_column=json_column())
    status: str
    reason: str | None = None
    turn: int | None = Field(default=None, sa_column=Column(BigInteger))
    part: int | None = Field(default=None, sa_column=Column(SmallInteger))
    provider_message_id: str | None = None
    created_at: datetime = Field(sa_column=moment())
    sent_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class Todo(SQLModel, table=True):
    """What is still to be done: one small row per unhandled inbound and per undelivered outbound message.

    No index on what a claim changes: its update stays on the page (the sends of a dead worker are found by a scan).

    Kept apart from messages so that its size is the backlog's, not the history's. Outbound `state`: waiting,
    sending (claimed by `worker`), unknown (its outcome is being found out), held (kill switch, stopped account).
    """

    __tablename__ = "todo"
    __table_args__ = (
        Index("todo_due", "due_at"),
        {
            "postgresql_with": {
                "fillfactor": "50",
                "autovacuum_vacuum_scale_factor": "0",
                "autovacuum_vacuum_threshold": "2000",
                "autovacuum_vacuum_cost_delay": "0",
            }
        },
    )
    conversation_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    message_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: str
    direction: str
    state: str = Field(default="waiting", sa_column_kwargs={"server_default": "waiting"})
    bulk: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    due_at: datetime = Field(sa_column=moment())
    worker: str | None = None
    claimed_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    held_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))  # by a kill switch, first time


class Turn(SQLModel, table=True):
    """One turn: which inbound messages it handled, how it was routed, and its trace. `turn` = version it made."""

    __tablename__ = "turns"
    conversation_id: str = Field(primary_key=True)
    turn: int = Field(sa_column=Column(BigInteger, primary_key=True))
    tenant_id: str
    from_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    to_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    outcome: str  # answered, silent, for_human, dead
    agent: str | None = None
    intent: str | None = None
    trace: dict[str, Any] = Field(sa_column=json_column())
    at: datetime = Field(sa_column=moment())


class MessageEvent(SQLModel, table=True):
    """Every attempt and every receipt, append-only. `message_id` is null while our own record is not there yet."""

    __tablename__ = "message_events"
    __table_args__ = (
        Index("message_events_message", "message_id"),
        Index(
            "message_events_early", "account_id", "provider_message_id",
            postgresql_where=text("message_id IS NULL"),
        ),
    )  # fmt: skip
    id: int = Field(sa_column=big_key())
    tenant_id: str
    account_id: str
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    provider_message_id: str | None = None
    kind: str  # attempt, receipt, unknown, resend, close
    status: str
    code: str | None = None
    detail: str | None = None
    at: datetime = Field(sa_column=moment())


class WebhookEvent(SQLModel, table=True):
    """Parts of webhooks that became no message: ignored, unreadable, or a payment provider's events.

    `due_at` is set while a worker has something to do with the event: waiting until then.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("webhook_events_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("webhook_events_recent", "tenant_id", text("received_at DESC")),
    )
    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    name: str
    status: str
    body: str = Field(default="", sa_column_kwargs={"server_default": ""})
    received_at: datetime = Field(sa_column=moment())
    handled_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    due_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))
    attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))


class DeadLetter(SQLModel, table=True):
    """What we could not do and a person must look at; retried from the CLI or the tower."""

    __tablename__ = "dead_letters"
    id: int = Field(sa_column=big_key())
    tenant_id: str = Field(index=True)
    source: str  # inbound, outbound, webhook
    conversation_id: str | None = None
    message_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    reason: str
    payload: str = Field(default="", sa_column_kwargs={"server_default": ""})
    created_at: datetime = Field(sa_column=moment())
    retried_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class KillSwitch(SQLModel, table=True):
    """A switch that is on: `global`, `tenant:ID` or `channel:TENANT/CHANNEL`. Off means: no row."""

    __tablename__ = "kill_switches"
    scope: str = Field(primary_key=True)
    reason: str
    actor: str
    since: datetime = Field(sa_column=moment())


class Worker(SQLModel, table=True):
    """Heartbeats: a worker not seen for a while is dead and its unfinished sends are of unknown outcome."""

    __tablename__ = "workers"
    id: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=moment())
    started_at: datetime = Field(sa_column=moment())


class ApiKey(SQLModel, table=True):
    """A client API key of a tenant: only its hash is kept; `prefix` lets people recognise it."""

    __tablename__ = "api_keys"
    hash: str = Field(primary_key=True)
    tenant_id: str = Field(foreign_key="tenants.id", index=True)
    prefix: str
    created_at: datetime = Field(sa_column=moment())
    revoked_at: datetime | None = Field(sa_column=moment(nullable=True, default=False))


class User(SQLModel, table=True):
    """A person who signs in to the control tower."""

    __tablename__ = "users"
    id: int = Field(sa_column=big_key())
    email: str = Field(unique=True)
    password_hash: str
    locale: str = Field(default="es", sa_column_kwargs={"server_default": "es"})
    created_at: datetime = Field(sa_column=moment())


class Membership(SQLModel, table=True):
    """A user's role in one tenant; tenant `*` means all tenants."""

    __tablename__ = "memberships"
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("users.id"), primary_key=True))
    tenant_id: str = Field(primary_key=True)
    role: str  # admin, operator, analyst, viewer


class Audit(SQLModel, table=True):
    """Who did what, when and why; append-only."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("audit_log_tenant", "tenant_id", text("at DESC")),)
    id: int = Field(sa_column=big_key())
    tenant_id: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(sa_column=json_column())
    at: datetime = Field(sa_column=moment())


class SandboxClock(SQLModel, table=True):
    """A sandbox tenant's own time, as an offset from real time."""

    __tablename__ = "clocks"
    tenant_id: str = Field(foreign_key="tenants.id", primary_key=True)
    offset_seconds: float


class LlmCall(SQLModel, table=True):
    """A completed model call, kept before its answer is used so that a repeated turn spends nothing twice.

    `from_seq` is the place of the first message that the turn answers; costs are millionths of a US dollar.
    """

    __tablename__ = "llm_calls"
    __table_args__ = (Index("llm_calls_recent", "tenant_id", "at"),)
    conversation_id: str = Field(primary_key=True)
    from_seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    call: str = Field(primary_key=True)  # hash of what was asked
    tenant_id: str
    tier: str
    model: str
    answer: dict[str, Any] = Field(sa_column=json_column())
    prompt_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    completion_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    latency_ms: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    at: datetime = Field(sa_column=moment())
    task: str = Field(default="", sa_column_kwargs={"server_default": ""})
    agent: str = Field(default="", sa_column_kwargs={"server_default": ""})
    prompt: str = Field(default="", sa_column_kwargs={"server_default": ""})  # version
    cost_micros: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))


class LlmSpend(SQLModel, table=True):
    """What a tenant's models cost in one month (UTC): the sum of its calls, for the budget."""

    __tablename__ = "llm_spend"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)
    tenant_id: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    tier: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    calls: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    prompt_tokens: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    completion_tokens: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    cost_micros: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
