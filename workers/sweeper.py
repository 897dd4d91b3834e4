"""Finds what waits without anybody knowing: lost rings, leases and sends of dead workers."""

import asyncio
import logging

from core.clock import Clock
from storage import journal, outbox, sweep
from storage.doorbell import FIRST, Doorbell
from storage.journal import Entry
from storage.outbox import Orphan
from storage.resources import Resources
from workers.claims import judge

log = logging.getLogger("orkesta.sweeper")
_JOURNAL_SECONDS = 300.0  # a statement of a dead worker may still be waiting in the database for much less than this
_FORGOTTEN_AFTER_SECONDS = 1.5  # a ring normally comes within milliseconds
# An answer that is not out though it could be has waited before: for its turn, and for its provider or its worker.
_ANSWER_FORGOTTEN_AFTER_SECONDS = 0.3


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
    dead = await asyncio.to_thread(journal.dead, resources.settings.home)
    await doorbell.lapse(dead)  # before all else, whoever sweeps: somebody waits for the answer that was begun
    forgotten = await sweep.forgotten(
        resources, older_than_seconds=_FORGOTTEN_AFTER_SECONDS, answered_seconds=_ANSWER_FORGOTTEN_AFTER_SECONDS
    )
    if forgotten is None:
        return 0
    orphans = await _adopt(resources, dead)
    await doorbell.ring((orphan.conversation_id, FIRST) for orphan in orphans)
    await doorbell.ring(forgotten.items(), "old")
    bulk = await sweep.forgotten_bulk(resources, older_than_seconds=_FORGOTTEN_AFTER_SECONDS)
    await doorbell.ring(((conversation, 0) for conversation in bulk), "bulk")
    if orphans:
        log.warning("sweeper.orphans", extra={"count": len(orphans)})
    if grown := await sweep.refresh_statistics(resources):
        log.info("sweeper.analyzed", extra={"tables": ",".join(grown)})
    journal.tidy(resources.settings.home, dead, older_than_seconds=_JOURNAL_SECONDS)
    return len(forgotten.keys() | {orphan.conversation_id for orphan in orphans})


async def _adopt(resources: Resources, dead: list[str]) -> list[Orphan]:
    """Decide about the sends that were under way in workers that died.

    Without a journal (the worker ran on another machine) only the provider can tell.
    """
    after = resources.settings.worker_dead_after_seconds
    orphans = await outbox.orphaned(resources, dead=dead, dead_after_seconds=after)
    home = resources.settings.home
    notes = {worker: journal.read(home, worker) for worker in {orphan.worker for orphan in orphans}}
    for orphan in orphans:
        written = notes[orphan.worker]
        entry = Entry("begun") if written is None else written.get((orphan.conversation_id, orphan.seq))
        await judge(resources, orphan, entry)
    return orphans
