"""`orkesta time`: set, shown and given back, for sandbox tenants only."""

from storage import tenants
from storage.resources import Resources
from tests.cli.command import as_json, orkesta


async def test_a_sandbox_tenants_time_is_set_in_its_own_zone(resources: Resources, environment: dict[str, str]) -> None:
    await tenants.create(resources, "acme", name="Acme", environment="sandbox", timezone="America/Mexico_City")
    done = await as_json("time", "set", "2026-12-01T10:00", "--tenant", "acme", environment=environment)
    assert done["now"].startswith("2026-12-01T16:0")
    assert (await as_json("time", "now", "--tenant", "acme", environment=environment))["simulated"]
    assert not (await as_json("time", "reset", "--tenant", "acme", environment=environment))["simulated"]


async def test_production_refuses_with_status_1(resources: Resources, environment: dict[str, str]) -> None:
    await tenants.create(resources, "acme", name="Acme", environment="production")
    status, output = await orkesta("time", "set", "2026-12-01T10:00Z", "--tenant", "acme", environment=environment)
    assert status == 1
    assert "sandbox" in output
