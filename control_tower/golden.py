"""The tower's golden flows: as JSON under /api/golden-flows, and their page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NamedTuple, Protocol

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, Opened, SignedIn, may, scope_of
from control_tower.pages import render
from control_tower.shapes import plain
from control_tower.views import Shell
from core.errors import Forbidden, NotFound
from core.golden import Flow, chosen
from storage import golden, tenants
from storage.resources import Resources
from storage.users import User

log = logging.getLogger("orkesta.tower")
router = APIRouter()
_MOST_WAIT_SECONDS = 240
_DOTS = 20


class Playing(Protocol):
    """One run that may begin."""

    id: str

    async def play(self) -> None:
        """Play all of its flows."""
        ...


class Stage(NamedTuple):
    """What plays flows; the tower's process puts it in. `open` raises NotFound or Conflict when a run cannot begin."""

    flows: tuple[Flow, ...]
    open: Callable[[Resources, Sequence[Flow], str], Awaitable[Playing]]


class Wish(BaseModel):
    """Which flows: by name (or what names begin with), tenant, channel and language; all without any."""

    flows: list[Annotated[str, Field(max_length=100)]] = Field([], max_length=200)
    tenant: str = Field("", max_length=63)
    channel: str = Field("", max_length=40)
    language: str = Field("", pattern="^(es|en|pt)?$")
    wait_seconds: float = Field(60, ge=0, le=_MOST_WAIT_SECONDS)


@router.post("/api/golden-flows/run")
async def run(request: Request, response: Response, resources: Opened, user: SignedIn, wish: Wish | None = None) -> Any:
    """Play flows of sandbox tenants: 200 with their results, or 202 when they take longer than `wait_seconds`."""
    wish = wish or Wish()
    playing, task = await _begin(request, resources, user, wish)
    await asyncio.wait([task], timeout=wish.wait_seconds)
    response.status_code = 200 if task.done() else 202
    return await _told(resources, user, playing.id, task.done())


@router.get("/api/golden-flows/results")
async def results(
    resources: Opened, user: SignedIn, tenant: str | None = None, run: str | None = None, flow: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Any:  # fmt: skip
    """Flows that were run, newest first, with every step: what was said, expected and answered."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    of = scope_of(user, tenant)
    found = await golden.results(resources, of, run=run, flow=flow, most=limit)
    return plain({"results": found})


@router.get("/api/golden-flows")
async def listed(request: Request, resources: Opened, user: SignedIn) -> Any:
    """The flows of the user's tenants, with how each one ended the last times."""
    return plain({"flows": await _lines(request, resources, user)})


@router.get("/golden", include_in_schema=False)
async def page(request: Request, resources: Opened, user: SignedIn, around: Shell, open: str = "") -> Response:
    """Every flow with its last results; one flow's last run, step by step."""
    template = "golden_body.html" if request.headers.get("x-fragment") else "golden.html"
    lines = await _lines(request, resources, user)
    named = open or next((line["name"] for line in lines if line["last"] and line["last"][0]["status"] == "failed"), "")
    shown = await golden.results(resources, scope_of(user), flow=named, most=1) if named else []
    return render(
        request, template, **around, page="golden", lines=lines, shown=shown[0] if shown else None,
        may_run={each.id for each in around["tenants"] if user.rank(each.id) >= ANSWER},
    )  # fmt: skip


@router.post("/golden", include_in_schema=False)
async def start(
    request: Request, resources: Opened, user: SignedIn, flow: Annotated[str, Form(max_length=100)] = "",
    channel: Annotated[str, Form(max_length=40)] = "", language: Annotated[str, Form(max_length=2)] = "",
) -> Response:  # fmt: skip
    """Begin a run from the page, which then shows how it goes."""
    names = [flow] if flow else []
    await _begin(request, resources, user, Wish(flows=names, channel=channel, language=language))
    return Response(status_code=204) if request.headers.get("x-fragment") else RedirectResponse("/golden", 303)


async def _begin(
    request: Request, resources: Resources, user: User, wish: Wish
) -> tuple[Playing, "asyncio.Task[None]"]:
    stage: Stage = request.app.state.stage
    known = stage.flows if wish.flows or wish.tenant else await _here(stage, resources, user)
    fitting = [
        flow
        for flow in chosen(wish.flows, known)
        if wish.tenant in ("", flow.tenant) and wish.channel in ("", flow.channel)
        and wish.language in ("", flow.language)
    ]  # fmt: skip
    named = {flow.tenant for flow in fitting if wish.flows or wish.tenant} | ({wish.tenant} - {""})
    for tenant in named:
        await may(resources, user, tenant, ANSWER)
    if not fitting:
        raise NotFound("no golden flow is as wished: GET /api/golden-flows lists them")
    wanted = [flow for flow in fitting if user.rank(flow.tenant) >= ANSWER]
    if not wanted:
        raise Forbidden("your role may look, but not do this")
    playing = await stage.open(resources, wanted, user.email)
    task = asyncio.create_task(playing.play())
    running: set[asyncio.Task[None]] = request.app.state.running
    running.add(task)
    task.add_done_callback(lambda done: _ended(running, done))
    return playing, task


def _ended(running: "set[asyncio.Task[None]]", task: "asyncio.Task[None]") -> None:
    running.discard(task)
    if not task.cancelled() and (fault := task.exception()):
        log.error("tower.failed", exc_info=fault)


async def _told(resources: Resources, user: User, run: str, settled: bool) -> Any:
    found = await golden.results(resources, scope_of(user), run=run, most=1000)
    passed = sum(each["status"] == "passed" for each in found)
    failed = sum(each["status"] in ("failed", "lost") for each in found)
    status = ("passed" if passed and not failed else "failed") if settled else "running"
    return plain({"run": run, "status": status, "passed": passed, "failed": failed, "results": found})


async def _lines(request: Request, resources: Resources, user: User) -> list[dict[str, Any]]:
    stage: Stage = request.app.state.stage
    past = await golden.history(resources, scope_of(user), _DOTS)
    return [
        {"name": flow.name, "title": flow.title.get(user.locale, flow.title["en"]), "tenant": flow.tenant,
         "channel": flow.channel, "language": flow.language, "steps": len(flow.steps), "last": past.get(flow.name, [])}
        for flow in await _here(stage, resources, user)
    ]  # fmt: skip


async def _here(stage: Stage, resources: Resources, user: User) -> list[Flow]:
    """The flows whose sandbox tenant is in this system, and known to the user: in production there may be none."""
    known = {tenant.id for tenant in await tenants.all_(resources) if tenant.environment == "sandbox"}
    return [flow for flow in stage.flows if flow.tenant in known and user.rank(flow.tenant) >= LOOK]
