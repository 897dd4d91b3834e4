"""The stage of the fault tests, with times that make a lapsed lease a matter of a second."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import Settings
from storage.resources import Resources
from tests.chaos import stage as stages
from tests.chaos.stage import Stage
from tests.llm.conftest import provider as provider


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database, redis_url=redis_url, home=tmp_path / "home", secret_key="test key", lease_seconds=2,
        heartbeat_seconds=0.3, worker_dead_after_seconds=3, sweep_seconds=0.3, groq_api_key="",
    )  # fmt: skip


@pytest.fixture
async def stage(resources: Resources) -> AsyncIterator[Stage]:
    async with stages.opened(resources) as opened:
        yield opened
