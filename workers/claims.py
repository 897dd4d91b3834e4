"""One worker's claims on sends, until each outcome is written down; the journal tells what became of the others."""

import asyncio
import logging
from collections.abc import Callable

from core.clock import Clock
from core.log import ref
from storage import outbox as outbox_store
from storage.doorbell import Doorbell
from storage.journal import Entry, Journal
from storage.outbox import Claim, Finish, Orphan, Outbox, Verdict
from storage.resources import OUTAGES, Resources

log = logging.getLogger("orkesta.claims")
# The request of a worker that is gone may be on its way still: until then nothing is asked, given up, sent again or
# sent after it. That a provider has not got it proves nothing before this, and what follows could overtake it.
_SETTLED_SECONDS = 6.0
_WRITE_ATTEMPTS = 30
_LATE_SECONDS = 60.0  # a statement whose connection was lost takes effect, if ever, in less than this
_TEND_SECONDS = 0.5


class Claims:
    """The claims of one worker."""

    def __init__(self, resources: Resources, worker: str, journal: Journal) -> None:
        self._resources, self._worker, self._journal = resources, worker, journal
        self._outbox = Outbox(resources, worker)
        self._open: dict[tuple[str, int], float] = {}  # claimed, or perhaps claimed → since when (monotonic)

    async def claim(self, claim: Claim) -> Verdict:
        """Make the row `sending` in our name, or learn why it may not go.

        Raises one of OUTAGES when nobody knows whether we have it: `tend` finds out.
        """
        key = claim.conversation_id, claim.seq
        self._open[key] = Clock.monotonic()
        verdict = await self._outbox.claim(claim)
        if verdict.verdict != "sending":
            self._open.pop(key, None)
        return verdict

    async def finish(self, finish: Finish) -> None:
        """Record an outcome; an outage of the database is waited for, because only we know it."""
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                if not await self._outbox.finish(finish):
                    log.warning("delivery.overtaken", extra={"conversation": ref(finish.conversation_id)})
                break
            except OUTAGES as fault:
                log.warning("delivery.write_down_failed", extra={"fault": type(fault).__name__, "attempt": attempt})
                await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
        else:
            return  # the journal has it: `tend` writes it down
        self._closed(finish.conversation_id, finish.seq)

    async def settle(self, conversation_id: str, seq: int, worker: str | None) -> bool:
        """Decide about a row that is `sending` though nobody in this worker sends it; False: it is not ours."""
        if worker != self._worker:
            return False
        orphan = Orphan(conversation_id=conversation_id, seq=seq, worker=self._worker)
        await judge(self._resources, orphan, self._journal.entry(conversation_id, seq))
        self._closed(conversation_id, seq)
        return True

    async def tend(self, busy: Callable[[str], bool]) -> list[str]:
        """Decide about claims that nobody is at any more; returns the conversations that can go on."""
        freed = []
        for key, since in list(self._open.items()):
            conversation_id, seq = key
            if busy(conversation_id):
                continue
            orphan = Orphan(conversation_id=conversation_id, seq=seq, worker=self._worker)
            done = await judge(self._resources, orphan, self._journal.entry(conversation_id, seq))
            if done:
                freed.append(conversation_id)
            late = Clock.monotonic() - since > _LATE_SECONDS
            if (done or late) and self._open.get(key) == since:  # not claimed again meanwhile
                self._closed(conversation_id, seq)
        return freed

    async def run(self, busy: Callable[[str], bool]) -> None:
        """Tend for ever. Another worker may hold the conversation by now, but only we know about our send."""
        doorbell = Doorbell(self._resources)
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            try:
                if freed := await self.tend(busy):
                    await doorbell.ring((conversation, 0) for conversation in freed)
            except Exception as fault:  # PostgreSQL or Redis away: what is open stays open, the sweeper rings
                log.warning("claims.tend_failed", extra={"fault": type(fault).__name__})

    def _closed(self, conversation_id: str, seq: int) -> None:
        self._open.pop((conversation_id, seq), None)
        self._journal.forget(conversation_id, seq)


async def judge(resources: Resources, orphan: Orphan, entry: Entry | None) -> bool:
    """What the journal tells: never begun or refused → send; accepted → done; begun → unknown, to be looked into.

    Returns False when the row was not that worker's send any more.
    """
    if entry is None or entry.state == "refused":
        return await outbox_store.adopt(resources, orphan, "again", why="refused" if entry else "never_begun")
    if entry.state == "accepted":
        return await outbox_store.adopt(resources, orphan, "sent", why="journal", provider_id=entry.provider_id)
    return await outbox_store.adopt(
        resources, orphan, "unknown", why="worker_lost", settled_seconds=_SETTLED_SECONDS
    )
