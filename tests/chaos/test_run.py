"""The short form of the fault run: forty seconds of load with every fault once; `make chaos` is the long one."""

from pathlib import Path

import pytest

from tests.chaos import run as runs


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_nothing_is_lost_doubled_or_reordered_while_everything_breaks(tmp_path: Path) -> None:
    """arq#343, #300, #435: stuck or lost after a crash of worker or Redis; a lost response sent twice."""
    report = await runs.run(tmp_path / "home", seconds=40, per_second=20, pause=2.0)
    assert report.clean, "\n".join(runs.lines(report))
    assert report.accepted == report.sent
    assert len([name for name in report.faults if not name.startswith("sends met")]) == 14, report.faults
    assert report.model_calls > 0
