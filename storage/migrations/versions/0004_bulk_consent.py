"""Consent to marketing apart from consent to be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stopped: sa.Column[bool] = sa.Column("bulk_stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("conversations", stopped)


def downgrade() -> None:
    op.drop_column("conversations", "bulk_stopped")
