"""Sandbox tenants' own time: one row an offset, read with the data that a process works on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import Conflict, Invalid, NotFound
from core.messages import Struct
from storage import audit
from storage.resources import Resources

_YEARS = 50  # further from now lie only slips of the hand


class TenantTime(Struct):
    """What time it is for a tenant; `simulated`: its clock was set."""

    tenant: str
    now: datetime
    timezone: str
    offset_seconds: float
    simulated: bool
    allowed: bool  # a production tenant lives in real time


async def current(resources: Resources, tenant: str) -> TenantTime:
    """Read a tenant's time, and let this process's clock know it. Raises NotFound."""
    return _taken(resources, await resources.pg.fetchrow(_CURRENT, tenant), tenant)


async def now(resources: Resources, tenant: str) -> datetime:
    """The tenant's time as the database knows it at this moment."""
    return (await current(resources, tenant)).now


async def within(connection: Any, tenant: str) -> datetime:
    """The tenant's time, for a transaction that is under way: this process's clock may not know of a change yet."""
    found: datetime = await connection.fetchval("SELECT tenant_now($1)", tenant)
    return found


async def put(resources: Resources, tenant: str, at: datetime, actor: str) -> TenantTime:
    """Set a sandbox tenant's time; it goes on from there. Raises NotFound, Conflict (production) or Invalid."""
    if at.tzinfo is None:
        raise Invalid("the time needs its zone, such as 2026-12-01T10:00:00Z")
    offset = (at - datetime.now(UTC)).total_seconds()
    return await _move(resources, tenant, "offset_seconds = excluded.offset_seconds", offset, actor, "time.set")


async def advance(resources: Resources, tenant: str, by: timedelta, actor: str) -> TenantTime:
    """Move a sandbox tenant's time on. Raises NotFound, Conflict (production) or Invalid."""
    change = "offset_seconds = clocks.offset_seconds + excluded.offset_seconds"
    return await _move(resources, tenant, change, by.total_seconds(), actor, "time.advance")


async def reset(resources: Resources, tenant: str, actor: str) -> TenantTime:
    """Return a tenant to real time. Raises NotFound."""
    async with resources.pg.acquire() as connection, connection.transaction():
        await _checked(connection, tenant)
        if await connection.fetchval("DELETE FROM clocks WHERE tenant_id = $1 RETURNING 1", tenant):
            await audit.write(connection, tenant, actor, "time.reset", tenant)
        return await _settled(connection, resources, tenant)


async def _move(
    resources: Resources, tenant: str, change: str, seconds: float, actor: str, action: str
) -> TenantTime:  # fmt: skip
    if abs(seconds) > _YEARS * 366 * 86400:
        raise Invalid(f"a tenant's time may be set at most {_YEARS} years away")
    async with resources.pg.acquire() as connection, connection.transaction():
        if await _checked(connection, tenant) != "sandbox":
            raise Conflict(f"{tenant} is a production tenant: only a sandbox tenant's time can be set")
        await connection.execute(
            f"""INSERT INTO clocks (tenant_id, offset_seconds) VALUES ($1, $2)
                ON CONFLICT (tenant_id) DO UPDATE SET {change}""",
            tenant, seconds,
        )  # fmt: skip
        found = await _settled(connection, resources, tenant)
        await audit.write(connection, tenant, actor, action, tenant, {"now": found.now.isoformat()})
    return found


async def _checked(connection: Any, tenant: str) -> str:
    environment = await connection.fetchval("SELECT environment FROM tenants WHERE id = $1", tenant)
    if environment is None:
        raise NotFound(f"there is no tenant {tenant!r}")
    return str(environment)


async def _settled(connection: Any, resources: Resources, tenant: str) -> TenantTime:
    # Going back must not leave a session window open for longer than one is.
    await connection.execute(
        """UPDATE conversations SET window_until = tenant_now($1) + interval '23 hours 59 minutes'
           WHERE tenant_id = $1 AND window_until > tenant_now($1) + interval '1 day'""",
        tenant,
    )  # fmt: skip
    return _taken(resources, await connection.fetchrow(_CURRENT, tenant), tenant)


def _taken(resources: Resources, row: Any, tenant: str) -> TenantTime:
    if row is None:
        raise NotFound(f"there is no tenant {tenant!r}")
    offset = row["offset_seconds"]
    resources.clock.set_offset(tenant, None if offset is None else timedelta(seconds=offset))
    return TenantTime(
        tenant=tenant, now=row["now"], timezone=row["timezone"], offset_seconds=offset or 0.0,
        simulated=offset is not None, allowed=row["environment"] == "sandbox",
    )  # fmt: skip


# clock_timestamp: a transaction that waited for the row's lock would tell the time of its own beginning
_CURRENT = """
SELECT clock_timestamp() + coalesce(make_interval(secs => c.offset_seconds), interval '0') AS now, t.timezone,
       t.environment, c.offset_seconds
FROM tenants t LEFT JOIN clocks c ON c.tenant_id = t.id WHERE t.id = $1
"""
