"""The short form of the fault run: some fifty seconds of load with every fault once; `make chaos` is the long one."""

from pathlib import Path

import pytest

from tests.chaos import books
from tests.chaos import run as runs


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_nothing_is_lost_doubled_or_reordered_while_everything_breaks(tmp_path: Path) -> None:
    """arq#343, #300, #435: stuck or lost after a crash of worker or Redis; a lost response sent twice."""
    report = await runs.run(tmp_path / "home", seconds=48, per_second=20, pause=1.8)
    assert report.clean, "\n".join(books.lines(report))
    assert report.accepted == report.sent
    assert len([name for name in report.faults if " met " not in name]) == 16, report.faults
    assert report.model_calls > 0
    assert report.media > 0
