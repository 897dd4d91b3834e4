"""The pages for people: overview, inbox, what needs attention, audit; and the forms on them."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from control_tower import desk as desk_api
from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.api import audited, may_turn, ring
from control_tower.pages import render
from control_tower.shapes import inside
from core.records import Tenant
from storage import audit, dead_letters, desk, kill_switches, overview
from storage.resources import Resources

router = APIRouter(include_in_schema=False)
_THREAD = 60


async def shell(resources: Opened, user: SignedIn) -> dict[str, Any]:
    """What every page shows around its content."""
    of = scope_of(user)
    return {
        "user": user, "tenants": await overview.visible(resources, of),
        "switches": await kill_switches.listed(resources, of), "channels": list(kill_switches.CHANNELS),
        "may_rule": user.everywhere >= RULE or any(user.rank(each) >= RULE for each in user.roles),
    }  # fmt: skip


Shell = Annotated[dict[str, Any], Depends(shell)]


@router.get("/")
async def overview_page(request: Request, resources: Opened, user: SignedIn, around: Shell) -> Response:
    """Tiles and tenants."""
    of = scope_of(user)
    template = "overview_body.html" if request.headers.get("x-fragment") else "overview.html"
    return render(
        request, template, **around, page="overview", tiles=await overview.tiles(resources, of),
        waiting=await overview.waiting(resources, of), lines=await overview.by_tenant(resources, of),
        accounts=await overview.accounts(resources, of),
    )  # fmt: skip


@router.get("/banner")
async def banner(request: Request, around: Shell) -> Response:
    """The kill banner alone."""
    return render(request, "banner.html", **around)


@router.get("/inbox")
async def any_inbox(around: Shell) -> Response:
    """The inbox of the first tenant."""
    tenants: list[Tenant] = around["tenants"]
    return RedirectResponse(f"/t/{tenants[0].id}/inbox" if tenants else "/", 303)


@router.get("/t/{tenant}/inbox")
async def inbox(
    tenant: str, request: Request, resources: Opened, user: SignedIn, around: Shell, view: str = "all",
    channel: str = "", q: str = "", c: str = "",
) -> Response:  # fmt: skip
    """List and thread; a fragment request gets the part that it names."""
    await may(resources, user, tenant, LOOK)
    part = request.headers.get("x-fragment")
    here = next(each for each in around["tenants"] if each.id == tenant)
    values: dict[str, Any] = {
        **around, "page": "inbox", "tenant": here, "view": view if view in desk.VIEWS else "all", "channel": channel,
        "q": q, "selected": c, "may_answer": user.rank(tenant) >= ANSWER, "may_force": user.rank(tenant) >= RULE,
        "views": desk.VIEWS,
    }  # fmt: skip
    if part != "thread":
        values["rows"] = await desk.conversations(
            resources, tenant, view=values["view"], channel=channel, text=q, most=80
        )
    if part != "list":
        values |= await _thread(resources, tenant, c)
    template = {"list": "inbox_list.html", "thread": "inbox_thread.html"}.get(part or "", "inbox.html")
    return render(request, template, **values)


async def _thread(resources: Resources, tenant: str, conversation_id: str) -> dict[str, Any]:
    found = await desk.conversation(resources, tenant, conversation_id) if conversation_id else None
    lines = await desk.messages(resources, tenant, conversation_id, most=_THREAD) if found else []
    return {"conversation": found, "messages": [{**line, **inside(line)} for line in lines]}


@router.post("/t/{tenant}/inbox/{step}")
async def act(
    tenant: str, step: str, request: Request, resources: Opened, user: SignedIn, c: Annotated[str, Form()],
    text: Annotated[str, Form(max_length=10_000)] = "", note: Annotated[str, Form(max_length=1000)] = "",
    force: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Take over, answer or hand back from the page."""
    hold = desk_api.Hold(force=force, note=note)
    if step == "takeover":
        await desk_api.take_over(resources, user, c, hold)
    elif step == "release":
        await desk_api.release(resources, user, c, hold)
    else:
        await desk_api.reply(resources, user, c, text, request.app.state.cut)
    return done(request, f"/t/{tenant}/inbox?c={quote(c, safe='')}")


@router.post("/kill-switch")
async def turn(
    request: Request, resources: Opened, user: SignedIn, scope: Annotated[str, Form()], state: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=500)] = "", channel: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Turn a switch from the dialog or the banner."""
    if channel and (tenant := kill_switches.tenant_of(scope)):
        scope = kill_switches.scope(tenant, channel)
    await may_turn(resources, user, scope)
    turned = kill_switches.turn_off if state == "off" else kill_switches.turn_on
    await turned(resources, scope, reason, user.email)
    return done(request, "/")


@router.get("/attention")
async def attention(request: Request, resources: Opened, user: SignedIn, around: Shell) -> Response:
    """Dead letters, and sends that are held or of unknown outcome."""
    of = scope_of(user)
    return render(
        request, "attention.html", **around, page="attention", letters=await dead_letters.listed(resources, of),
        unknown=await overview.unknown(resources, of),
        may_retry={tenant.id for tenant in around["tenants"] if user.rank(tenant.id) >= ANSWER},
    )  # fmt: skip


@router.post("/attention/{letter}/retry")
async def retry(letter: int, request: Request, resources: Opened, user: SignedIn) -> Response:
    """Try a dead letter again."""
    await may(resources, user, await dead_letters.tenant_of(resources, letter), ANSWER)
    await ring(resources, await dead_letters.retry(resources, letter, user.email))
    return done(request, "/attention")


@router.get("/audit")
async def audit_page(
    request: Request, resources: Opened, user: SignedIn, around: Shell, tenant: str = "", action: str = "",
    before: int | None = None,
) -> Response:  # fmt: skip
    """Who did what."""
    of = await audited(resources, user, tenant or None)
    entries = await audit.listed(resources, of, before=before, action=action, most=100)
    return render(
        request, "audit.html", **around, page="audit", entries=entries, chosen=tenant, action=action,
        older=entries[-1]["id"] if len(entries) == 100 else None,
    )  # fmt: skip


def done(request: Request, page: str) -> Response:
    """The page's script only needs to know that it worked; without it the browser goes on to a page."""
    return Response(status_code=204) if request.headers.get("x-fragment") else RedirectResponse(page, 303)
