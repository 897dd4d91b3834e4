"""When a payment account's events were last asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_accounts", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("payment_accounts", "asked_at")
