"""The tower's JSON of collecting: the pipeline, a tenant's rules, and reminding now."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, scope_of
from control_tower.shapes import plain, with_money
from core.dunning import STAGES, Rule
from core.errors import Conflict
from storage import clocks, dunning, dunning_figures, dunning_rules
from storage.resources import Resources

router = APIRouter(prefix="/api/dunning")
Remind = Callable[[Resources, str, str | None], Awaitable[Sequence[Any]]]  # tenant, invoice → what was done
Stage = Literal["T-3", "T-1", "DUE", "T+1", "T+3", "T+7", "T+15", "T+30", "WRITE_OFF"]
Channel = Literal["whatsapp", "whatsapp_cloud", "whatsapp_twilio", "telegram", "instagram", "sms", "email", "web"]


class StageRule(BaseModel, extra="forbid"):
    """How to remind at one stage."""

    stage: Stage
    channel: Channel
    templates: dict[str, str] = Field({}, max_length=20)
    hour: int = Field(10, ge=0, le=23)
    enabled: bool = True
    throttle_hours: int = Field(20, ge=0, le=720)
    fallback_channel: Channel | None = None
    fallback_after_hours: int = Field(4, ge=0, le=720)


class Rules(BaseModel, extra="forbid"):
    """A tenant's new rules; a stage that is not named stays as it is."""

    tenant: str = Field(max_length=63)
    rules: list[StageRule] = Field([], max_length=len(STAGES))
    policy: dict[str, Any] | None = None


class Send(BaseModel):
    """Remind now of all that is due for a tenant, or of one invoice."""

    tenant: str = Field(max_length=63)
    invoice: str | None = Field(None, max_length=100)


class Decision(BaseModel):
    """What a person decided about a disputed invoice."""

    tenant: str = Field(max_length=63)
    invoice: str = Field(max_length=100)
    decision: Literal["owed", "written_off"]
    reason: str = Field(min_length=1, max_length=500)


@router.get("/pipeline")
async def pipeline(resources: Opened, user: SignedIn, tenant: str | None = None) -> Any:
    """What is owed by stage, what reminders bring in, collection rate and days outstanding."""
    if tenant:
        await may(resources, user, tenant, LOOK)
    of = scope_of(user, tenant)
    hours = await dunning.seen_hours(resources, tenant) if tenant else []
    return plain(
        {
            "hours": hours,
            "stages": with_money(await dunning_figures.columns(resources, of)),
            "effectiveness": await dunning_figures.effectiveness(resources, of),
            "totals": with_money(await dunning_figures.totals(resources, of)),
            "invoices": with_money(await dunning_figures.invoices(resources, of)),
        }
    )


@router.get("/rules")
async def rules(tenant: str, resources: Opened, user: SignedIn) -> Any:
    """How a tenant reminds at each stage."""
    await may(resources, user, tenant, LOOK)
    return await _rules(resources, tenant)


@router.put("/rules")
async def change(wish: Rules, resources: Opened, user: SignedIn) -> Any:
    """Change it; open invoices are planned anew."""
    await may(resources, user, wish.tenant, RULE)
    made = [msgspec.convert(each.model_dump(), Rule) for each in wish.rules]
    await dunning_rules.change(resources, wish.tenant, made, wish.policy, user.email)
    return await _rules(resources, wish.tenant)


@router.post("/send")
async def send(wish: Send, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Do now what is due: of a tenant, or of one invoice. What is not due is refused, whoever asks."""
    await may(resources, user, wish.tenant, ANSWER)
    remind: Remind = request.app.state.remind
    done = await remind(resources, wish.tenant, wish.invoice)
    if wish.invoice and not done:
        raise Conflict(f"no reminder of {wish.invoice} is due now", code="not_due")
    now = (await clocks.current(resources, wish.tenant)).now
    return plain({"tenant": wish.tenant, "now": now, "steps": list(done)})


@router.post("/decide")
async def decide(wish: Decision, resources: Opened, user: SignedIn) -> Any:
    """End a dispute: the invoice is owed after all, or given up."""
    await may(resources, user, wish.tenant, ANSWER if wish.decision == "owed" else RULE)
    status = await dunning_figures.decide(
        resources, wish.tenant, wish.invoice, wish.decision, wish.reason, user.email
    )
    return {"tenant": wish.tenant, "invoice": wish.invoice, "status": status}


async def _rules(resources: Resources, tenant: str) -> Any:
    found, policy = await dunning_rules.listed(resources, tenant)
    found.sort(key=lambda rule: STAGES.index(rule.stage))
    return msgspec.to_builtins({"tenant": tenant, "stages": STAGES, "rules": found, "policy": policy})
