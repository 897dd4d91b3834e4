"""Row-level security, the same for every table of a tenant."""

from alembic import op

ROLE = "orkesta_tenant"


def create_role() -> None:
    """Make the role that acts for one tenant, and let this user become it; roles are shared by databases."""
    op.execute(
        f"""
        DO $$ BEGIN
          CREATE ROLE {ROLE} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$"""
    )
    op.execute(f"GRANT {ROLE} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")


def secure(*tables: str, column: str = "tenant_id", rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Show `tables` to the tenant role, each row only to its own tenant."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant_rows ON {table} TO {ROLE} "
            f"USING ({column} = current_setting('orkesta.tenant', true)) "
            f"WITH CHECK ({column} = current_setting('orkesta.tenant', true))"
        )
        if rights:
            op.execute(f"GRANT {rights} ON {table} TO {ROLE}")


def unsecure(*tables: str) -> None:
    """Take the policy away again."""
    for table in tables:
        op.execute(f"DROP POLICY tenant_rows ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
