"""How much of an invoice was promised, and when a payment's money came in."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("amount_minor", sa.BigInteger(), nullable=True))
    op.add_column("payments", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("payments", "received_at")
    op.drop_column("promises", "amount_minor")
