"""What dunning reads and writes: invoices to be looked at, reminders put into the outbox, each step once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from core.dunning import Hour, Policy, Rule, policy
from core.messages import Part, Struct
from core.money import Money
from storage.conversations import OutContent
from storage.resources import Resources
from storage.storable import as_json, clean

_SWEEP = 44  # advisory lock: two sweeps at once would only do the same work


class Creditor(Struct):
    """A tenant as its reminders need it."""

    id: str
    name: str
    timezone: str
    locale: str
    now: datetime
    policy: Policy
    rules: tuple[Rule, ...]
    channels: dict[str, str]  # channel → account
    hours: dict[int, Hour] = {}  # what is known of each, where the tenant learns


class Talk(Struct):
    """A conversation that the debtor has with the tenant."""

    id: str
    channel: str
    mode: str
    contact: str
    stopped: bool  # opted out
    window_open: bool
    locale: str | None = None


class Due(Struct):
    """An invoice that dunning is to look at, with all that the decision needs."""

    tenant: str
    number: str
    due_on: date
    total: Money
    paid_minor: int
    promised_for: date | None
    payment_url: str | None
    customer_id: int
    customer_name: str | None
    locale: str | None
    done: dict[str, str]  # stage → status
    last_at: datetime | None
    identities: dict[str, str]
    talks: tuple[Talk, ...]

    @property
    def owed(self) -> Money:
        """What remains."""
        return Money(self.total.amount_minor - self.paid_minor, self.total.currency)


class Reminder(Struct):
    """One reminder for the outbox; `first` is the message that another channel takes over from."""

    tenant: str
    invoice: str
    stage: str
    due_at: datetime
    conversation_id: str
    part: Part
    until: datetime
    fallback_at: datetime | None
    first: int | None = None


class Skip(Struct):
    """A stage that will not be done, and why."""

    tenant: str
    invoice: str
    stage: str
    due_at: datetime
    reason: str


class Stuck(Struct):
    """A reminder that may need another channel."""

    tenant: str
    number: str
    stage: str
    status: str  # of the step
    channel: str
    due_at: datetime
    message_id: int | None
    message_status: str | None
    waits: str | None  # state in the outbox


async def creditors(resources: Resources, tenants: Sequence[str] | None = None) -> list[Creditor]:
    """The tenants that remind: those named, or those that do so by themselves (production unless said otherwise)."""
    rows = await resources.pg.fetch(_CREDITORS, tenants)
    found = []
    for row in rows:
        said = policy(row["settings"])
        if tenants is None and not (row["environment"] == "production" if said.automatic is None else said.automatic):
            continue
        rules = tuple(msgspec.convert(rule, Rule, strict=False) for rule in row["rules"])
        hours = {each.hour: each for each in await seen_hours(resources, row["id"])} if said.learn_hour else {}
        found.append(
            Creditor(
                id=row["id"], name=row["name"], timezone=row["timezone"], locale=row["locale"], now=row["now"],
                policy=said, rules=rules, channels=row["channels"] or {}, hours=hours,
            )
        )  # fmt: skip
    return found


async def seen_hours(resources: Resources, tenant: str) -> list[Hour]:
    """What reminders of the last 90 days brought, by hour; those of the last two days are not counted yet."""
    return [Hour(**dict(row)) for row in await resources.pg.fetch(_HOURS, tenant)]


async def due(resources: Resources, tenant: str, now: datetime, most: int) -> list[Due]:
    """Invoices whose time has come, the longest waiting first: found by an index, whatever else there is."""
    rows = await resources.pg.fetch(_DUE, tenant, now, most)
    return [_due(row) for row in rows]


async def one(resources: Resources, tenant: str, number: str) -> Due | None:
    """One invoice, due or not; None when it is no longer open."""
    row = await resources.pg.fetchrow(_ONE, tenant, number)
    return _due(row) if row else None


async def stuck(resources: Resources, tenant: str, now: datetime, most: int) -> list[Stuck]:
    """Reminders that failed, or of which no delivery is known for as long as their rule waits."""
    rows = await resources.pg.fetch(_STUCK, tenant, now, most)
    return [Stuck(**dict(row)) for row in rows]


async def watch(resources: Resources, item: Stuck, at: datetime | None) -> None:
    """Look at a reminder again then, or never; one that came too late for its day is planned anew."""
    await resources.pg.execute(_WATCH, item.tenant, item.number, item.stage, at, item.status == "late")


async def open_conversations(resources: Resources, rows: Sequence[Sequence[str | None]]) -> None:
    """Make conversations with people who never wrote: (tenant, account, channel, peer, name, phone) of each."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    tenants, accounts, channels, peers, names, phones = columns
    await resources.pg.execute(
        "SELECT open_conversations(NULL, $1, $2, $3, $4, $5, $6, $7, $8)",
        tenants, accounts, channels, peers, [None] * len(rows), names, phones, [None] * len(rows),
    )  # fmt: skip


