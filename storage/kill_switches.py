"""Kill switches stop real sends at once: they are read in the statement that claims a send, so nothing is cached."""

import logging
import re
from datetime import datetime

from asyncpg import LockNotAvailableError
from redis.exceptions import RedisError

from core.errors import Invalid, NotFound
from core.messages import Struct
from storage import audit, live, outbox
from storage.doorbell import Doorbell
from storage.resources import Resources

log = logging.getLogger("orkesta.kill_switch")
GLOBAL = "global"
# The words of people → channel names. When in doubt the switch stops more.
CHANNELS = {
    "telegram": ("telegram",), "whatsapp": ("whatsapp_cloud", "whatsapp_twilio"), "instagram": ("instagram",),
    "twilio": ("whatsapp_twilio", "sms"), "sms": ("sms",), "email": ("email",), "web": ("web",),
    "whatsapp_cloud": ("whatsapp_cloud",), "whatsapp_twilio": ("whatsapp_twilio",),
}  # fmt: skip
_SCOPE = re.compile(r"global|tenant:(?P<tenant>[a-z0-9_-]+)|channel:(?P<owner>[a-z0-9_-]+)/(?P<channel>[a-z_]+)")
_RING_AT_ONCE = 1000
_CLAIMS = 45  # advisory lock that every claim shares (function_claim_sends.sql)


class Switch(Struct):
    """A switch that is on."""

    scope: str
    reason: str
    actor: str
    since: datetime

    @property
    def tenant(self) -> str | None:
        """Whom it concerns; None: everybody."""
        return tenant_of(self.scope)


def scope(tenant: str | None = None, channel: str | None = None) -> str:
    """The scope of the words of a command line; raises Invalid."""
    if channel and not tenant:
        raise Invalid("a channel is stopped for one tenant: name the tenant too")
    if channel:
        return f"channel:{tenant}/{channel}"
    return f"tenant:{tenant}" if tenant else GLOBAL


def tenant_of(scope: str) -> str | None:
    """The tenant that a scope names."""
    match = _SCOPE.fullmatch(scope)
    return (match["tenant"] or match["owner"]) if match else None


async def listed(resources: Resources, tenants: list[str] | None = None) -> list[Switch]:
    """All switches that are on, or those that concern these tenants."""
    rows = await resources.pg.fetch("SELECT scope, reason, actor, since FROM kill_switches ORDER BY since")
    found = [Switch(**dict(row)) for row in rows]
    return [each for each in found if tenants is None or each.tenant is None or each.tenant in tenants]


async def concerning(resources: Resources, scope: str) -> list[Switch]:
    """The switches that hold something of a scope, or all of it. Raises Invalid or NotFound."""
    if scope == GLOBAL:
        return await listed(resources)
    tenant, scopes = tenant_of(scope), await _checked(resources, scope)
    found = await listed(resources, [tenant] if tenant else None)
    wide = (GLOBAL, f"tenant:{tenant}")
    return [each for each in found if each.scope in (*wide, *scopes) or scope == f"tenant:{tenant}"]


async def turn_on(resources: Resources, scope: str, reason: str, actor: str) -> list[str]:
    """Hold all real sends of a scope; returns the scopes that are on now. Raises Invalid or NotFound."""
    if not reason.strip():
        raise Invalid("reason: say why, for the people who find everything stopped")
    scopes = await _checked(resources, scope)
    async with resources.pg.acquire() as connection, connection.transaction():
        for each in scopes:
            await connection.execute(
                """INSERT INTO kill_switches (scope, reason, actor) VALUES ($1, $2, $3)
                   ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor""",
                each, reason, actor,
            )  # fmt: skip
            tenant = tenant_of(each) or audit.EVERYWHERE
            await audit.write(connection, tenant, actor, "kill_switch.on", each, {"reason": reason})
    await _claims_are_over(resources)
    await live.tell(resources, live.KILL_SWITCH)
    return scopes


async def turn_off(resources: Resources, scope: str, reason: str, actor: str) -> int:
    """Lift a scope's switch and let what it held go; returns how many conversations go on."""
    scopes = await _checked(resources, scope)
    async with resources.pg.acquire() as connection, connection.transaction():
        gone = await connection.fetch(
            "DELETE FROM kill_switches WHERE scope = ANY ($1) RETURNING scope", scopes
        )  # fmt: skip
        for row in gone:
            tenant = tenant_of(row["scope"]) or audit.EVERYWHERE
            detail = {"reason": reason} if reason else {}
            await audit.write(connection, tenant, actor, "kill_switch.off", row["scope"], detail)
    # Also when it was off already: whoever was killed between the two steps is helped by doing it again.
    freed = await outbox.release_held(resources, tenant=tenant_of(scope))
    await _ring(resources, freed)
    await live.tell(resources, live.KILL_SWITCH)
    return len(freed)


async def _claims_are_over(resources: Resources) -> None:
    """Wait for the claims that began before the switch was on: from here on, what goes out was on the wire before."""
    async with resources.pg.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '5s'")
        try:
            await connection.execute("SELECT pg_advisory_xact_lock($1, 0)", _CLAIMS)
        except LockNotAvailableError:  # a claim hangs on something; the switch is on all the same
            log.warning("kill_switch.claims_hang")


async def _checked(resources: Resources, scope: str) -> list[str]:
    match = _SCOPE.fullmatch(scope)
    if not match:
        raise Invalid(f"scope {scope!r}: it is global, tenant:ID or channel:TENANT/CHANNEL")
    tenant = match["tenant"] or match["owner"]
    if tenant and not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
        raise NotFound(f"there is no tenant {tenant!r}")
    if not match["channel"]:
        return [scope]
    if match["channel"] not in CHANNELS:
        raise Invalid(f"channel {match['channel']!r}: it is one of {', '.join(CHANNELS)}")
    return [f"channel:{tenant}/{name}" for name in CHANNELS[match["channel"]]]


async def _ring(resources: Resources, conversations: list[str]) -> None:
    doorbell = Doorbell(resources)
    try:
        for start in range(0, len(conversations), _RING_AT_ONCE):
            await doorbell.ring((each, 0) for each in conversations[start : start + _RING_AT_ONCE])
    except (RedisError, OSError) as fault:  # the sweeper finds them: they are due
        log.warning("doorbell.away", extra={"fault": type(fault).__name__, "lost": len(conversations)})
