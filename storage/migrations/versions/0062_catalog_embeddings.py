"""What catalogue items mean, as vectors, and which tenants' catalogues changed since they were last embedded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.columns import HalfVector
from storage.migrations.policies import secure

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# A server without pgvector, or a role that may not add it, has everything but search by meaning. The function files
# make the column a vector when pgvector has come.
EXTENSION = """
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION WHEN feature_not_supported OR undefined_file OR insufficient_privilege THEN
  RAISE NOTICE 'no pgvector here: the catalogue is searched by words alone';
END $$"""


def upgrade() -> None:
    op.execute(EXTENSION)
    there = op.get_bind().scalar(sa.text("SELECT to_regtype('halfvec') IS NOT NULL"))
    op.create_table(
        "catalog_embeddings",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("embedding", HalfVector() if there else postgresql.ARRAY(sa.REAL()), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sku"], ["catalog_items.tenant_id", "catalog_items.sku"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "sku"),
    )
    op.create_table(
        "catalog_changes",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("changes", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("embedded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("space", sa.String(), server_default="", nullable=False),
        sa.Column("holds", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.PrimaryKeyConstraint("tenant_id"),
        postgresql_with={"fillfactor": "50"},
    )
    secure("catalog_embeddings", "catalog_changes")
    op.execute("INSERT INTO catalog_changes (tenant_id) SELECT DISTINCT tenant_id FROM catalog_items")


def downgrade() -> None:
    op.drop_table("catalog_changes")
    op.drop_table("catalog_embeddings")