async def conversations_of(resources: Resources, addresses: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The conversations at (account, peer)."""
    rows = await resources.pg.fetch(
        """SELECT p.account_id, p.peer, p.conversation_id FROM unnest($1::text[], $2::text[]) d(account, peer)
           JOIN peers p ON p.account_id = d.account AND p.peer = d.peer""",
        [account for account, _ in addresses], [peer for _, peer in addresses],
    )  # fmt: skip
    return {(row["account_id"], row["peer"]): row["conversation_id"] for row in rows}


async def put(resources: Resources, reminders: Sequence[Reminder]) -> dict[int, int]:
    """Put reminders into the outbox, each with its step or not at all; gives place → message id of those put."""
    if not reminders:
        return {}
    rows = await resources.pg.fetch(
        "SELECT n, message_id FROM put_reminders($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [each.tenant for each in reminders], [each.invoice for each in reminders], [each.stage for each in reminders],
        [each.due_at for each in reminders], [each.conversation_id for each in reminders],
        [clean(each.part.text) for each in reminders], [_content(each) for each in reminders],
        [each.until for each in reminders], [each.fallback_at for each in reminders],
        [each.first for each in reminders],
    )  # fmt: skip
    return {row["n"] - 1: row["message_id"] for row in rows}


async def skip(resources: Resources, skips: Sequence[Skip]) -> None:
    """Record stages that will not be done."""
    await resources.pg.execute(
        """INSERT INTO dunning_steps (tenant_id, invoice_number, stage, due_at, status, reason, done_at)
           SELECT t, i, s, d, 'skipped', r, tenant_now(t)
           FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) x(t, i, s, d, r)
           ON CONFLICT (tenant_id, invoice_number, stage) DO UPDATE
           SET status = 'skipped', reason = excluded.reason, done_at = excluded.done_at
           WHERE dunning_steps.status = 'late'""",
        [each.tenant for each in skips], [each.invoice for each in skips], [each.stage for each in skips],
        [each.due_at for each in skips], [each.reason for each in skips],
    )  # fmt: skip


async def look(resources: Resources, tenant: str, seen: Sequence[tuple[str, date, datetime | None]]) -> None:
    """Say when each invoice (number, due date as it was read) is looked at next; None: not before it changes."""
    await resources.pg.execute(
        """UPDATE invoices i SET dunning_at = coalesce(x.at, 'infinity')
           FROM unnest($2::text[], $3::date[], $4::timestamptz[]) x(number, due_on, at)
           WHERE i.tenant_id = $1 AND i.number = x.number AND i.due_on = x.due_on""",
        tenant, [number for number, _, _ in seen], [due_on for _, due_on, _ in seen], [at for _, _, at in seen],
    )  # fmt: skip


async def write_off(resources: Resources, tenant: str, number: str, due_at: datetime) -> bool:
    """Give a debt up; False when it was paid meanwhile."""
    return bool(await resources.pg.fetchval("SELECT write_off($1, $2, $3)", tenant, number, due_at))


async def next_at(resources: Resources, tenant: str) -> datetime | None:
    """When something of a tenant falls due next, in its own time; None: never."""
    found: datetime | None = await resources.pg.fetchval(_NEXT, tenant)
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found  # -infinity: at once


async def waiting(resources: Resources, tenant: str) -> int:
    """How many of a tenant's messages, in either direction, are still under way."""
    return int(
        await resources.pg.fetchval("SELECT count(*) FROM todo WHERE tenant_id = $1 AND state <> 'held'", tenant)
    )


