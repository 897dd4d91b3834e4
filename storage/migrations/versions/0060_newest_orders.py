"""A tenant's newest orders by an index: what recommendations are made of."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("orders_newest", "orders", ["tenant_id", sa.literal_column("placed_at DESC"), "number"])


def downgrade() -> None:
    op.drop_index("orders_newest", "orders")
