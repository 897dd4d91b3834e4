"""The time machine of the tower: operators move a sandbox tenant's time; nobody a production tenant's."""

from storage import tenants


async def test_an_operator_sets_advances_and_resets_a_sandbox_tenants_time(call, resources, people):
    await resources.pg.execute("UPDATE tenants SET environment = 'sandbox' WHERE id = 'acme'")
    path = "/api/time-machine/set"
    status, told = await call("ana", "POST", path, {"tenant": "acme", "at": "2026-12-01T10:00:00Z"})
    assert status == 200
    assert told["now"].startswith("2026-12-01T10:0")
    _, told = await call("ana", "POST", path, {"tenant": "acme", "advance_seconds": 86400})
    assert told["now"].startswith("2026-12-02T10:0")
    _, seen = await call("vic", "GET", "/api/time-machine/current?tenant=acme")
    assert seen["simulated"]
    assert (await call("vic", "POST", path, {"tenant": "acme"}))[0] == 403
    _, told = await call("ana", "POST", path, {"tenant": "acme"})
    assert not told["simulated"]


async def test_a_production_tenant_and_a_strangers_tenant_refuse(call, resources, people):
    await tenants.create(resources, "third", name="Third", environment="sandbox")
    wish = {"tenant": "acme", "at": "2026-12-01T10:00:00Z"}
    assert (await call("boss", "POST", "/api/time-machine/set", wish))[0] == 409
    assert (await call("boss", "POST", "/api/time-machine/set", {**wish, "tenant": "third"}))[0] == 404
