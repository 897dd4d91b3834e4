"""Tickets on their way to outside systems: a durable queue of rows with due times."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core.errors import NotFound
from core.tickets import Outgoing
from storage.crypto import KeyMissing
from storage.resources import Resources

log = logging.getLogger("orkesta.forwarding")
LEASE = timedelta(seconds=60)  # a worker that dies with a ticket in its hands gives it back after this
ATTEMPTS = 8
_UNOPENED_WAIT = timedelta(minutes=10)  # somebody has to bring the key or connect again


async def connect(
    resources: Resources, tenant: str, kind: str, *, url: str, secrets: dict[str, str], project: str = ""
) -> None:
    """Send a tenant's tickets to an outside system from now on, or replace its credentials. Raises NotFound."""
    if not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
        raise NotFound(f"there is no tenant {tenant!r}")
    await resources.pg.execute(
        """INSERT INTO ticket_systems (tenant_id, kind, url, project, secrets) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (tenant_id, kind) DO UPDATE SET url = excluded.url, project = excluded.project,
             secrets = excluded.secrets""",
        tenant, kind, url.rstrip("/"), project, resources.cipher.seal(secrets),
    )  # fmt: skip


async def disconnect(resources: Resources, tenant: str, kind: str) -> bool:
    """Send no more tickets there; those on their way stay where they are."""
    done = await resources.pg.fetchval(
        "DELETE FROM ticket_systems WHERE tenant_id = $1 AND kind = $2 RETURNING kind", tenant, kind
    )
    return done is not None


async def claim(resources: Resources, most: int = 20) -> Sequence[Outgoing]:
    """Tickets that are due, each for one worker; not handed over within LEASE, it is due again."""
    tickets = []
    for row in await resources.pg.fetch(_CLAIM, most, LEASE):
        try:
            tickets.append(_outgoing(row, resources.cipher.open(row["secrets"])))
        except KeyMissing:  # this tenant's alone: the others' tickets go out
            log.error("forwarding.unopened", extra={"tenant": row["tenant_id"], "kind": row["kind"]})
            await failed(resources, _outgoing(row, {}), "ticket:credentials", _UNOPENED_WAIT)
    return tickets


async def sent(resources: Resources, ticket: Outgoing, reference: str) -> None:
    """The other side has it."""
    await resources.pg.execute(_SENT, ticket.tenant, ticket.number, ticket.kind, reference)


async def failed(resources: Resources, ticket: Outgoing, reason: str, wait: timedelta | None) -> bool:
    """Try again after `wait`; without one, or after ATTEMPTS, it is dead. Returns whether it is dead now."""
    dead = wait is None or ticket.attempts >= ATTEMPTS
    await resources.pg.execute(_FAILED, ticket.tenant, ticket.number, ticket.kind, dead, reason[:300], wait or LEASE)
    return dead


async def retry(resources: Resources, tenant: str, number: str) -> int:
    """Send a dead ticket on its way again; returns to how many systems."""
    rows = await resources.pg.fetch(
        "UPDATE ticket_forwards SET status = 'pending', due_at = now() WHERE tenant_id = $1 AND number = $2 "
        "AND status = 'dead' RETURNING kind",
        tenant, number,
    )  # fmt: skip
    return len(rows)


def _outgoing(row: Any, secrets: dict[str, str]) -> Outgoing:
    return Outgoing(
        tenant=row["tenant_id"], number=row["number"], kind=row["kind"], category=row["category"],
        priority=row["priority"], summary=row["summary"], opened_at=row["opened_at"], url=row["url"],
        project=row["project"], secrets=secrets, attempts=row["attempts"], again=row["attempts"] > 1,
        conversation_id=row["conversation_id"],
    )  # fmt: skip


_CLAIM = """
WITH due AS (
  SELECT f.tenant_id, f.number, f.kind FROM ticket_forwards f
  WHERE f.status = 'pending' AND f.due_at <= now()
    AND EXISTS (SELECT 1 FROM ticket_systems s WHERE s.tenant_id = f.tenant_id AND s.kind = f.kind)
  ORDER BY f.due_at LIMIT $1 FOR UPDATE SKIP LOCKED
), mine AS (
  UPDATE ticket_forwards f SET attempts = f.attempts + 1, due_at = now() + $2
  FROM due d WHERE f.tenant_id = d.tenant_id AND f.number = d.number AND f.kind = d.kind RETURNING f.*
)
SELECT m.tenant_id, m.number, m.kind, m.attempts, t.category, t.priority, t.summary, t.opened_at, t.conversation_id,
       s.url, s.project, s.secrets
FROM mine m JOIN tickets t ON t.tenant_id = m.tenant_id AND t.number = m.number
JOIN ticket_systems s ON s.tenant_id = m.tenant_id AND s.kind = m.kind
"""
_SENT = """
WITH told AS (
  UPDATE ticket_forwards SET status = 'sent', reference = $4, reason = NULL, sent_at = now()
  WHERE tenant_id = $1 AND number = $2 AND kind = $3
)
UPDATE tickets SET external_ref = $3 || ':' || $4 WHERE tenant_id = $1 AND number = $2
"""
_FAILED = """
UPDATE ticket_forwards SET status = CASE WHEN $4 THEN 'dead' ELSE 'pending' END, reason = $5, due_at = now() + $6
WHERE tenant_id = $1 AND number = $2 AND kind = $3
"""
