"""Of each invoice one promise stands at most: what took the place of an older one, and what had been paid then."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("paid_minor", sa.BigInteger(), nullable=True))
    op.add_column("promises", sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """UPDATE promises p SET replaced_at = coalesce(
             (SELECT min(n.made_at) FROM promises n WHERE n.tenant_id = p.tenant_id
                AND n.invoice_number = p.invoice_number AND n.made_at > p.made_at),
             (SELECT now() FROM instalments i WHERE i.tenant_id = p.tenant_id
                AND i.invoice_number = p.invoice_number LIMIT 1))"""
    )
    op.create_index(
        "promises_standing", "promises", ["tenant_id", "invoice_number"], unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("promises_standing", "promises")
    op.drop_column("promises", "replaced_at")
    op.drop_column("promises", "paid_minor")
