"""Golden flows through the emulator, the real API and a worker: judged, kept, no trace of their customers."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app import Api
from channels.registry import CHANNELS
from core.errors import Conflict, NotFound
from core.golden import FACTS, Expected, Flow, chosen
from core.settings import Settings
from emulator.golden import flows
from storage import accounts, golden, tenants
from storage.resources import Resources
from storage.seed import TENANTS
from tests.emulator.conftest import Emulator, account
from tests.serving import serve, work
from workers.golden import EmulatorAway, begin, fresh

LEFT = ("conversations", "customers", "customer_identities", "messages", "turns", "todo", "peers", "tickets", "quotes")


@pytest.fixture
async def product(resources: Resources, settings: Settings) -> AsyncIterator[tuple[None, str]]:
    """The real API where other tests of the emulator have a recorder, and a worker."""
    async with serve(Api(settings)) as url, work(resources):
        yield None, url


@pytest.fixture
async def stage(resources: Resources, emulator: Emulator) -> Resources:
    """A sandbox tenant with two channels at this emulator; resources that know where it is."""
    await tenants.create(resources, "acme", name="Acme", environment="sandbox")
    for channel, base in {"whatsapp_cloud": "graph", "telegram": "telegram"}.items():
        known = account(channel)
        await accounts.connect(
            resources, tenant="acme", channel=channel, address=known.address, secrets=known.secrets,
            api_base=f"{emulator.url}/{base}",
        )  # fmt: skip
    port = int(emulator.url.rsplit(":", 1)[1])
    return replace(resources, settings=resources.settings.model_copy(update={"emulator_port": port}))


def flow(name: str, *steps: Expected, tenant: str = "acme", channel: str = "telegram") -> Flow:
    return Flow(name=name, title={"en": name}, tenant=tenant, channel=channel, language="en", steps=steps)


async def played(stage: Resources, *given: Flow) -> dict[str, dict[str, Any]]:
    run = await begin(stage, given, "t")
    await run.play()
    return {each["flow"]: each for each in await golden.results(stage, ["acme"], run=run.id)}


async def test_a_flow_passes_fails_with_what_is_missing_and_leaves_no_customer(stage):
    person = (
        Expected(say="I want to talk to a person", facts={"mode": "human"}),
        Expected(say="still here", count=0, copies=3, facts={"mode": "human"}),
    )
    wrong = Expected(say="hello", replies=("no such words",), never=("help",), facts={"mode": "human"})
    found = await played(
        stage, flow("person", *person), flow("wrong", wrong, *person),
        flow("cloud", Expected(say="hello", count=1), channel="whatsapp_cloud"),
    )  # fmt: skip
    assert {name: each["status"] for name, each in found.items()} == {
        "person": "passed", "wrong": "failed", "cloud": "passed",
    }  # fmt: skip
    assert [step["missing"] for step in found["wrong"]["steps"]] == [
        ["answer has /no such words/", "answer has no /help/", "mode is human"]
    ]
    assert "help" in found["wrong"]["steps"][0]["got"][0]
    counts = {name: await stage.pg.fetchval(f"SELECT count(*) FROM {name}") for name in LEFT}
    assert counts == dict.fromkeys(LEFT, 0)
    assert await stage.pg.fetchval("SELECT actor FROM audit_log WHERE action = 'golden.run'") == "t"


async def test_a_channel_that_is_not_connected_fails_its_flow_alone(stage):
    lost = flow("lost", Expected(say="hello"), channel="fax")
    found = await played(stage, lost, flow("fine", Expected(say="hello")))
    assert [found["lost"]["status"], found["fine"]["status"]] == ["failed", "passed"]
    assert "no fax account" in found["lost"]["note"]


async def test_a_tenant_has_one_run_at_a_time_and_the_next_one_finds_what_a_killed_one_left(stage):
    hello = flow("hello", Expected(say="hello"))
    first = await begin(stage, [hello], "t")
    with pytest.raises(Conflict, match="running already"):
        await begin(stage, [hello], "t")
    await golden.begin(stage, "killed", hello, "t")
    await first.play()
    assert (await played(stage, hello))["hello"]["status"] == "passed"
    assert [each["status"] for each in await golden.results(stage, ["acme"], run="killed")] == ["lost"]


async def test_only_sandbox_tenants_that_exist_and_an_emulator_that_answers(stage, resources):
    await tenants.create(stage, "real", name="Real")
    with pytest.raises(Conflict, match="production"):
        await begin(stage, [flow("x", tenant="real")], "t")
    with pytest.raises(NotFound):
        await begin(stage, [flow("x", tenant="nobody")], "t")
    away = replace(stage, settings=stage.settings.model_copy(update={"emulator_port": 9}))
    with pytest.raises(EmulatorAway):
        await begin(away, [flow("x")], "t")


def test_the_files_are_whole():
    known = flows()
    assert len(known) == len({each.name for each in known}) >= 50
    assert Counter(each.language for each in known).keys() == {"es", "en", "pt"}
    for each in known:
        assert each.tenant in TENANTS, each.name
        assert each.channel in CHANNELS, each.name
        assert each.title.keys() == {"es", "en", "pt"}, each.name
        assert each.steps, each.name
        for step in each.steps:
            assert step.facts.keys() <= set(FACTS), each.name
            for pattern in (*step.replies, *step.never):
                re.compile(pattern)


def test_flows_are_chosen_by_name_or_by_its_beginning():
    known = flows()
    assert chosen([], known) == list(known)
    assert [each.name for each in chosen(["greeting-en-sms"], known)] == ["greeting-en-sms"]
    assert {each.language for each in chosen(["person-pt"], known)} == {"pt"}
    with pytest.raises(NotFound):
        chosen(["greet"], known)


async def test_no_customer_is_played_twice():
    peers = await asyncio.gather(*(asyncio.to_thread(fresh, channel) for channel in list(CHANNELS) * 20))
    assert len(set(peers)) == len(peers)