async def became(resources: Resources, messages: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What became of messages: status, reason, text and conversation."""
    rows = await resources.pg.fetch(
        "SELECT id, status, reason, text, conversation_id FROM messages WHERE id = ANY ($1)", messages
    )
    return {
        row["id"]: {
            "message_id": row["id"], "status": row["status"], "status_reason": row["reason"], "text": row["text"],
            "conversation": row["conversation_id"],
        }
        for row in rows
    }  # fmt: skip


async def lock(connection: Any, tenant: str, *, wait: bool) -> bool:
    """Take the sweep of a tenant for the transaction of this connection; False: somebody else is at it."""
    if wait:
        await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _SWEEP, tenant)
        return True
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, hashtext($2))", _SWEEP, tenant))


def _content(reminder: Reminder) -> str:
    content = msgspec.to_builtins(OutContent(part=reminder.part, money=True))
    note = {"invoice": reminder.invoice, "stage": reminder.stage, "fallback": reminder.first is not None}
    return as_json({**content, "dunning": note})


def _due(row: Any) -> Due:
    return Due(
        tenant=row["tenant_id"], number=row["number"], due_on=row["due_on"],
        total=Money(row["total_minor"], row["currency"]), paid_minor=row["paid_minor"],
        promised_for=row["promised_for"], payment_url=row["payment_url"], customer_id=row["customer_id"],
        customer_name=row["customer_name"], locale=row["locale"], done=row["done"] or {}, last_at=row["last_at"],
        identities=row["identities"] or {},
        talks=tuple(msgspec.convert(talk, Talk) for talk in row["talks"] or ()),
    )  # fmt: skip


_HOURS = """
SELECT extract(hour FROM s.local_at)::int AS hour, count(*)::int AS sent,
  (count(*) FILTER (WHERE i.status = 'paid' AND i.settled_at >= s.claimed_at
                      AND i.settled_at < s.claimed_at + interval '48 hours'))::int AS paid
FROM dunning_steps s JOIN invoices i ON i.tenant_id = s.tenant_id AND i.number = s.invoice_number
WHERE s.tenant_id = $1 AND s.local_at IS NOT NULL
  AND s.claimed_at BETWEEN now() - interval '90 days' AND now() - interval '48 hours'
GROUP BY 1 ORDER BY 1
"""
_CREDITORS = """
SELECT t.id, t.name, t.timezone, t.locale, t.environment, t.settings, tenant_now(t.id) AS now, r.rules, a.channels
FROM tenants t
CROSS JOIN LATERAL (SELECT jsonb_agg(to_jsonb(x)) AS rules FROM dunning_rules x WHERE x.tenant_id = t.id) r
LEFT JOIN LATERAL (SELECT jsonb_object_agg(channel, id) AS channels FROM (
  SELECT channel, min(id) AS id FROM channel_accounts WHERE tenant_id = t.id GROUP BY channel) y) a ON true
WHERE r.rules IS NOT NULL AND ($1::text[] IS NULL OR t.id = ANY ($1)) ORDER BY t.id
"""
_ALL = """
SELECT i.*, u.name AS customer_name, u.locale, s.done, s.last_at, k.identities, c.talks FROM i
CROSS JOIN LATERAL (SELECT name, locale FROM customers WHERE id = i.customer_id LIMIT 1) u
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(stage, status) AS done, max(done_at) FILTER (WHERE status = 'reminded') AS last_at
  FROM dunning_steps WHERE tenant_id = i.tenant_id AND invoice_number = i.number) s ON true
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(kind, value) AS identities FROM customer_identities
  WHERE tenant_id = i.tenant_id AND customer_id = i.customer_id) k ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object(
    'id', id, 'channel', channel, 'mode', mode, 'contact', contact, 'locale', locale,
    'stopped', opted_out_seq IS NOT NULL OR bulk_stopped,
    'window_open', coalesce(window_until > tenant_now(tenant_id), false)) ORDER BY last_message_at DESC) AS talks
  FROM conversations WHERE customer_id = i.customer_id AND tenant_id = i.tenant_id) c ON true
ORDER BY i.dunning_at, i.number
"""
_OPEN = "status IN ('open', 'partially_paid')"
_DUE = f"""
WITH i AS MATERIALIZED (
  SELECT * FROM invoices WHERE tenant_id = $1 AND {_OPEN} AND dunning_at <= $2 ORDER BY dunning_at LIMIT $3)
{_ALL}"""
_ONE = f"""
WITH i AS MATERIALIZED (
  SELECT * FROM invoices WHERE tenant_id = $1 AND number = $2 AND {_OPEN} AND paid_minor < total_minor)
{_ALL}"""
_STUCK = """
SELECT s.tenant_id AS tenant, s.invoice_number AS number, s.stage, s.status, coalesce(s.channel, '') AS channel,
       s.due_at, s.message_id, m.status AS message_status, t.state AS waits
FROM dunning_steps s LEFT JOIN messages m ON m.id = s.message_id
LEFT JOIN todo t ON t.conversation_id = m.conversation_id AND t.seq = m.seq
WHERE s.tenant_id = $1 AND s.fallback_at <= $2 ORDER BY s.fallback_at LIMIT $3
"""
_WATCH = """
WITH seen AS (
  UPDATE dunning_steps SET fallback_at = $4 WHERE tenant_id = $1 AND invoice_number = $2 AND stage = $3)
UPDATE invoices SET dunning_at = '-infinity' WHERE $5 AND tenant_id = $1 AND number = $2
"""
_NEXT = f"""
SELECT min(at) FROM (
  (SELECT dunning_at AS at FROM invoices WHERE tenant_id = $1 AND {_OPEN} ORDER BY dunning_at LIMIT 1)
  UNION ALL
  (SELECT fallback_at FROM dunning_steps WHERE tenant_id = $1 AND fallback_at IS NOT NULL ORDER BY fallback_at LIMIT 1)
) x WHERE at < 'infinity'
"""
