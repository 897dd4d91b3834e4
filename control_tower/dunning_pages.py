"""The page of collecting: what is owed at which stage, what reminders bring in, and whom they reach next."""

from fastapi import APIRouter, Request, Response

from control_tower.access import LOOK, Opened, SignedIn, may, scope_of
from control_tower.pages import render
from control_tower.shapes import with_money
from control_tower.views import Shell
from storage import dunning_figures

router = APIRouter(include_in_schema=False)


@router.get("/dunning")
async def page(request: Request, resources: Opened, user: SignedIn, around: Shell, tenant: str = "") -> Response:
    """The pipeline of one tenant, or of all of the user's."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    of = scope_of(user, tenant or None)
    return render(
        request, "dunning.html", **around, page="dunning", chosen=tenant,
        stages=with_money(await dunning_figures.columns(resources, of)),
        effects=await dunning_figures.effectiveness(resources, of),
        totals=with_money(await dunning_figures.totals(resources, of)),
        invoices=with_money(await dunning_figures.invoices(resources, of)),
    )  # fmt: skip
