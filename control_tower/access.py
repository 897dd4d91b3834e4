"""Who asks, what they may do where, and that a browser asks on its own page's behalf."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Request

from core.errors import Forbidden, NotFound, Unauthorized
from storage import impersonations, tenants, users
from storage.resources import Resources
from storage.users import User

COOKIE = "orkesta_session"
ACTING = "orkesta_acting"  # beside the session's, while its user acts for somebody else
LOOK, ANSWER, RULE = 0, 1, 2  # the ranks of viewer, operator and admin
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def opened(request: Request) -> Resources:
    """The process's resources."""
    found: Resources = request.app.state.resources
    return found


Opened = Annotated[Resources, Depends(opened)]


async def signed_in(
    request: Request, resources: Opened, orkesta_session: Annotated[str | None, Cookie()] = None,
    orkesta_acting: Annotated[str | None, Cookie()] = None,
) -> User:  # fmt: skip
    """The user of the bearer token or the session cookie; raises Unauthorized, or Forbidden for a forged request.

    What somebody who acts for another may change stands in the audit before it happens.
    """
    user = await _known(request, resources, orkesta_session, orkesta_acting)
    if user.acting and request.method not in _SAFE:
        what = f"{request.method} {request.url.path}"[:500]
        await impersonations.wrote(resources, user.acting.tenant, user.email, what)
    return user


async def _known(request: Request, resources: Resources, session: str | None, acting: str | None) -> User:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await users.of_token(resources, bearer.strip(), "access")
    if not session:
        raise Unauthorized("sign in first")
    own_page(request)
    user = await users.of_token(resources, session, "session")
    if not acting:
        return user
    found = await users.of_token(resources, acting, "session")
    if found.id != user.id:
        raise Unauthorized("this impersonation is somebody else's")
    return found


def own_page(request: Request) -> None:
    """Refuse what another site makes a browser send: a cookie comes along with that too."""
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is None:  # a browser that does not say so names the origin instead
        origin = request.headers.get("origin")
        site = "same-origin" if origin and urlsplit(origin).netloc == request.headers.get("host") else "none"
    if site != "same-origin":
        raise Forbidden("this request does not come from the control tower's own page", code="cross_site")


SignedIn = Annotated[User, Depends(signed_in)]


async def may(resources: Resources, user: User, tenant: str, rank: int) -> str:
    """Return the tenant; raises NotFound for one that the user does not know of, Forbidden for too low a role."""
    known = user.rank(tenant)
    if known < 0 or tenant not in {each.id for each in await tenants.all_(resources)}:
        raise NotFound(f"there is no tenant {tenant!r}")
    if known < rank:
        raise Forbidden("your role may look, but not do this")
    return tenant


def scope_of(user: User, tenant: str | None = None) -> list[str] | None:
    """The tenants that a list covers: the named one, else all of the user's; None means every tenant."""
    if tenant:
        return [tenant]
    return None if user.everywhere >= LOOK else sorted(user.roles)


async def owner(resources: Resources, user: User, conversation_id: str, rank: int) -> str:
    """The tenant of a conversation, which its id names; raises NotFound or Forbidden."""
    try:
        return await may(resources, user, conversation_id.partition(":")[0], rank)
    except NotFound:
        raise NotFound("there is no such conversation") from None
