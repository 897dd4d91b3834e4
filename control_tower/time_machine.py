"""The tower's JSON of the time machine: a sandbox tenant's own time."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, Opened, SignedIn, may
from control_tower.shapes import plain
from core.errors import Invalid
from storage import clocks

router = APIRouter(prefix="/api/time-machine")


class Set(BaseModel):
    """A sandbox tenant's new time: `at`, or `advance_seconds` from its own, or null for real time."""

    tenant: str = Field(max_length=63)
    at: datetime | None = None
    advance_seconds: float | None = None


@router.get("/current")
async def current(tenant: str, resources: Opened, user: SignedIn) -> Any:
    """What time it is for the tenant."""
    await may(resources, user, tenant, LOOK)
    return plain(await clocks.current(resources, tenant))


@router.post("/set")
async def set_(wish: Set, resources: Opened, user: SignedIn) -> Any:
    """Set, advance or reset a sandbox tenant's time."""
    await may(resources, user, wish.tenant, ANSWER)
    if wish.at is not None and wish.advance_seconds is not None:
        raise Invalid("give at or advance_seconds, not both")
    if wish.advance_seconds is not None:
        by = timedelta(seconds=max(-1e10, min(1e10, wish.advance_seconds)))
        return plain(await clocks.advance(resources, wish.tenant, by, user.email))
    if wish.at is None:
        return plain(await clocks.reset(resources, wish.tenant, user.email))
    return plain(await clocks.put(resources, wish.tenant, wish.at, user.email))
