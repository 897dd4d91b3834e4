"""Dunning: when an invoice is looked at next, what became of its reminders, promises, instalments; age of the held."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.policies import secure

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('open', 'partially_paid')")


def upgrade() -> None:
    soon: sa.Column[object] = sa.Column(
        "dunning_at", sa.DateTime(timezone=True), server_default=sa.text("'-infinity'"), nullable=False
    )
    op.add_column("invoices", soon)
    op.add_column("invoices", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("invoices_dunning", "invoices", ["tenant_id", "dunning_at"], postgresql_where=OPEN)
    op.add_column("todo", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    _steps()
    _agreements()
    # Their bodies come with the other functions (storage/sql/function_dunning.sql), right after the migration.
    for name in ("watch_invoice", "watch_reminder"):
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    op.execute(
        "CREATE TRIGGER invoices_dunning BEFORE UPDATE OF status, paid_minor, due_on, promised_for ON invoices "
        "FOR EACH ROW EXECUTE FUNCTION watch_invoice()"
    )
    op.execute(
        "CREATE TRIGGER messages_dunning AFTER UPDATE OF status ON messages FOR EACH ROW "
        "WHEN (NEW.status IN ('failed', 'dead', 'dropped') AND NEW.status <> OLD.status AND NEW.content ? 'dunning') "
        "EXECUTE FUNCTION watch_reminder()"
    )


def _steps() -> None:
    op.drop_index("dunning_steps_due", table_name="dunning_steps")
    op.alter_column("dunning_steps", "status", server_default="reminded")
    op.add_column("dunning_steps", sa.Column("first_message_id", sa.BigInteger(), nullable=True))
    for name in ("send_until", "claimed_at", "fallback_at"):
        op.add_column("dunning_steps", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("dunning_steps", sa.Column("local_at", sa.DateTime(), nullable=True))
    op.create_index(
        "dunning_steps_message", "dunning_steps", ["message_id"], postgresql_where=sa.text("message_id IS NOT NULL")
    )
    op.create_index(
        "dunning_steps_fallback", "dunning_steps", ["tenant_id", "fallback_at"],
        postgresql_where=sa.text("fallback_at IS NOT NULL"),
    )  # fmt: skip


def _agreements() -> None:
    invoice = ["tenant_id", "invoice_number"]
    op.create_table(
        "promises",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_for", sa.Date(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(invoice, ["invoices.tenant_id", "invoices.number"]),
        sa.PrimaryKeyConstraint(*invoice, "made_at"),
    )
    op.create_table(
        "instalments",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_by_then_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"]),
        sa.ForeignKeyConstraint(invoice, ["invoices.tenant_id", "invoices.number"]),
        sa.PrimaryKeyConstraint(*invoice, "due_on"),
    )
    secure("promises", "instalments")


def downgrade() -> None:
    op.execute("DROP TRIGGER invoices_dunning ON invoices")
    op.execute("DROP TRIGGER messages_dunning ON messages")
    op.execute("DROP FUNCTION watch_invoice()")
    op.execute("DROP FUNCTION watch_reminder()")
    op.drop_table("instalments")
    op.drop_table("promises")
    op.drop_index("dunning_steps_fallback", table_name="dunning_steps")
    op.drop_index("dunning_steps_message", table_name="dunning_steps")
    for name in ("local_at", "fallback_at", "claimed_at", "send_until", "first_message_id"):
        op.drop_column("dunning_steps", name)
    op.create_index("dunning_steps_due", "dunning_steps", ["due_at"], postgresql_where=sa.text("status = 'planned'"))
    op.drop_column("todo", "held_at")
    op.drop_index("invoices_dunning", table_name="invoices")
    op.drop_column("invoices", "settled_at")
    op.drop_column("invoices", "dunning_at")
