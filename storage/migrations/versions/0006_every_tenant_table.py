"""The wall between tenants stands before the last two tables too; the tenant role has no right to either."""

from storage.migrations.policies import secure, unsecure

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    secure("api_keys", "memberships", rights="")


def downgrade() -> None:
    unsecure("api_keys", "memberships")
