"""Golden flows in the database: one run at a time per tenant, what came of each, and no trace of their customers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from core.errors import Conflict, NotFound
from core.golden import Flow, Played
from storage import audit
from storage.resources import Resources

_LOCK = 827192  # the first half of the advisory locks' names; the second is made of the tenant


@asynccontextmanager
async def turn_of(resources: Resources, tenants: Sequence[str]) -> AsyncIterator[None]:
    """Hold the tenants' only run; a lock of the session, so that it ends with this process. Raises Conflict."""
    held: list[str] = []
    async with resources.pg.acquire() as connection:
        try:
            for tenant in sorted(set(tenants)):
                if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _LOCK, tenant):
                    raise Conflict(f"golden flows of {tenant} are running already", code="busy")
                held.append(tenant)
            await connection.execute(
                "UPDATE runs SET status = 'lost', ended_at = clock_timestamp() "
                "WHERE status = 'running' AND tenant_id = ANY ($1)",
                held,
            )
            yield
        finally:
            for tenant in held:
                await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, tenant)


async def sandboxes(resources: Resources, tenants: Sequence[str]) -> None:
    """Raise NotFound or Conflict unless all of them are sandbox tenants."""
    known = {
        row["id"]: row["environment"]
        for row in await resources.pg.fetch("SELECT id, environment FROM tenants WHERE id = ANY ($1)", list(tenants))
    }
    for tenant in tenants:
        if tenant not in known:
            raise NotFound(f"there is no tenant {tenant!r}: load the demo tenants with `orkesta demo load`")
        if known[tenant] != "sandbox":
            raise Conflict(f"{tenant} is a production tenant: golden flows are for sandbox tenants", code="production")


async def begin(resources: Resources, run: str, flow: Flow, actor: str) -> int:
    """Write down that a flow is running."""
    made: int = await resources.pg.fetchval(
        """INSERT INTO runs (tenant_id, run, flow, channel, language, actor, status)
           VALUES ($1, $2, $3, $4, $5, $6, 'running') RETURNING id""",
        flow.tenant, run, flow.name, flow.channel, flow.language, actor,
    )  # fmt: skip
    return made


async def end(resources: Resources, row: int, steps: Sequence[Played], passed: bool, note: str) -> None:
    """Write down what came of it."""
    await resources.pg.execute(
        "UPDATE runs SET status = $2, note = $3, steps = $4, ended_at = clock_timestamp() WHERE id = $1",
        row, "passed" if passed else "failed", note, msgspec.to_builtins(steps),
    )  # fmt: skip


async def noted(resources: Resources, run: str, tenants: Sequence[str], actor: str, flows: int) -> None:
    """The audit's line of a run, for each tenant."""
    async with resources.pg.acquire() as connection, connection.transaction():
        for tenant in sorted(set(tenants)):
            await audit.write(connection, tenant, actor, "golden.run", run, {"flows": flows})


async def results(
    resources: Resources, tenants: list[str] | None, *, run: str | None = None, flow: str = "", most: int = 200
) -> list[dict[str, Any]]:
    """Flows that were run, newest first, of these tenants (None: of all)."""
    rows = await resources.pg.fetch(
        """SELECT id, run, tenant_id AS tenant, flow, channel, language, status, actor, note, started_at, ended_at,
                  (extract(epoch FROM ended_at - started_at) * 1000)::int AS ms, steps
           FROM runs WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1)) AND ($2::text IS NULL OR run = $2)
             AND ($3 = '' OR flow = $3) ORDER BY id DESC LIMIT $4""",
        tenants, run, flow, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def history(resources: Resources, tenants: list[str] | None, most: int = 20) -> dict[str, list[dict[str, Any]]]:
    """By flow its last runs, newest first, without their steps."""
    rows = await resources.pg.fetch(
        """SELECT * FROM (
             SELECT id, flow, status, started_at, (extract(epoch FROM ended_at - started_at) * 1000)::int AS ms,
                    row_number() OVER (PARTITION BY flow ORDER BY id DESC) AS place
             FROM runs WHERE $1::text[] IS NULL OR tenant_id = ANY ($1)) recent
           WHERE place <= $2 ORDER BY flow, place""",
        tenants, most,
    )  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["flow"], []).append(dict(row))
    return found


async def facts(resources: Resources, tenant: str, channel: str, peer: str) -> dict[str, Any] | None:
    """What a step may expect of the conversation; `waiting` counts what is still to be answered or sent."""
    row = await resources.pg.fetchrow(
        """SELECT c.id, c.agent, c.mode, c.locale AS language, c.opted_out_seq IS NOT NULL AS opted_out,
                  (SELECT intent FROM turns t WHERE t.conversation_id = c.id ORDER BY turn DESC LIMIT 1) AS intent,
                  (SELECT count(*) FROM todo d WHERE d.conversation_id = c.id) AS waiting
           FROM peers p JOIN conversations c ON c.id = p.conversation_id
           WHERE c.tenant_id = $1 AND c.channel = $2 AND p.peer = $3""",
        tenant, channel, peer,
    )  # fmt: skip
    return dict(row) if row else None


async def forget(resources: Resources, conversation: str) -> bool:
    """Take a played conversation and its customer away, so that nobody counts or answers them; model costs stay.

    False when something still waits or the customer owns what books or cases name: then all stays as it is.
    """
    async with resources.pg.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            "SELECT id, tenant_id, customer_id FROM conversations WHERE id = $1 FOR UPDATE", conversation
        )
        if row is None or await connection.fetchval(_KEPT, conversation, row["tenant_id"], row["customer_id"]):
            return False
        for statement in _FORGET:
            await connection.execute(statement, conversation, row["tenant_id"], row["customer_id"])
    return True


_KEPT = """
SELECT EXISTS (SELECT 1 FROM todo WHERE conversation_id = $1)
    OR EXISTS (SELECT 1 FROM conversations WHERE customer_id = $3 AND id <> $1)
    OR EXISTS (SELECT 1 FROM orders WHERE tenant_id = $2 AND customer_id = $3)
    OR EXISTS (SELECT 1 FROM invoices WHERE tenant_id = $2 AND customer_id = $3)
    OR EXISTS (SELECT 1 FROM payments WHERE tenant_id = $2 AND customer_id = $3)
    OR EXISTS (SELECT 1 FROM ledger_entries WHERE tenant_id = $2 AND customer_id = $3)
    OR EXISTS (SELECT 1 FROM returns WHERE tenant_id = $2 AND customer_id = $3)
    OR EXISTS (SELECT 1 FROM ticket_forwards f JOIN tickets t USING (tenant_id, number)
               WHERE t.tenant_id = $2 AND t.customer_id = $3)
"""
# Each takes conversation, tenant and customer, though not every statement needs all three.
_FORGET = (
    """DELETE FROM message_events e USING messages m
       WHERE m.conversation_id = $1 AND e.message_id = m.id AND m.tenant_id = $2 AND $3::bigint IS NOT NULL""",
    *(
        f"DELETE FROM {table} WHERE conversation_id = $1 AND tenant_id = $2 AND $3::bigint IS NOT NULL"
        for table in ("messages", "turns", "llm_calls", "dead_letters", "peers")
    ),
    *(
        f"DELETE FROM {table} WHERE customer_id = $3 AND tenant_id = $2 AND $1::text IS NOT NULL"
        for table in ("payment_links", "quotes", "tickets", "customer_identities")
    ),
    "DELETE FROM conversations WHERE id = $1 AND tenant_id = $2 AND customer_id = $3",
    "DELETE FROM customers WHERE id = $3 AND tenant_id = $2 AND $1::text IS NOT NULL",
)
