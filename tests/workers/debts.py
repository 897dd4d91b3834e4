"""Tenants with debtors: what the dunning tests begin with."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from bench import webhooks
from bench.sink import Sink
from core.dunning import STAGES, WRITE_OFF
from storage import accounts, clocks, dunning, tenants
from storage.resources import Resources
from workers.dunning import Done, sweep

DUE = date(2026, 12, 10)
STAGES_SAID = [stage for stage in STAGES if stage != WRITE_OFF]
PHONE = "+525550001111"


async def tenant(
    resources: Resources, sink: Sink, name: str = "acme", *, channels: Sequence[str] = ("whatsapp_cloud", "sms"),
    timezone: str = "America/Mexico_City", **settings: Any,
) -> None:  # fmt: skip
    """A sandbox tenant that reminds at every stage on WhatsApp, by SMS where that fails."""
    await tenants.create(
        resources, name, name=name.title(), environment="sandbox", timezone=timezone, settings={"dunning": settings}
    )
    for channel in channels:
        made = webhooks.account(name, channel, api_base=sink.base(name, channel))
        await accounts.connect(
            resources, tenant=name, channel=channel, address=made.address, secrets=made.secrets,
            settings=made.settings, api_base=made.api_base,
        )  # fmt: skip
    await rules(resources, name)


async def rules(resources: Resources, name: str = "acme", stages: Sequence[str] = STAGES_SAID, **changes: Any) -> None:
    """One rule for each stage; a stage that had one gets this one."""
    rule = {"channel": "whatsapp_cloud", "fallback_channel": "sms", "hour": 10, "templates": {"es": "aviso"}, **changes}
    columns = ", ".join(rule)
    places = ", ".join(f"${at}" for at in range(3, 3 + len(rule)))
    updates = ", ".join(f"{column} = excluded.{column}" for column in rule)
    await resources.pg.executemany(
        f"""INSERT INTO dunning_rules (tenant_id, stage, {columns}) VALUES ($1, $2, {places})
            ON CONFLICT (tenant_id, stage) DO UPDATE SET {updates}""",
        [(name, stage, *rule.values()) for stage in stages],
    )


async def debtor(resources: Resources, name: str = "acme", phone: str = PHONE, who: str = "Ana Ruiz") -> int:
    """A customer who is known by a phone number and has never written."""
    made: int = await resources.pg.fetchval(
        "INSERT INTO customers (tenant_id, name, locale) VALUES ($1, $2, 'es') RETURNING id", name, who
    )
    await resources.pg.execute(
        "INSERT INTO customer_identities (tenant_id, kind, value, customer_id) VALUES ($1, 'phone', $2, $3)",
        name, phone, made,
    )  # fmt: skip
    return made


async def invoice(
    resources: Resources, customer: int, number: str = "F-1", *, name: str = "acme", due: date = DUE,
    total: int = 100_00, **more: Any,
) -> None:  # fmt: skip
    """An open invoice."""
    row = {
        "tenant_id": name, "number": number, "customer_id": customer, "currency": "MXN", "total_minor": total,
        "issued_on": date(2026, 11, 1), "due_on": due, **more,
    }  # fmt: skip
    places = ", ".join(f"${at}" for at in range(1, 1 + len(row)))
    await resources.pg.execute(f"INSERT INTO invoices ({', '.join(row)}) VALUES ({places})", *row.values())


async def pay(resources: Resources, number: str = "F-1", minor: int = 100_00, name: str = "acme") -> None:
    """Money for an invoice, as the payments' own code records it."""
    await resources.pg.execute(
        """UPDATE invoices SET paid_minor = paid_minor + $3,
             status = CASE WHEN paid_minor + $3 >= total_minor THEN 'paid' ELSE 'partially_paid' END
           WHERE tenant_id = $1 AND number = $2""",
        name, number, minor,
    )  # fmt: skip


async def at(resources: Resources, moment: str, name: str = "acme") -> None:
    """It is this moment (UTC) for the tenant."""
    await clocks.put(resources, name, datetime.fromisoformat(moment).replace(tzinfo=UTC), "test")


async def run(resources: Resources, *names: str) -> list[Done]:
    """One sweep, then wait until nothing is under way any more; a worker must be at work."""
    done = await sweep(resources, names or ("acme",))
    for name in names or ("acme",):
        await drained(resources, name)
    return done


async def run_held(resources: Resources, name: str = "acme") -> None:
    """One sweep, then wait until its reminder is held; a worker must be at work."""
    await sweep(resources, [name])
    await until(lambda: resources.pg.fetchval("SELECT count(*) FROM todo WHERE state = 'held'"))


async def drained(resources: Resources, name: str = "acme") -> None:
    await until(lambda: _nothing(resources, name))


async def _nothing(resources: Resources, name: str) -> bool:
    return await dunning.waiting(resources, name) == 0


async def until(true: Callable[[], Awaitable[Any]], seconds: float = 90) -> Any:
    async with asyncio.timeout(seconds):
        while not (value := await true()):
            await asyncio.sleep(0.02)
        return value


def brief(done: Sequence[Done]) -> list[tuple[str, str]]:
    """(stage, result) of each."""
    return [(each.stage, each.result) for each in done]


async def steps(resources: Resources) -> dict[str, tuple[str, str | None]]:
    """Stage → (status, reason)."""
    rows = await resources.pg.fetch("SELECT stage, status, reason FROM dunning_steps ORDER BY due_at")
    return {row["stage"]: (row["status"], row["reason"]) for row in rows}


async def statuses(resources: Resources) -> list[tuple[str, str | None]]:
    """(status, reason) of every reminder, in order."""
    rows = await resources.pg.fetch("SELECT status, reason FROM messages WHERE content ? 'dunning' ORDER BY id")
    return [(row["status"], row["reason"]) for row in rows]


def plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
