"""Sales: negotiated discounts, one order a quote, running numbers, uploaded files; turns that write business rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.policies import secure

revision = "0040"
down_revision = "0006"
branch_labels = None
depends_on = None

STATUSES = "status IN ('draft', 'sent', 'accepted', 'expired', 'void')"
# The functions of storage/sql are made anew after every upgrade; this one has one parameter more now, and the old one
# would stay beside it.
OLD_COMMIT = (
    "commit_turns(text[], bigint[], text[], text[], text[], text[], text[], bigint[], bigint[], text[], text[], "
    "text[], int[], text[], int[], text[], text[], text[], boolean[])"
)


def upgrade() -> None:
    op.execute(f"DROP FUNCTION IF EXISTS {OLD_COMMIT}")
    op.add_column("quotes", sa.Column("extra_rate", sa.Numeric(6, 4), server_default="0", nullable=False))
    op.create_index(
        "quotes_conversation", "quotes", ["tenant_id", "conversation_id", sa.literal_column("created_at DESC")]
    )
    op.create_check_constraint("quotes_status", "quotes", STATUSES)
    op.create_index("orders_quote", "orders", ["tenant_id", "quote_number"], unique=True)
    op.create_table(
        "counters",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "name"),
    )
    _imports()
    secure("counters", "imports")


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.String(), server_default="waiting", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="imports_status"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(
        "imports_waiting", "imports", ["due_at"], postgresql_where=sa.text("status IN ('waiting', 'running')")
    )


def downgrade() -> None:
    op.drop_table("imports")
    op.drop_table("counters")
    op.drop_index("orders_quote", table_name="orders")
    op.drop_constraint("quotes_status", "quotes")
    op.drop_index("quotes_conversation", table_name="quotes")
    op.drop_column("quotes", "extra_rate")
