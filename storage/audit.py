"""Who did what, when and why; the table itself refuses changes."""

from typing import Any

from storage.resources import Resources

EVERYWHERE = "*"  # the tenant of what concerns all tenants


async def write(
    connection: Any, tenant: str, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> None:
    """Add one entry; give the connection whose transaction makes the change."""
    await connection.execute(
        "INSERT INTO audit_log (tenant_id, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5)",
        tenant, actor, action, subject, detail or {},
    )  # fmt: skip


async def listed(
    resources: Resources, tenants: list[str] | None, *, before: int | None = None, action: str = "", most: int = 100
) -> list[dict[str, Any]]:
    """Entries, newest first, of these tenants (None: of all); `action` is a prefix such as `kill_switch`."""
    rows = await resources.pg.fetch(
        """SELECT id, tenant_id AS tenant, actor, action, subject, detail, at FROM audit_log
           WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1)) AND ($2::bigint IS NULL OR id < $2)
             AND starts_with(action, $3) ORDER BY id DESC LIMIT $4""",
        tenants, before, action, most,
    )  # fmt: skip
    return [dict(row) for row in rows]
