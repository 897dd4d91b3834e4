"""No index on what a claim changes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("todo_worker", table_name="todo")


def downgrade() -> None:
    op.create_index("todo_worker", "todo", ["worker"], postgresql_where=sa.text("state = 'sending'"))
