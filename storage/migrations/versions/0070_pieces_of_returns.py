"""How many pieces of each line come back, and what each line is credited."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("returns", sa.Column("pieces", sa.ARRAY(sa.Numeric()), server_default="{}", nullable=False))
    op.add_column("returns", sa.Column("credits", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("returns", "credits")
    op.drop_column("returns", "pieces")
