"""Forty days of 10,000 invoices while workers are killed: `python -m tests.dunning_month`. Each stage once or never."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench.sink import Sink
from core.settings import Settings
from storage import dunning, embedded, invariants
from storage import resources as resource_store
from storage.migrate import migrate
from storage.resources import Resources
from tests.chaos.processes import Processes
from tests.chaos.stage import TIMES
from tests.workers import debts
from workers.dunning import sweep

ZONES = {"norte": "America/Mexico_City", "sul": "America/Sao_Paulo", "este": "Europe/Madrid"}
START = datetime(2026, 12, 1, 2, tzinfo=UTC)
_DEADLINE_SECONDS = 900
_FINISHED = "accepted", "sent", "delivered", "read"


class Report(msgspec.Struct):
    """What was seen: at the provider, and in the books."""

    invoices: int
    days: int
    moments: int  # at which something fell due
    kills: int
    paid: int
    sent: int  # that the provider got
    stages: dict[int, int]  # messages that the provider got for one (invoice, stage) → how many of them
    outside_hours: int
    after_payment: int
    of_unknown_outcome: int  # a killed worker's: money is named, so they are not repeated
    breaches: tuple[str, ...]
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether each was sent once or never, in time, and none after a payment."""
        return set(self.stages) <= {0, 1} and not (self.outside_hours or self.after_payment or self.breaches)


