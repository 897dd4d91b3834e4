"""Stop 8: what is to be sent is claimed, sent by the worker, and written down; nothing is repeated blindly."""

from collections.abc import Sequence
from typing import Literal

from core.batch import Batcher
from core.messages import Struct
from storage.resources import Resources

_CLAIM = "SELECT conversation_id, seq, verdict, attempts FROM claim_sends($1, $2, $3, $4, $5)"
_FINISH = "SELECT conversation_id, seq, status FROM finish_sends($1, $2, $3, $4, $5, $6, $7, $8, $9)"


class Claim(Struct):
    """A wish to send the head of a conversation's outbox."""

    conversation_id: str
    seq: int
    windowed: bool  # this channel takes free text only inside the session window
    templated: bool


class Verdict(Struct):
    """`verdict`: sending, held:…, dropped:…, wait:not_head, or gone (somebody else has it)."""

    verdict: str
    attempts: int = 0


class Finish(Struct):
    """What became of one send. `wait_seconds` is for retry and unknown; `free` retries burn no attempt."""

    conversation_id: str
    seq: int
    result: Literal["sent", "retry", "unknown", "failed", "dead", "held"]
    provider_id: str | None = None
    code: str | None = None
    detail: str | None = None
    wait_seconds: float = 0.0
    free: bool = False


class Outbox:
    """Claims and finishes sends for one worker, many at a time."""

    def __init__(self, resources: Resources, worker: str) -> None:
        self._pg, self._worker = resources.pg, worker
        self._claims: Batcher[Claim, Verdict] = Batcher(self._claim, most=128)
        self._finishes: Batcher[Finish, bool] = Batcher(self._finish, most=256)

    async def claim(self, claim: Claim) -> Verdict:
        """Make the row `sending` in our name, or learn why it may not go."""
        return await self._claims(claim)

    async def finish(self, finish: Finish) -> bool:
        """Write the outcome down; False when the claim was no longer ours (it was declared unknown)."""
        return await self._finishes(finish)

    async def _claim(self, batch: list[Claim]) -> Sequence[Verdict]:
        rows = await self._pg.fetch(
            _CLAIM, [c.conversation_id for c in batch], [c.seq for c in batch], self._worker,
            [c.windowed for c in batch], [c.templated for c in batch],
        )  # fmt: skip
        found = {(r["conversation_id"], r["seq"]): Verdict(verdict=r["verdict"], attempts=r["attempts"]) for r in rows}
        return [found.get((c.conversation_id, c.seq), Verdict(verdict="gone")) for c in batch]

    async def _finish(self, batch: list[Finish]) -> Sequence[bool]:
        rows = await self._pg.fetch(
            _FINISH, [f.conversation_id for f in batch], [f.seq for f in batch], self._worker,
            [f.result for f in batch], [f.provider_id for f in batch], [f.code for f in batch],
            [f.detail for f in batch], [f.wait_seconds for f in batch], [f.free for f in batch],
        )  # fmt: skip
        done = {(r["conversation_id"], r["seq"]) for r in rows}
        return [(f.conversation_id, f.seq) in done for f in batch]


async def resend(resources: Resources, conversation_id: str, seq: int, *, why: str) -> bool:
    """Let a send of unknown outcome go again, and record that it may arrive twice (or surely not, per `why`)."""
    row = await resources.pg.fetchrow(
        """
        WITH again AS (
          UPDATE todo SET state = 'waiting', due_at = now(), worker = NULL
          WHERE conversation_id = $1 AND seq = $2 AND state = 'unknown' RETURNING message_id
        ), marked AS (
          UPDATE messages SET status = 'pending' WHERE id = (SELECT message_id FROM again)
          RETURNING id, tenant_id, account_id
        )
        INSERT INTO message_events (tenant_id, account_id, message_id, kind, status, code)
        SELECT tenant_id, account_id, id, 'resend', 'pending', $3 FROM marked RETURNING id
        """,
        conversation_id, seq, why,
    )  # fmt: skip
    return row is not None


async def settle(resources: Resources, conversation_id: str, seq: int, *, provider_id: str | None) -> bool:
    """Close a send of unknown outcome: as sent when the provider has it, else listed as unknown for people."""
    row = await resources.pg.fetchrow(
        """
        WITH closed AS (
          DELETE FROM todo WHERE conversation_id = $1 AND seq = $2 AND state = 'unknown' RETURNING message_id
        ), marked AS (
          UPDATE messages
          SET status = CASE WHEN $3::text IS NULL THEN 'unknown' ELSE 'sent' END,
              provider_message_id = coalesce($3, provider_message_id),
              sent_at = CASE WHEN $3::text IS NULL THEN sent_at ELSE now() END
          WHERE id = (SELECT message_id FROM closed) RETURNING id, tenant_id, account_id, status
        )
        INSERT INTO message_events (tenant_id, account_id, message_id, provider_message_id, kind, status, code)
        SELECT tenant_id, account_id, id, $3, 'unknown', status, 'settled' FROM marked RETURNING id
        """,
        conversation_id, seq, provider_id,
    )  # fmt: skip
    return row is not None


