"""Golden flows in the tower: who may run and see them."""

from collections.abc import AsyncIterator, Sequence

import pytest

import tower
from control_tower import app
from control_tower.golden import Stage
from core.golden import Expected, Flow
from storage import golden
from storage.resources import Resources
from tests.control_tower.test_pages import browser as browser  # the page as root sees it
from tests.control_tower.test_pages import page
from tests.serving import serve


def flow(name: str, tenant: str, channel: str) -> Flow:
    title = {"es": "Saludo", "en": "Greeting", "pt": "Saudação"}
    return Flow(name=name, title=title, tenant=tenant, channel=channel, language="es", steps=(Expected(say="hola"),))


FLOWS = (flow("one", "acme", "web"), flow("two", "acme", "sms"), flow("three", "other", "web"))


class Noted:
    """Writes down that its flows passed, without playing them: the runner has tests of its own."""

    def __init__(self, resources: Resources, flows: Sequence[Flow], actor: str) -> None:
        self.id, self._resources, self._flows, self._actor = "r1", resources, flows, actor

    async def play(self) -> None:
        for each in self._flows:
            row = await golden.begin(self._resources, self.id, each, self._actor)
            await golden.end(self._resources, row, [], True, "")


async def begin(resources: Resources, flows: Sequence[Flow], actor: str) -> Noted:
    return Noted(resources, flows, actor)


@pytest.fixture
async def url(settings, resources, people) -> AsyncIterator[str]:
    await resources.pg.execute("UPDATE tenants SET environment = 'sandbox'")
    async with serve(app.create(settings, tower.cut, stage=Stage(FLOWS, begin))) as found:
        yield found


async def run(call, who: str, body: object = None) -> tuple[int, list[str]]:
    status, told = await call(who, "POST", "/api/golden-flows/run", body)
    return status, sorted(each["flow"] for each in told.get("results", []))


async def test_people_run_the_flows_of_their_tenants_and_see_the_results(call):
    assert await run(call, "ana") == (200, ["one", "two"])
    assert await run(call, "root", {"channel": "web"}) == (200, ["one", "one", "three", "two"])
    _, seen = await call("vic", "GET", "/api/golden-flows/results")
    assert {each["tenant"] for each in seen["results"]} == {"acme"}
    assert (await call("vic", "GET", "/api/golden-flows/results?tenant=other"))[0] == 404
    _, listed = await call("far", "GET", "/api/golden-flows")
    assert [(each["name"], each["last"][0]["status"]) for each in listed["flows"]] == [("three", "passed")]


async def test_who_may_not_answer_customers_runs_nothing(call):
    assert (await run(call, "vic"))[0] == 403
    assert (await run(call, "vic", {"flows": ["one"]}))[0] == 403
    assert (await run(call, "ana", {"flows": ["three"]}))[0] == 404
    assert (await run(call, "ana", {"flows": ["nothing"]}))[0] == 404
    assert (await run(call, "ana", {"tenant": "acme", "language": "pt"}))[0] == 404


async def test_where_the_tenants_are_not_there_or_real_no_flow_is_shown(call, resources):
    await resources.pg.execute("UPDATE tenants SET environment = 'production' WHERE id = 'other'")
    assert await run(call, "root") == (200, ["one", "two"])
    assert (await call("far", "GET", "/api/golden-flows"))[1] == {"flows": []}
    assert (await run(call, "far"))[0] == 404


async def test_the_page_lists_flows_and_runs_one(browser):
    assert "nunca" in await page(browser, "/golden")
    async with browser.post("/golden", data={"flow": "two"}) as answer:
        assert answer.status == 200
    assert "bien" in await page(browser, "/golden?open=two", **{"X-Fragment": "golden"})
