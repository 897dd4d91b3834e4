"""The short form of the dunning month; `python -m tests.dunning_month` is the long one, with 10,000 invoices."""

import pytest

from bench.sink import Sink
from storage.resources import Resources
from tests import dunning_month


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_each_stage_is_reminded_of_once_or_never_while_workers_are_killed(resources: Resources) -> None:
    async with Sink() as sink:
        report = await dunning_month.month(
            resources, sink, invoices=300, days=10, spread=1, stages=["T-1", "DUE", "T+3"], kill_every=4
        )
    assert report.clean, report
    assert report.kills > 0
    assert report.paid > 0
    assert report.sent > 300
