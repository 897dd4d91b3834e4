"""The tower's JSON under /api: overview, tenants, kill switches, audit, what needs a person."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from redis.exceptions import RedisError

from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.shapes import plain
from core.errors import Forbidden, Invalid
from storage import audit, dead_letters, kill_switches, model_health, overview, sweep
from storage.doorbell import Doorbell
from storage.resources import Resources
from storage.users import User

router = APIRouter(prefix="/api")
Limit = Annotated[int, Query(ge=1, le=500)]


class Turn(BaseModel):
    """A kill switch to be turned."""

    scope: str = Field(max_length=200)
    state: Literal["on", "off"]
    reason: str = Field("", max_length=500)


@router.get("/overview")
async def overview_(resources: Opened, user: SignedIn) -> Any:
    """Counts, backlog, tenants, switches: of the user's tenants."""
    of = scope_of(user)
    return plain(
        {
            "tiles": await overview.tiles(resources, of),
            "waiting": await overview.waiting(resources, of),
            "tenants": await overview.by_tenant(resources, of),
            "kill_switches": await kill_switches.listed(resources, of),
        }
    )


@router.get("/health")
async def health(resources: Opened, user: SignedIn) -> Any:
    """What the system depends on, and how it does."""
    backlog = await sweep.backlog(resources)
    try:
        await resources.redis.ping()
        redis = "ok"
    except (RedisError, OSError) as fault:
        redis = type(fault).__name__
    fine = redis == "ok" and backlog["workers"] > 0
    accounts = await overview.accounts(resources, scope_of(user))
    return plain(
        {"status": "ok" if fine else "degraded", "postgres": "ok", "redis": redis, "backlog": backlog,
         "channels": accounts, "models": await model_health.breakers(resources)}
    )  # fmt: skip


@router.get("/tenants")
async def tenants_(resources: Opened, user: SignedIn) -> Any:
    """The user's tenants."""
    return plain({"tenants": await overview.by_tenant(resources, scope_of(user))})


@router.get("/tenants/{tenant}")
async def tenant_(tenant: str, resources: Opened, user: SignedIn) -> Any:
    """One tenant with its channels."""
    await may(resources, user, tenant, LOOK)
    (found,) = await overview.by_tenant(resources, [tenant])
    return plain({**found, "accounts": await overview.accounts(resources, [tenant])})


@router.get("/kill-switch")
async def switches(resources: Opened, user: SignedIn) -> Any:
    """The switches that are on."""
    return plain({"kill_switches": await kill_switches.listed(resources, scope_of(user))})


@router.post("/kill-switch")
async def turn(turn: Turn, resources: Opened, user: SignedIn) -> Any:
    """Stop or let go the real sends of a scope."""
    await may_turn(resources, user, turn.scope)
    if turn.state == "on":
        await kill_switches.turn_on(resources, turn.scope, turn.reason, user.email)
    else:
        await kill_switches.turn_off(resources, turn.scope, turn.reason, user.email)
    return plain({"kill_switches": await kill_switches.listed(resources, scope_of(user))})


async def may_turn(resources: Resources, user: User, scope: str) -> None:
    """A tenant's admin may stop that tenant, only an admin of all tenants everything."""
    tenant = kill_switches.tenant_of(scope)
    if tenant:
        await may(resources, user, tenant, RULE)
    elif scope != kill_switches.GLOBAL:
        raise Invalid(f"scope {scope!r}: it is global, tenant:ID or channel:TENANT/CHANNEL")
    elif user.everywhere < RULE:
        raise Forbidden("only an admin of all tenants may turn the global switch")


@router.get("/audit")
async def audit_(
    resources: Opened, user: SignedIn, tenant: str | None = None, action: str = "", before: int | None = None,
    limit: Limit = 100,
) -> Any:  # fmt: skip
    """Who did what, newest first: for admins."""
    of = await audited(resources, user, tenant)
    found = await audit.listed(resources, of, before=before, action=action, most=limit)
    return plain({"entries": found, "before": found[-1]["id"] if len(found) == limit else None})


async def audited(resources: Resources, user: User, tenant: str | None) -> list[str] | None:
    """The tenants whose audit the user may read; raises Forbidden when there is none."""
    if tenant:
        return [await may(resources, user, tenant, RULE)]
    if user.everywhere >= RULE:
        return None
    of = [each for each in user.roles if user.rank(each) >= RULE]
    if not of:
        raise Forbidden("only admins read the audit log")
    return of


@router.get("/dead-letters")
async def dead(resources: Opened, user: SignedIn, tenant: str | None = None, limit: Limit = 100) -> Any:
    """What nobody could do."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    return plain({"dead_letters": await dead_letters.listed(resources, scope_of(user, tenant), most=limit)})


@router.post("/dead-letters/{letter}/retry")
async def retry(letter: int, resources: Opened, user: SignedIn) -> Any:
    """Try one again."""
    await may(resources, user, await dead_letters.tenant_of(resources, letter), ANSWER)
    conversation = await dead_letters.retry(resources, letter, user.email)
    await ring(resources, conversation)
    return {"conversation_id": conversation}


@router.get("/unknown-outcomes")
async def unknown(resources: Opened, user: SignedIn, tenant: str | None = None, limit: Limit = 100) -> Any:
    """Sends that are held, and those of which nobody knows whether they arrived."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    return plain({"messages": await overview.unknown(resources, scope_of(user, tenant), most=limit)})


async def ring(resources: Resources, conversation: str) -> None:
    """Wake a worker; the sweeper finds what was not rung."""
    try:
        await Doorbell(resources).ring([(conversation, 0)])
    except (RedisError, OSError):  # a hint only
        return
