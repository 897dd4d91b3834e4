"""The tower's JSON about models: what they cost, and how the versions of the prompts do."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from control_tower.access import LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.shapes import plain
from core.errors import Invalid
from storage import llm_calls, tenants

router = APIRouter(prefix="/api")
Days = Annotated[int, Query(ge=1, le=366)]
Version = Annotated[str, Field(pattern=r"^v\d{1,4}$")]


class Experiment(BaseModel):
    """The version of the prompts that a tenant uses, or two that are compared."""

    tenant: str = Field(max_length=63)
    versions: list[Version] = Field(min_length=1, max_length=2)


class Budget(BaseModel):
    """What a tenant's models may cost in a month, in US dollars; null: what the settings say."""

    tenant: str = Field(max_length=63)
    usd: float | None = Field(ge=0, le=1_000_000)


@router.post("/models/budget")
async def budget(wish: Budget, resources: Opened, user: SignedIn) -> Any:
    """Set a tenant's monthly budget; over it the offline tier answers alone."""
    await may(resources, user, wish.tenant, RULE)
    made = await tenants.configure(resources, wish.tenant, user.email, {"llm_budget_usd": wish.usd})
    return plain({"tenant": made.id, "llm_budget_usd": made.llm_budget_usd})


@router.get("/models/usage")
async def usage(resources: Opened, user: SignedIn, tenant: str | None = None) -> Any:
    """What models cost, by month, tier and model, beside the tenant's budget; in millionths of a US dollar."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    of = scope_of(user, tenant)
    usual = resources.settings.llm_monthly_budget_usd
    budgets = {
        each.id: round((usual if each.llm_budget_usd is None else each.llm_budget_usd) * 1_000_000)
        for each in await tenants.all_(resources)
        if of is None or each.id in of
    }
    rows = [{**row, "month": f"{row['month']:%Y-%m}"} for row in await llm_calls.spending(resources, of)]
    return plain({"budgets_micros": budgets, "usage": rows})


@router.get("/prompts")
async def prompts(tenant: str, resources: Opened, user: SignedIn, days: Days = 30) -> Any:
    """The tenant's versions and what came of each: resolution, hand-offs, cost."""
    await may(resources, user, tenant, LOOK)
    return await _told(resources, tenant, days)


@router.post("/prompts/experiment")
async def experiment(wish: Experiment, resources: Opened, user: SignedIn) -> Any:
    """Use one version, or compare two: each customer always gets the same one."""
    await may(resources, user, wish.tenant, RULE)
    if len(set(wish.versions)) < len(wish.versions):
        raise Invalid("versions: name two different ones, or one")
    await tenants.configure(resources, wish.tenant, user.email, {"prompts": wish.versions})
    return await _told(resources, wish.tenant, 30)


async def _told(resources: Opened, tenant: str, days: int) -> Any:
    versions = (await tenants.Tenants(resources).get(tenant)).prompts or ("v3",)
    results = await llm_calls.experiment(resources, tenant, days=days)
    return plain({"tenant": tenant, "versions": versions, "days": days, "results": results})
