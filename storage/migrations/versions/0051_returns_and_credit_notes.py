"""Which lines of an order come back, and the number of the credit note."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "returns", sa.Column("lines", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False)
    )
    op.add_column("returns", sa.Column("credit_note", sa.String(), nullable=True))
    op.create_index("returns_order", "returns", ["tenant_id", "order_number"])


def downgrade() -> None:
    op.drop_index("returns_order", "returns")
    op.drop_column("returns", "credit_note")
    op.drop_column("returns", "lines")
