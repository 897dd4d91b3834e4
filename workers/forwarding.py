"""Hands tickets to the outside systems that their tenants have connected."""

import asyncio
import logging
from datetime import timedelta

import asyncpg

from core.errors import OrkestaError, Permanent, Transient
from core.tickets import Outgoing
from storage import forwarding
from storage.resources import OUTAGES, Resources
from workers.ticket_systems import SYSTEMS

log = logging.getLogger("orkesta.forwarding")
_ROUND_SECONDS = 3.0
_FIRST_WAIT, _LONGEST_WAIT = 10.0, 3600.0


async def run(resources: Resources) -> None:
    """Hand over for ever; what is away now is asked again in a later round."""
    while True:
        try:
            done = await forward_once(resources)
        except (asyncpg.PostgresError, OrkestaError, *OUTAGES) as fault:
            done = 0
            log.warning("forwarding.storage_away", extra={"fault": type(fault).__name__})
        if not done:
            await asyncio.sleep(_ROUND_SECONDS)


async def forward_once(resources: Resources) -> int:
    """One round; returns how many tickets were tried."""
    tickets = await forwarding.claim(resources)
    await asyncio.gather(*(_one(resources, ticket) for ticket in tickets))
    return len(tickets)


async def _one(resources: Resources, ticket: Outgoing) -> None:
    try:
        await forwarding.sent(resources, ticket, await SYSTEMS[ticket.kind].put(ticket, resources.http))
    except Transient as fault:
        await _later(resources, ticket, fault.code, fault.retry_after)
    except Permanent as fault:
        await forwarding.failed(resources, ticket, fault.code, None)
        log.error("forwarding.refused", extra={"code": fault.code})
    except OUTAGES:
        raise
    except Exception as fault:  # one ticket must stop neither the others nor the worker: tried again, then dead
        log.exception("forwarding.failed", extra={"tenant": ticket.tenant, "kind": ticket.kind})
        await _later(resources, ticket, f"ticket:{type(fault).__name__}")


async def _later(resources: Resources, ticket: Outgoing, code: str, retry_after: float | None = None) -> None:
    usual = _FIRST_WAIT * 4 ** (ticket.attempts - 1)
    wait = timedelta(seconds=min(_LONGEST_WAIT, retry_after or usual))
    dead = await forwarding.failed(resources, ticket, code, wait)
    log.warning("forwarding.dead" if dead else "forwarding.later", extra={"code": code})