class Orphan(Struct):
    """A send whose worker died between claiming it and writing its outcome down."""

    conversation_id: str
    seq: int
    worker: str


async def orphaned(resources: Resources, *, dead: Sequence[str], dead_after_seconds: float) -> list[Orphan]:
    """The sends under way of workers that are known to be dead, or have not been heard of for so long.

    After an outage of the database nobody has been heard of: its own age counts as well.
    """
    rows = await resources.pg.fetch(
        """
        SELECT t.conversation_id, t.seq, t.worker FROM todo t
        WHERE t.state = 'sending' AND (
          t.worker = ANY ($1)
          OR (t.claimed_at < now() - make_interval(secs => $2)
              AND pg_postmaster_start_time() < now() - make_interval(secs => $2)
              AND NOT EXISTS (SELECT 1 FROM workers w
                              WHERE w.id = t.worker AND w.seen_at > now() - make_interval(secs => $2))))
        """,
        list(dead), dead_after_seconds,
    )  # fmt: skip
    return [Orphan(conversation_id=r["conversation_id"], seq=r["seq"], worker=r["worker"]) for r in rows]


async def adopt(
    resources: Resources, orphan: Orphan, verdict: Literal["again", "sent", "unknown"], *, why: str,
    provider_id: str | None = None, settled_seconds: float = 0.0,
) -> bool:  # fmt: skip
    """Decide about a send that its worker has left, all at once: it goes (again), is done, or is of unknown outcome.

    The provider may be at it still: an unknown one is looked into `settled_seconds` after it was claimed.
    """
    row = await resources.pg.fetchrow(
        """
        WITH mine AS (
          SELECT t.conversation_id, t.seq, t.message_id, t.claimed_at FROM todo t
          WHERE t.conversation_id = $1 AND t.seq = $2 AND t.worker = $3 AND t.state = 'sending' FOR UPDATE
        ), done AS (
          DELETE FROM todo t USING mine x
          WHERE t.conversation_id = x.conversation_id AND t.seq = x.seq AND $4 = 'sent'
        ), waits AS (
          UPDATE todo t
          SET state = CASE $4 WHEN 'again' THEN 'waiting' ELSE 'unknown' END, worker = NULL,
              due_at = CASE $4 WHEN 'again' THEN now()
                               ELSE greatest(now(), x.claimed_at + make_interval(secs => $7)) END
          FROM mine x WHERE t.conversation_id = x.conversation_id AND t.seq = x.seq AND $4 <> 'sent'
        ), marked AS (
          UPDATE messages m
          SET status = CASE $4 WHEN 'again' THEN 'pending' ELSE $4 END, reason = CASE $4 WHEN 'unknown' THEN $5 END,
              provider_message_id = coalesce($6, m.provider_message_id),
              sent_at = CASE $4 WHEN 'sent' THEN now() ELSE m.sent_at END
          FROM mine x WHERE m.id = x.message_id RETURNING m.id, m.tenant_id, m.account_id, m.status
        )
        INSERT INTO message_events (tenant_id, account_id, message_id, provider_message_id, kind, status, code)
        SELECT tenant_id, account_id, id, $6, CASE $4 WHEN 'again' THEN 'resend' ELSE 'unknown' END, status, $5
        FROM marked RETURNING id
        """,
        orphan.conversation_id, orphan.seq, orphan.worker, verdict, why, provider_id, settled_seconds,
    )  # fmt: skip
    return row is not None


async def release_held(resources: Resources, *, tenant: str | None = None, account: str | None = None) -> list[str]:
    """Let held messages be judged again (switch lifted, account mended); returns their conversations."""
    rows = await resources.pg.fetch(
        """
        WITH freed AS (
          UPDATE todo t SET state = 'waiting', due_at = now()
          FROM conversations c
          WHERE t.state = 'held' AND c.id = t.conversation_id
            AND ($1::text IS NULL OR t.tenant_id = $1) AND ($2::text IS NULL OR c.account_id = $2)
          RETURNING t.conversation_id, t.message_id
        ), marked AS (
          UPDATE messages m SET status = 'pending', reason = NULL FROM freed f WHERE m.id = f.message_id
        )
        SELECT DISTINCT conversation_id FROM freed
        """,
        tenant, account,
    )  # fmt: skip
    return [row["conversation_id"] for row in rows]
