"""Signing in: tokens for programs, a session cookie for the browser."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from control_tower.access import ACTING, COOKIE, Opened, SignedIn, own_page
from control_tower.pages import render
from control_tower.words import LANGUAGES
from core.errors import Refused
from storage import users
from storage.resources import Resources
from storage.users import User

router = APIRouter()


class Login(BaseModel):
    """Who signs in."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1000)


class Refresh(BaseModel):
    """A refresh token, for a new access token."""

    refresh_token: str = Field(max_length=4000)


@router.post("/api/auth/login")
async def login(who: Login, request: Request, resources: Opened) -> dict[str, Any]:
    """Give tokens; raises Unauthorized or TooManyTries."""
    return _tokens(resources, await users.sign_in(resources, who.email, who.password, _address(request)))


@router.post("/api/auth/refresh")
async def refresh(old: Refresh, resources: Opened) -> dict[str, Any]:
    """Give new tokens for a refresh token."""
    return _tokens(resources, await users.of_token(resources, old.refresh_token, "refresh"))


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The form."""
    return render(request, "login.html", email="", failed="")


@router.post("/login")
async def sign_in(
    request: Request, resources: Opened,
    email: Annotated[str, Form(max_length=320)] = "", password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:  # fmt: skip
    """Set the session cookie and go to the first page; on failure the form again, with one message for all."""
    own_page(request)
    try:
        user = await users.sign_in(resources, email, password, _address(request))
    except Refused as refused:
        return render(request, "login.html", status=refused.status, email=email, failed=refused.code)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE, users.token(resources, user, "session"), max_age=users.TOKEN_SECONDS["session"], httponly=True,
        samesite="lax", secure=request.url.scheme == "https",
    )  # fmt: skip
    response.delete_cookie(ACTING)
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Forget the session."""
    own_page(request)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    response.delete_cookie(ACTING)
    return response


@router.post("/language")
async def language(
    resources: Opened, user: SignedIn, to: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/"
) -> Response:  # fmt: skip
    """Show the pages in another language from now on."""
    if to in LANGUAGES:
        await users.set_locale(resources, user.id, to)
    own = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(back if own else "/", 303)


def _tokens(resources: Resources, user: User) -> dict[str, Any]:
    return {
        "access_token": users.token(resources, user, "access"),
        "refresh_token": users.token(resources, user, "refresh"),
        "token_type": "bearer",
        "expires_in": users.TOKEN_SECONDS["access"],
    }


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
