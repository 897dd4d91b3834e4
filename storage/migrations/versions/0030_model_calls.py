"""Model calls are kept with what they cost, and summed by month."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.policies import secure

revision = "0030"
down_revision = "0040"
branch_labels = None
depends_on = None

_TEXTS = ("task", "agent", "prompt")


def upgrade() -> None:
    op.alter_column("llm_calls", "turn", new_column_name="from_seq")
    for name in _TEXTS:
        op.add_column("llm_calls", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column("llm_calls", sa.Column("cost_micros", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("llm_calls_recent", "llm_calls", ["tenant_id", "at"])
    numbers = ("calls", "prompt_tokens", "completion_tokens", "cost_micros")
    op.create_table(
        "llm_spend",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("tenant_id", "month", "tier", "model"),
        postgresql_with={"fillfactor": "50"},
    )
    secure("llm_spend", rights="SELECT")


def downgrade() -> None:
    op.drop_table("llm_spend")
    op.drop_index("llm_calls_recent", "llm_calls")
    for name in ("cost_micros", *_TEXTS):
        op.drop_column("llm_calls", name)
    op.alter_column("llm_calls", "from_seq", new_column_name="turn")
