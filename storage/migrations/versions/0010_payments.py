"""Payments: accounts at providers, links, books; webhook events that a worker takes up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.policies import secure, unsecure

revision = "0010"
down_revision = "0030"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")


def upgrade() -> None:
    _tables()
    secure("payment_accounts", rights="")  # credentials: the engine's alone
    secure("payment_links", "payment_books")
    op.add_column("webhook_events", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("webhook_events", sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index("webhook_events_due", "webhook_events", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("webhook_events_recent", "webhook_events", ["tenant_id", sa.literal_column("received_at DESC")])
    op.add_column("payments", sa.Column("lost_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE payments SET rank = 30 WHERE rank = 3")  # the ranks have room between them now


def _tables() -> None:
    op.create_table(
        "payment_accounts",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("settings", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("api_base", sa.String(), server_default="", nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "provider"),
    )
    op.create_table(
        "payment_links",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), server_default="making", nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(op.f("ix_payment_links_customer_id"), "payment_links", ["customer_id"])
    op.create_index(
        "payment_links_document", "payment_links", ["tenant_id", "kind", "number", "attempt"], unique=True
    )
    op.create_index("payment_links_provider", "payment_links", ["tenant_id", "provider", "provider_id"])
    op.create_index(
        "payment_links_open", "payment_links", ["expires_at"],
        postgresql_where=sa.text("status IN ('making', 'open')"),
    )  # fmt: skip
    op.create_table(
        "payment_books",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("booked", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("bookings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("overpaid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "number"),
    )


def downgrade() -> None:
    op.execute("UPDATE payments SET rank = 3 WHERE rank = 30")
    op.drop_column("payments", "lost_minor")
    op.drop_index("webhook_events_recent", table_name="webhook_events")
    op.drop_index("webhook_events_due", table_name="webhook_events")
    op.drop_column("webhook_events", "attempts")
    op.drop_column("webhook_events", "due_at")
    unsecure("payment_accounts", "payment_links", "payment_books")
    for table in ("payment_books", "payment_links", "payment_accounts"):
        op.drop_table(table)
