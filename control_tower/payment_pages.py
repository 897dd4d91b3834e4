"""The page of payments: what was paid, what providers told, and a form that makes a link."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from control_tower.access import ANSWER, LOOK, Opened, SignedIn, may, scope_of
from control_tower.pages import render
from control_tower.payments import Desk
from control_tower.views import Shell
from core.errors import PaymentFailed, Refused
from storage import payment_events, payments
from storage.resources import Resources
from storage.users import User

router = APIRouter(include_in_schema=False)
_SHOWN = 60


@router.get("/payments")
async def page(request: Request, resources: Opened, user: SignedIn, around: Shell, tenant: str = "") -> Response:
    """Payments and events of one tenant, or of all of the user's."""
    template = "payments_body.html" if request.headers.get("x-fragment") else "payments.html"
    return await _page(request, resources, user, around, template, tenant)


@router.post("/payments")
async def make_link(
    request: Request, resources: Opened, user: SignedIn, around: Shell, tenant: Annotated[str, Form()],
    number: Annotated[str, Form(max_length=100)], kind: Annotated[str, Form(max_length=20)] = "invoice",
) -> Response:  # fmt: skip
    """Make a link, and show it or why there is none."""
    await may(resources, user, tenant, ANSWER)
    desk: Desk = request.app.state.payment_desk
    link, refusal = None, ""
    try:
        link = await desk.create_link(tenant, kind, number.strip())
    except (Refused, PaymentFailed) as fault:
        refusal = fault.message
    return await _page(request, resources, user, around, "payments.html", tenant, link=link, refusal=refusal)


async def _page(
    request: Request, resources: Resources, user: User, around: dict[str, Any], template: str, tenant: str, **more: Any
) -> Response:
    if tenant:
        await may(resources, user, tenant, LOOK)
    of = scope_of(user, tenant or None)
    writable = [each for each in around["tenants"] if user.rank(each.id) >= ANSWER]
    return render(
        request, template, **around, page="payments", chosen=tenant, writable=writable,
        payments=await payments.transactions(resources, of, most=_SHOWN),
        events=await payment_events.listed(resources, of, most=_SHOWN), **{"link": None, "refusal": "", **more},
    )  # fmt: skip
