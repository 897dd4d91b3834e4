"""One-time codes of withdrawals, and tickets that go to an outside system."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.policies import secure

revision = "0050"
down_revision = "0020"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "withdrawal_codes",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("sent_to", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="open", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("withdrawal_number", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("withdrawal_codes_request", "withdrawal_codes", ["tenant_id", "request_key"], unique=True)
    op.create_index("withdrawal_codes_customer", "withdrawal_codes", ["tenant_id", "customer_id", "created_at"])
    op.create_table(
        "ticket_systems",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("project", sa.String(), server_default="", nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "kind"),
    )
    op.create_table(
        "ticket_forwards",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "number"], ["tickets.tenant_id", "tickets.number"]),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "number", "kind"),
    )
    op.create_index(
        "ticket_forwards_due", "ticket_forwards", ["due_at"], postgresql_where=sa.text("status = 'pending'")
    )
    secure("withdrawal_codes", "ticket_forwards")
    secure("ticket_systems", rights="SELECT (tenant_id, kind)")


def downgrade() -> None:
    op.drop_table("ticket_forwards")
    op.drop_table("ticket_systems")
    op.drop_table("withdrawal_codes")
