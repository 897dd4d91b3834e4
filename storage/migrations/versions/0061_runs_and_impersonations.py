"""Golden flows that were run, and who acted for whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.migrations.policies import secure, unsecure

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_WORDS = ("run", "flow", "channel", "language", "actor", "status")


def _moment(name: str, nullable: bool = False, default: bool = True) -> sa.Column[object]:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in _WORDS),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("steps", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        _moment("started_at"),
        _moment("ended_at", nullable=True, default=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_runs_run", "runs", ["run"])
    op.create_index("runs_recent", "runs", ["tenant_id", "flow", "id"])
    op.create_table(
        "impersonations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("acting_as", "role", "reason")),
        _moment("started_at"),
        _moment("until", default=False),
        _moment("ended_at", nullable=True, default=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_impersonations_tenant_id", "impersonations", ["tenant_id"])
    open_ = sa.text("ended_at IS NULL")
    op.create_index("impersonations_open", "impersonations", ["user_id"], unique=True, postgresql_where=open_)
    secure("runs", "impersonations", rights="SELECT")


def downgrade() -> None:
    unsecure("runs", "impersonations")
    op.drop_table("impersonations")
    op.drop_table("runs")
