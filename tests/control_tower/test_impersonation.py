"""An admin of all tenants acts for somebody of one: with a reason, for a while, under both names, not twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from storage import impersonations
from tests.control_tower.conftest import PASSWORD

As = Callable[..., Awaitable[tuple[int, Any]]]
PATH = "/api/tenants/acme/impersonate"
WHY = {"reason": "ticket T-1 of Acme"}


@pytest.fixture
async def acting(url: str, call) -> As:
    """`await acting("GET", path, body)` as root who acts for an admin of acme."""
    status, given = await call("root", "POST", PATH, WHY)
    assert status == 200, given
    headers = {"Authorization": f"Bearer {given['access_token']}"}

    async def request(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with aiohttp.ClientSession() as http, http.request(method, url + path, json=body, headers=headers) as got:
            return got.status, await got.json()

    return request


async def test_only_admins_of_all_tenants_with_a_reason_and_for_people_of_the_tenant(call):
    assert (await call("boss", "POST", PATH, WHY))[0] == 403
    assert (await call("far", "POST", PATH, WHY))[0] == 404
    assert (await call("root", "POST", "/api/tenants/nobody/impersonate", WHY))[0] == 404
    for body in ({}, {"reason": "  "}):
        assert (await call("root", "POST", PATH, body))[0] == 422
    assert (await call("root", "POST", PATH, {**WHY, "user": "far@x.mx"}))[0] == 404
    assert (await call("root", "POST", PATH, {**WHY, "user": "root@x.mx"}))[0] == 403
    status, given = await call("root", "POST", PATH, {**WHY, "user": "ana@x.mx"})
    assert (status, given["role"], given["expires_in"]) == (200, "operator", 1800)


async def test_who_acts_sees_and_does_what_that_person_may_and_every_write_is_audited_by_both_names(acting, call):
    _, seen = await acting("GET", "/api/tenants")
    assert [each["id"] for each in seen["tenants"]] == ["acme"]
    assert (await acting("GET", "/api/tenants/other"))[0] == 404
    assert (await acting("POST", "/api/kill-switch", {"scope": "global", "state": "on", "reason": "x"}))[0] == 403
    switch = {"scope": "tenant:acme", "state": "on", "reason": "as they asked"}
    assert (await acting("POST", "/api/kill-switch", switch))[0] == 200
    _, audit = await call("root", "GET", "/api/audit?tenant=acme")
    both = [(each["action"], each["subject"]) for each in audit["entries"] if each["actor"] == "root@x.mx as acme"]
    assert both[0] == ("kill_switch.on", "tenant:acme")
    assert both.count(("impersonation.write", "POST /api/kill-switch")) == 2
    (begun,) = [each for each in audit["entries"] if each["action"] == "impersonation.start"]
    assert begun["detail"]["reason"] == WHY["reason"]


async def test_nobody_acts_for_two_and_exit_ends_it_at_once(acting, call):
    assert (await acting("POST", PATH, WHY))[1]["error"]["code"] == "nested"
    assert (await call("root", "POST", PATH, WHY))[1]["error"]["code"] == "nested"
    assert await acting("POST", "/api/impersonation/exit") == (200, {"tenant": "acme"})
    assert (await acting("GET", "/api/tenants"))[0] == 401
    assert (await call("root", "POST", "/api/impersonation/exit"))[0] == 404
    assert (await call("root", "POST", PATH, WHY))[0] == 200


async def test_it_ends_after_half_an_hour(acting, call, resources):
    await resources.pg.execute("UPDATE impersonations SET until = until - $1::interval", impersonations.LIMIT)
    assert (await acting("GET", "/api/tenants"))[0] == 401
    assert (await call("root", "POST", PATH, WHY))[0] == 200


async def test_the_page_shows_the_bar_and_its_exit(url, people):
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(url, headers={"Sec-Fetch-Site": "same-origin"}, cookie_jar=jar) as http:
        await http.post("/login", data={"email": "root@x.mx", "password": PASSWORD})
        async with http.post("/tenants/acme/impersonate", data={**WHY, "who": "ana@x.mx"}) as answer:
            shown = await answer.text()
        assert "ana@x.mx: todo queda en la auditoría" in shown
        assert 'href="/audit"' not in shown  # an operator reads no audit
        async with http.post("/impersonation/exit") as answer:
            shown = await answer.text()
        assert 'class="acting"' not in shown
        assert 'href="/audit"' in shown
