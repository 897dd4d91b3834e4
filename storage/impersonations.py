"""An admin of all tenants acts for somebody of one tenant: for a stated reason, for half an hour, under both names."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from core.errors import Conflict, Forbidden, NotFound, Unauthorized
from core.messages import Struct
from storage import audit
from storage.resources import Resources

LIMIT = timedelta(minutes=30)


class Acting(Struct):
    """One impersonation that is under way. `acting_as`: an e-mail, or the tenant's id for an admin without a name."""

    id: int
    tenant: str
    acting_as: str
    role: str
    until: datetime

    def name(self, own: str) -> str:
        """Both names, for the audit."""
        return f"{own} as {self.acting_as}"


async def start(
    resources: Resources, user_id: int, own: str, tenant: str, reason: str, email: str | None = None
) -> Acting:
    """Begin; raises NotFound (no such person in the tenant), Forbidden (one of all tenants) or Conflict (nested)."""
    now = resources.clock.now()
    async with resources.pg.acquire() as connection, connection.transaction():
        role = await _role(connection, tenant, email) if email else "admin"
        await connection.execute(
            "UPDATE impersonations SET ended_at = until WHERE user_id = $1 AND ended_at IS NULL AND until <= $2",
            user_id, now,
        )  # fmt: skip
        try:
            row = await connection.fetchrow(
                """INSERT INTO impersonations (tenant_id, user_id, acting_as, role, reason, started_at, until)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   RETURNING id, tenant_id AS tenant, acting_as, role, until""",
                tenant, user_id, email or tenant, role, reason, now, now + LIMIT,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict("you act for somebody already: exit first", code="nested") from None
        made = Acting(**dict(row))
        detail = {"reason": reason, "as": made.acting_as, "role": role, "until": made.until.isoformat()}
        await audit.write(connection, tenant, made.name(own), "impersonation.start", str(made.id), detail)
    return made


async def under_way(resources: Resources, user_id: int, acting_id: int) -> Acting:
    """The impersonation of a token; raises Unauthorized when it has ended."""
    row = await resources.pg.fetchrow(
        """SELECT id, tenant_id AS tenant, acting_as, role, until FROM impersonations
           WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND until > $3""",
        acting_id, user_id, resources.clock.now(),
    )  # fmt: skip
    if row is None:
        raise Unauthorized("this impersonation has ended")
    return Acting(**dict(row))


async def end(resources: Resources, user_id: int, own: str) -> str:
    """End the one that the user has under way; its token is worth nothing from now on. Returns the tenant.

    Raises NotFound when there is none.
    """
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            """UPDATE impersonations SET ended_at = least(until, $2) WHERE user_id = $1 AND ended_at IS NULL
               RETURNING id, tenant_id AS tenant, acting_as, role, until""",
            user_id, resources.clock.now(),
        )  # fmt: skip
        if row is None:
            raise NotFound("you act for nobody")
        ended = Acting(**dict(row))
        await audit.write(connection, ended.tenant, ended.name(own), "impersonation.exit", str(ended.id))
    return ended.tenant


async def wrote(resources: Resources, tenant: str, name: str, what: str) -> None:
    """One line of the audit for each request that may change something."""
    async with resources.pg.acquire() as connection:
        await audit.write(connection, tenant, name, "impersonation.write", what)


async def _role(connection: Any, tenant: str, email: str) -> str:
    roles = {
        row["tenant_id"]: row["role"]
        for row in await connection.fetch(
            "SELECT tenant_id, role FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = $1", email
        )
    }
    if "*" in roles:
        raise Forbidden("nobody acts for somebody of all tenants")
    if tenant not in roles:
        raise NotFound(f"there is no user {email} in {tenant}")
    return str(roles[tenant])
