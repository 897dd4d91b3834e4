"""The stage of the fault tests."""

from collections.abc import AsyncIterator

import pytest

from storage.resources import Resources
from tests.chaos import stage as stages
from tests.chaos.stage import Stage


@pytest.fixture
async def stage(resources: Resources) -> AsyncIterator[Stage]:
    async with stages.opened(resources) as opened:
        yield opened