async def month(
    resources: Resources, sink: Sink, *, invoices: int, days: int, spread: int, stages: list[str], kill_every: int,
    press: float = 1.0, seed: int = 1,
) -> Report:  # fmt: skip
    """Play these days with two worker processes, one of which is killed every so many moments, amid its work."""
    chance, begun = random.Random(seed), time.monotonic()
    for place, (name, zone) in enumerate(ZONES.items()):
        await debts.tenant(resources, sink, name, channels=["whatsapp_cloud"], timezone=zone, automatic=True)
        await resources.pg.execute("DELETE FROM dunning_rules WHERE tenant_id = $1", name)
        await debts.rules(resources, name, stages=stages, fallback_channel=None)
        await _debts(resources, name, invoices // 3 + (place < invoices % 3), spread)
    # Real tenants, so that the provider's pace is the only thing that the loopback leaves out.
    await resources.pg.execute("UPDATE tenants SET environment = 'production'")
    crew = _Crew(resources)
    moments = paid = 0
    end, here = START + timedelta(days=days), START
    await _set(resources, here)
    try:
        await crew.fill()
        while here <= end:
            moments += 1
            # The workers sweep by themselves; here and there somebody presses "send" at the same time.
            pressed = asyncio.create_task(sweep(resources, list(ZONES) if chance.random() < press else []))
            paid += await _pay(resources, chance, 0.01)
            if moments % kill_every == 0:
                await crew.kill(chance)
            await pressed
            here = await _moment(resources, here, end)
    finally:
        await crew.processes.close()
    return await _report(resources, sink, invoices, days, moments, crew.kills, paid, time.monotonic() - begun)


class _Crew:
    """Two worker processes."""

    def __init__(self, resources: Resources) -> None:
        given = resources.settings
        environment = {
            "DATABASE_URL": given.database_url, "REDIS_URL": given.redis_url, "ORKESTA_HOME": str(given.home),
            "ORKESTA_SECRET_KEY": given.secret_key, "GROQ_API_KEY": "", **TIMES,
        }  # fmt: skip
        given.home.mkdir(parents=True, exist_ok=True)
        self.processes = Processes(environment, given.home / "processes.log")
        self.kills = 0
        self._alive: list[Any] = []

    async def fill(self) -> None:
        """Start those that are missing."""
        while len(self._alive) < 2:
            self._alive.append(await self.processes.worker())

    async def kill(self, chance: random.Random) -> None:
        """kill -9 of one of them, and another in its place."""
        await self.processes.kill(self._alive.pop(chance.randrange(len(self._alive))))
        self.kills += 1
        await self.fill()


async def _moment(resources: Resources, here: datetime, end: datetime) -> datetime:
    """Wait until everything due now is done and sent; returns the next moment at which something falls due."""
    async with asyncio.timeout(_DEADLINE_SECONDS):
        while True:
            next_at = [at for at in [await dunning.next_at(resources, name) for name in ZONES] if at is not None]
            waiting = sum([await dunning.waiting(resources, name) for name in ZONES])
            now = min([await _now(resources, name) for name in ZONES])
            if not waiting and all(at > now for at in next_at):
                break
            await asyncio.sleep(0.05)
    at = max(min(next_at, default=end), here) + timedelta(seconds=1)
    if at <= end:
        await _set(resources, at)
    return at


async def _set(resources: Resources, at: datetime) -> None:
    await resources.pg.execute(
        """INSERT INTO clocks (tenant_id, offset_seconds)
           SELECT id, extract(epoch FROM $1::timestamptz - now()) FROM tenants WHERE id = ANY ($2)
           ON CONFLICT (tenant_id) DO UPDATE SET offset_seconds = excluded.offset_seconds""",
        at, list(ZONES),
    )  # fmt: skip


async def _now(resources: Resources, name: str) -> datetime:
    found: datetime = await resources.pg.fetchval("SELECT tenant_now($1)", name)
    return found


async def _debts(resources: Resources, name: str, many: int, spread: int) -> None:
    """Open invoices, two of each customer, that fall due over so many days."""
    await resources.pg.execute(
        """WITH people AS (
             INSERT INTO customers (tenant_id, name, locale) SELECT $1, 'Ana Ruiz', 'es'
             FROM generate_series(1, ($2::int + 1) / 2) RETURNING id
           ), ids AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people), phones AS (
             INSERT INTO customer_identities (tenant_id, kind, value, customer_id)
             SELECT $1, 'phone', '+52' || (5500000000 + id), id FROM ids
           )
           INSERT INTO invoices (tenant_id, number, customer_id, currency, total_minor, issued_on, due_on)
           SELECT $1, 'F-' || g, ids.id, 'MXN', 10000, '2026-11-01', $3::date + g % $4::int
           FROM generate_series(1, $2::int) g JOIN ids ON ids.n = (g + 1) / 2""",
        name, many, date(2026, 12, 4), spread,
    )  # fmt: skip


async def _pay(resources: Resources, chance: random.Random, share: float) -> int:
    """Some customers pay, all or half, whatever is being sent at that moment."""
    done: str = await resources.pg.execute(
        """UPDATE invoices SET paid_minor = total_minor, status = 'paid'
           WHERE status IN ('open', 'partially_paid') AND hashtext(number || tenant_id || $1) % 1000 >= 1000 - $2""",
        str(chance.random()), round(1000 * share),
    )  # fmt: skip
    await resources.pg.execute(
        """UPDATE invoices SET paid_minor = total_minor / 2, status = 'partially_paid'
           WHERE status = 'open' AND hashtext(number || $1) % 1000 >= 1000 - $2""",
        str(chance.random()), round(1000 * share),
    )  # fmt: skip
    return int(done.split()[-1])


async def _report(
    resources: Resources, sink: Sink, invoices: int, days: int, moments: int, kills: int, paid: int, seconds: float
) -> Report:
    got = Counter(int(sent.our_id) for sent in sink.sent if sent.our_id)
    rows = await resources.pg.fetch(
        """SELECT m.id, m.status, m.tenant_id, m.content #>> '{dunning,invoice}' AS invoice,
                  m.content #>> '{dunning,stage}' AS stage FROM messages m WHERE m.content ? 'dunning'"""
    )
    per_stage: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        per_stage[row["tenant_id"], row["invoice"], row["stage"]] += got[row["id"]]
    outside, late = await resources.pg.fetchrow(_WRONG)
    return Report(
        invoices=invoices, days=days, moments=moments, kills=kills, paid=paid, sent=len(sink.sent),
        stages=dict(Counter(per_stage.values())), outside_hours=outside, after_payment=late,
        of_unknown_outcome=sum(row["status"] not in (*_FINISHED, "dropped") for row in rows),
        breaches=tuple(sorted({each.rule for each in await invariants.check(resources)})), seconds=round(seconds, 1),
    )  # fmt: skip


_WRONG = """
SELECT count(*) FILTER (WHERE extract(hour FROM s.local_at) NOT BETWEEN 8 AND 20),
       count(*) FILTER (WHERE s.claimed_at > i.settled_at)
FROM dunning_steps s JOIN invoices i ON i.tenant_id = s.tenant_id AND i.number = s.invoice_number
WHERE s.claimed_at IS NOT NULL
"""


async def _alone(invoices: int, days: int) -> Report:
    with tempfile.TemporaryDirectory(prefix="orkesta-month-") as home:
        async with embedded.servers(Path(home)) as servers, Sink() as sink:
            await migrate(servers.dsn)
            settings = Settings(
                database_url=servers.dsn, redis_url=servers.redis_url, home=Path(home), secret_key="month",
                groq_api_key="",
            )  # fmt: skip
            async with resource_store.open(settings, name="month") as resources:
                return await month(
                    resources, sink, invoices=invoices, days=days, spread=5, stages=debts.STAGES_SAID, kill_every=4,
                    press=0.7,
                )


def main() -> None:
    """Play the month, print what was seen, fail when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invoices", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=40)
    given = parser.parse_args()
    report = uvloop.run(_alone(given.invoices, given.days))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    sys.exit(not report.clean)


if __name__ == "__main__":
    main()
