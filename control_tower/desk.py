"""The tower's conversations as JSON: list, messages, take over, answer, hand back."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from control_tower.access import ANSWER, LOOK, RULE, Opened, SignedIn, may, owner, scope_of
from control_tower.api import Limit, ring
from control_tower.shapes import message, plain, row
from core.errors import Invalid, NotFound
from core.messages import Part, Reply
from storage import desk, live, takeover, tenants
from storage.resources import Resources
from storage.users import User

router = APIRouter(prefix="/api/conversations")
# (channel, reply) → its parts within the channel's limits; given by tower.py, since the tower knows no channels.
Cut = Callable[[str, Reply], tuple[Part, ...]]


class Hold(BaseModel):
    """`force` takes a conversation from a colleague: for admins."""

    force: bool = False
    note: str = Field("", max_length=1000)


class Answer(BaseModel):
    """What a person writes to the customer."""

    text: str = Field(min_length=1, max_length=10_000)


@router.get("")
async def conversations(
    resources: Opened, user: SignedIn, tenant: str | None = None, view: str = "all", channel: str = "", q: str = "",
    before: datetime | None = None, limit: Limit = 50,
) -> Any:  # fmt: skip
    """A tenant's conversations, newest first; without a tenant those of all that the user sees, each its newest."""
    if view not in desk.VIEWS:
        raise Invalid(f"view: it is one of {', '.join(desk.VIEWS)}")
    if tenant:
        of = [await may(resources, user, tenant, LOOK)]
    else:
        of = await tenants_of(resources, user)
    found = []
    for each in of:
        found += await desk.conversations(
            resources, each, view=view, channel=channel, text=q, before=before, most=limit
        )
    found.sort(key=lambda line: line["last_message_at"], reverse=True)
    return plain({"conversations": [row(line) for line in found[:limit]]})


@router.get("/{conversation_id:path}/messages")
async def messages(
    conversation_id: str, resources: Opened, user: SignedIn, before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 50,
) -> Any:  # fmt: skip
    """One conversation and its messages, newest last."""
    tenant = await owner(resources, user, conversation_id, LOOK)
    found = await desk.conversation(resources, tenant, conversation_id)
    if found is None:
        raise NotFound("there is no such conversation")
    lines = await desk.messages(resources, tenant, conversation_id, before=before, most=limit)
    older = lines[0]["seq"] if len(lines) == limit and lines[0]["seq"] > 1 else None
    return plain({"conversation": row(found), "messages": [message(line) for line in lines], "before": older})


@router.post("/{conversation_id:path}/takeover")
async def take(conversation_id: str, resources: Opened, user: SignedIn, hold: Hold | None = None) -> Any:
    """Silence the agents; the caller answers from here on."""
    return plain(await take_over(resources, user, conversation_id, hold or Hold()))


@router.post("/{conversation_id:path}/release")
async def give_back(conversation_id: str, resources: Opened, user: SignedIn, hold: Hold | None = None) -> Any:
    """Hand back to the agents."""
    return plain(await release(resources, user, conversation_id, hold or Hold()))


@router.post("/{conversation_id:path}/reply")
async def answer(conversation_id: str, said: Answer, request: Request, resources: Opened, user: SignedIn) -> Any:
    """Answer the customer as a person."""
    return {"message_ids": await reply(resources, user, conversation_id, said.text, request.app.state.cut)}


async def tenants_of(resources: Resources, user: User) -> list[str]:
    """The ids of all tenants that a user sees."""
    of = scope_of(user)
    return of if of is not None else [tenant.id for tenant in await tenants.all_(resources)]


async def take_over(resources: Resources, user: User, conversation_id: str, hold: Hold) -> takeover.Held:
    """Raises NotFound, Forbidden, or Conflict when a colleague has it."""
    await owner(resources, user, conversation_id, RULE if hold.force else ANSWER)
    held = await takeover.takeover(resources, conversation_id, user.email, force=hold.force)
    await live.tell(resources, conversation_id)
    return held


async def release(resources: Resources, user: User, conversation_id: str, hold: Hold) -> takeover.Held:
    """Raises NotFound, Forbidden, or Conflict when a colleague has it."""
    await owner(resources, user, conversation_id, RULE if hold.force else ANSWER)
    held = await takeover.release(resources, conversation_id, user.email, note=hold.note, force=hold.force)
    await live.tell(resources, conversation_id)
    return held


async def reply(resources: Resources, user: User, conversation_id: str, text: str, cut: Cut) -> list[str]:
    """Queue a person's answer and wake a worker; raises Conflict unless this user holds the conversation."""
    tenant = await owner(resources, user, conversation_id, ANSWER)
    found = await desk.conversation(resources, tenant, conversation_id)
    if found is None:
        raise NotFound("there is no such conversation")
    parts = cut(found["channel"], Reply(text=text, author="human"))
    if not parts:
        raise Invalid("text: there is nothing to send")
    ids = await takeover.reply(resources, conversation_id, user.email, parts)
    await ring(resources, conversation_id)
    return [str(each) for each in ids]
