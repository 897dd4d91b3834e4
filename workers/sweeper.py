"""Finds what waits without anybody knowing: lost rings, leases and sends of dead workers."""

import asyncio
import logging

from core.clock import Clock
from storage import journal, outbox, sweep
from storage.doorbell import Doorbell
from storage.outbox import Orphan
from storage.resources import Resources

log = logging.getLogger("orkesta.sweeper")
_FORGOTTEN_AFTER_SECONDS = 1.5  # a ring normally comes within milliseconds


async def run(resources: Resources) -> None:
    """Sweep for ever; an outage of PostgreSQL or Redis only delays the next round."""
    doorbell = Doorbell(resources)
    while True:
        started = Clock.monotonic()
        try:
            await sweep_once(resources, doorbell)
        except Exception as fault:  # whatever is away now is swept when it is back
            log.warning("sweeper.failed", extra={"fault": type(fault).__name__})
        await asyncio.sleep(max(0.1, resources.settings.sweep_seconds - (Clock.monotonic() - started)))


async def sweep_once(resources: Resources, doorbell: Doorbell) -> int:
    """One round; returns how many conversations were rung again."""
    forgotten = await sweep.forgotten(resources, older_than_seconds=_FORGOTTEN_AFTER_SECONDS)
    if forgotten is None:
        return 0
    if grown := await sweep.refresh_statistics(resources):
        log.info("sweeper.analyzed", extra={"tables": ",".join(grown)})
    orphans = await outbox.orphaned(resources, dead_after_seconds=resources.settings.worker_dead_after_seconds)
    for orphan in orphans:
        await _judge(resources, orphan)
    await doorbell.lapse()
    conversations = list(dict.fromkeys([*forgotten, *(orphan.conversation_id for orphan in orphans)]))
    await doorbell.ring((conversation, 0) for conversation in conversations)
    bulk = await sweep.forgotten_bulk(resources, older_than_seconds=_FORGOTTEN_AFTER_SECONDS)
    await doorbell.ring(((conversation, 0) for conversation in bulk), bulk=True)
    if orphans:
        log.warning("sweeper.orphans", extra={"count": len(orphans)})
    return len(conversations)


async def _judge(resources: Resources, orphan: Orphan) -> None:
    """What the dead worker's journal tells: never begun or refused → send; accepted → done; begun → unknown."""
    notes = journal.read(resources.settings.home, orphan.worker)
    if notes is None:
        return  # it ran on another machine: only the provider can tell
    entry = notes.get((orphan.conversation_id, orphan.seq))
    if entry is None or entry.state == "refused":
        why = "never_begun" if entry is None else "refused"
        await outbox.resend(resources, orphan.conversation_id, orphan.seq, why=why)
    elif entry.state == "accepted":
        await outbox.settle(resources, orphan.conversation_id, orphan.seq, provider_id=entry.provider_id)
