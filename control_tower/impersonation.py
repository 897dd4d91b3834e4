"""Acting for somebody of a tenant: for admins of all tenants, as JSON and from the page."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from control_tower.access import ACTING, RULE, Opened, SignedIn, may
from control_tower.shapes import plain
from core.errors import Forbidden, Invalid
from storage import impersonations, users
from storage.impersonations import LIMIT
from storage.resources import Resources
from storage.users import User

router = APIRouter()


class Wish(BaseModel):
    """Why, and for whom: a user of the tenant, or an admin of it without a name."""

    reason: str = Field(max_length=500)
    user: str = Field("", max_length=320)


@router.post("/api/tenants/{tenant}/impersonate")
async def impersonate(tenant: str, wish: Wish, resources: Opened, user: SignedIn) -> Any:
    """Give a token of half an hour that sees and does what that person does; every write is audited by both names."""
    acting = await _start(resources, user, tenant, wish)
    found = acting.acting
    assert found is not None
    return plain(
        {
            "access_token": users.token(resources, acting, "access"), "token_type": "bearer",
            "expires_in": int(LIMIT.total_seconds()), "tenant": tenant, "acting_as": found.acting_as,
            "role": found.role, "until": found.until,
        }
    )  # fmt: skip


@router.post("/api/impersonation/exit")
async def exit_(resources: Opened, user: SignedIn) -> dict[str, str]:
    """End it, with either token. Raises NotFound when there is none."""
    return {"tenant": await impersonations.end(resources, user.id, user.own)}


@router.post("/tenants/{tenant}/impersonate", include_in_schema=False)
async def impersonate_page(
    tenant: str, request: Request, resources: Opened, user: SignedIn,
    reason: Annotated[str, Form(max_length=500)], who: Annotated[str, Form(max_length=320)] = "",
) -> Response:  # fmt: skip
    """The same from the page: a cookie beside the session's, which ends with it."""
    acting = await _start(resources, user, tenant, Wish(reason=reason, user=who))
    response = RedirectResponse(f"/t/{tenant}/inbox", 303)
    response.set_cookie(
        ACTING, users.token(resources, acting, "session"), max_age=int(LIMIT.total_seconds()), httponly=True,
        samesite="lax", secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


@router.post("/impersonation/exit", include_in_schema=False)
async def exit_page(resources: Opened, user: SignedIn) -> Response:
    """End it from the page's bar."""
    await impersonations.end(resources, user.id, user.own)
    response = RedirectResponse("/", 303)
    response.delete_cookie(ACTING)
    return response


async def _start(resources: Resources, user: User, tenant: str, wish: Wish) -> User:
    if user.acting:
        raise Forbidden("you act for somebody already: exit first", code="nested")
    await may(resources, user, tenant, RULE)
    if user.everywhere < RULE:
        raise Forbidden("only an admin of all tenants may act for somebody")
    if not wish.reason.strip():
        raise Invalid("reason: say why; it stands in the audit")
    found = await impersonations.start(
        resources, user.id, user.own, tenant, wish.reason.strip(), wish.user.strip().lower() or None
    )  # fmt: skip
    return users.acting(user, found)
