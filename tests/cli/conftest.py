"""The environment of a command that talks to the servers of this test run."""

import pytest

from core.settings import Settings
from storage.resources import Resources


@pytest.fixture
def environment(settings: Settings, resources: Resources) -> dict[str, str]:
    """A system with servers and an empty database; `resources` is what empties it."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "ORKESTA_HOME": str(settings.home),
        "ORKESTA_SECRET_KEY": settings.secret_key,
        "ORKESTA_PUBLIC_URL": "https://bot.example.test",
    }
