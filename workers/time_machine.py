"""Does a tenant's due steps and waits until its queues are empty; moves a sandbox tenant through its days that way."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from core.clock import Clock, rfc3339
from core.messages import Struct
from storage import clocks, dunning
from storage.resources import Resources
from workers.dunning import Done, sweep

_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 30.0  # so long without any progress: what still waits is reported, not waited for
_ROUNDS = 8  # a failed reminder makes another one
_MOMENT = timedelta(seconds=1)


class Report(Struct):
    """What was done, and what became of each message."""

    tenant: str
    now: datetime
    steps: tuple[dict[str, Any], ...]
    waiting: int  # messages still under way
    next_at: datetime | None  # when something falls due next

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        reminded = [step for step in self.steps if step["result"] in ("reminded", "fell_back")]
        return {
            "tenant": self.tenant, "now": rfc3339(self.now), "sent": reminded,
            "skipped": [step for step in self.steps if step["result"] == "skipped"],
            "written_off": [step for step in self.steps if step["result"] == "written_off"],
            "waiting": self.waiting, "next_at": rfc3339(self.next_at) if self.next_at else None,
        }  # fmt: skip


async def run(resources: Resources, tenant: str, *, patience: float = _PATIENCE_SECONDS) -> Report:
    """Do what is due as of the tenant's now, then wait until nothing of the tenant is under way. Raises NotFound."""
    await clocks.current(resources, tenant)
    return await _report(resources, tenant, await _settle(resources, tenant, patience))


async def advance(
    resources: Resources, tenant: str, until: datetime, actor: str, *, patience: float = _PATIENCE_SECONDS
) -> Report:
    """Go to each moment at which something falls due, in order, do it and let the queues empty; end at `until`.

    Raises NotFound, or Conflict for a production tenant.
    """
    done: list[Done] = []
    time = await clocks.advance(resources, tenant, timedelta(0), actor)
    while True:
        done += await _settle(resources, tenant, patience)
        at = await dunning.next_at(resources, tenant)
        if at is None or at > until:
            break
        time = await clocks.current(resources, tenant)
        await clocks.put(resources, tenant, max(at, time.now) + _MOMENT, actor)
    if until > (await clocks.current(resources, tenant)).now:
        await clocks.put(resources, tenant, until, actor)
    return await _report(resources, tenant, done)


async def _settle(resources: Resources, tenant: str, patience: float) -> list[Done]:
    done: list[Done] = []
    for _ in range(_ROUNDS):
        made = await sweep(resources, [tenant])
        done += made
        await _drained(resources, tenant, patience)
        if not made:
            break
    return done


async def _drained(resources: Resources, tenant: str, patience: float) -> None:
    left, since = await dunning.waiting(resources, tenant), Clock.monotonic()
    while left and Clock.monotonic() - since < patience:
        await asyncio.sleep(_POLL_SECONDS)
        now = await dunning.waiting(resources, tenant)
        if now < left:
            since = Clock.monotonic()
        left = now


async def _report(resources: Resources, tenant: str, done: list[Done]) -> Report:
    time = await clocks.current(resources, tenant)
    became = await dunning.became(resources, [each.message_id for each in done if each.message_id is not None])
    steps = tuple(
        {
            "invoice": each.invoice, "stage": each.stage, "result": each.result, "channel": each.channel,
            "reason": each.reason, "at": rfc3339(each.at) if each.at else None, **became.get(each.message_id or 0, {}),
        }
        for each in done
    )  # fmt: skip
    at = await dunning.next_at(resources, tenant)
    return Report(
        tenant=tenant, now=time.now, steps=steps, waiting=await dunning.waiting(resources, tenant),
        next_at=at if at is None or at > time.now else time.now,
    )  # fmt: skip
