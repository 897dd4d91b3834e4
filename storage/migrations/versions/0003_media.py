"""Files that customers sent."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from storage import migrations
from storage.migrations.policies import secure

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("index", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="due", nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("mime", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", "index"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_media_tenant_id", "media", ["tenant_id"])
    op.create_index("media_due", "media", ["due_at"], postgresql_where=sa.text("status = 'due'"))
    op.create_index("media_key", "media", ["key"], postgresql_where=sa.text("key IS NOT NULL"))
    secure("media", rights="SELECT")
    op.execute((Path(migrations.__file__).parent.parent / "sql" / "function_media.sql").read_text())
    op.execute(
        """
        CREATE TRIGGER messages_media AFTER INSERT ON messages FOR EACH ROW
        WHEN (NEW.direction = 'in' AND jsonb_typeof(NEW.content -> 'attachments') = 'array')
        EXECUTE FUNCTION queue_media()"""
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS messages_media ON messages")
    op.drop_table("media")
