"""What a dunning sweep costs: it must follow what is due, not how many invoices there are."""

import time
from datetime import date

from bench import webhooks
from bench.figures import Figure
from storage import accounts, tenants
from storage.resources import Resources
from workers.dunning import sweep

TENANT = "collects"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
_DUE = 500
_TIMES = 5
_NOWHERE = "http://127.0.0.1:9"  # nothing is sent: no worker is at work


_PUT_OFF = "UPDATE invoices SET due_on = due_on + 200 WHERE tenant_id = $1 AND due_on < current_date + 100"


async def sweeps(resources: Resources, most: int) -> list[Figure]:
    """The time of a sweep with nothing due and with 500 reminders due, among ever more open invoices."""
    customer = await _prepared(resources)
    found: list[Figure] = []
    cost: dict[int, float] = {}
    for size in (each for each in SIZES if each <= most):
        await _grown(resources, customer, size)
        idle = await _timed(resources)
        await _fall_due(resources)
        cost[size] = await _timed(resources, _DUE)
        await resources.pg.execute(_PUT_OFF, TENANT)
        found.append(Figure(f"dunning sweep, nothing due of {size:,} invoices", idle, "ms"))
        found.append(Figure(f"dunning sweep, {_DUE} due of {size:,} invoices", cost[size], "ms"))
    sizes = sorted(cost)
    ratio = cost[sizes[-1]] / cost[sizes[0]]
    name = f"dunning sweep among {sizes[-1]:,} invoices, times {sizes[0]:,}"
    return [*found, Figure(name, ratio, "x", 1.5, 1.2, "low")]


async def _prepared(resources: Resources) -> int:
    """A tenant that reminds by SMS on the day, all day long, and a customer with a phone."""
    await tenants.create(
        resources, TENANT, name="Collects", environment="sandbox", settings={"dunning": {"opens": 0, "closes": 24}}
    )
    made = webhooks.account(TENANT, "sms", api_base=_NOWHERE)
    await accounts.connect(
        resources, tenant=TENANT, channel="sms", address=made.address, secrets=made.secrets, settings=made.settings,
        api_base=made.api_base,
    )  # fmt: skip
    await resources.pg.execute(
        "INSERT INTO dunning_rules (tenant_id, stage, channel, templates, hour, throttle_hours) "
        "VALUES ($1, 'DUE', 'sms', '{}', 0, 0)",
        TENANT,
    )
    customer: int = await resources.pg.fetchval(
        "INSERT INTO customers (tenant_id, name) VALUES ($1, 'Ana') RETURNING id", TENANT
    )
    await resources.pg.execute(
        "INSERT INTO customer_identities (tenant_id, kind, value, customer_id) "
        "VALUES ($1, 'phone', '+525550001111', $2)",
        TENANT, customer,
    )  # fmt: skip
    return customer


async def _grown(resources: Resources, customer: int, size: int) -> None:
    """Bring the tenant to so many open invoices, looked at and not due for months."""
    await resources.pg.execute(
        """INSERT INTO invoices (tenant_id, number, customer_id, currency, total_minor, issued_on, due_on, dunning_at)
           SELECT $1, 'F-' || n, $2, 'MXN', 10000, current_date, current_date + 200, now() + interval '200 days'
           FROM generate_series((SELECT count(*) + 1 FROM invoices WHERE tenant_id = $1), $3) n""",
        TENANT, customer, size,
    )  # fmt: skip
    await sweep(resources, [TENANT])  # what was put off is planned
    await resources.pg.execute("VACUUM ANALYZE invoices")


async def _fall_due(resources: Resources) -> None:
    today: date = await resources.pg.fetchval(
        "SELECT (now() AT TIME ZONE timezone)::date FROM tenants WHERE id = $1", TENANT
    )
    await resources.pg.execute(
        """UPDATE invoices SET due_on = $2 WHERE tenant_id = $1
           AND number IN (SELECT 'F-' || n FROM generate_series(1, $3) n)""",
        TENANT, today, _DUE,
    )  # fmt: skip


async def _timed(resources: Resources, due: int = 0) -> float:
    """Milliseconds of the quickest of some sweeps, each of which must find so many due."""
    best = float("inf")
    for _ in range(_TIMES):
        begun = time.perf_counter()
        done = await sweep(resources, [TENANT])
        best = min(best, 1000 * (time.perf_counter() - begun))
        if len(done) != due:
            raise AssertionError(f"{len(done)} steps were done, {due} were due")
        await _undone(resources)
    return best


async def _undone(resources: Resources) -> None:
    await resources.pg.execute("TRUNCATE dunning_steps, todo, messages CASCADE")
    await resources.pg.execute(
        "UPDATE invoices SET dunning_at = '-infinity' WHERE tenant_id = $1 AND due_on < current_date + 100", TENANT
    )
