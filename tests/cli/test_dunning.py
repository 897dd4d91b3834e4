"""`orkesta dunning run` and `orkesta time advance` on a stopped system: what is due goes out, then they end."""

from collections.abc import AsyncIterator

import pytest

from bench.sink import Sink
from storage.resources import Resources
from tests.cli.command import as_json
from tests.workers import debts


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


async def test_run_sends_what_is_due_and_advance_goes_on(
    resources: Resources, sink: Sink, environment: dict[str, str]
) -> None:
    await debts.tenant(resources, sink)
    await debts.rules(resources, fallback_channel=None)
    await debts.invoice(resources, await debts.debtor(resources))
    await debts.at(resources, "2026-12-10T16:01")
    done = await as_json("dunning", "run", "--tenant", "acme", environment=environment)
    assert [(step["stage"], step["status"]) for step in done["sent"]] == [("DUE", "sent")]
    assert [step["stage"] for step in done["skipped"]] == ["T-3", "T-1"]
    assert len(sink.sent) == 1
    more = await as_json("time", "advance", "--tenant", "acme", "--days", "4", environment=environment)
    assert [step["stage"] for step in more["sent"]] == ["T+1", "T+3"]
    assert (await as_json("dunning", "run", "--tenant", "acme", environment=environment))["sent"] == []
    assert len(sink.sent) == 3
