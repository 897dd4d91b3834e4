"""The environment of a command that talks to the servers of this test run, and a provider that records."""

from collections.abc import AsyncIterator

import pytest

from bench import webhooks
from bench.sink import Sink
from core.messages import Account
from core.settings import Settings
from storage import accounts, tenants
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


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.fixture
async def account(resources: Resources, sink: Sink) -> Account:
    """A production tenant's Telegram bot, whose provider is the sink."""
    await tenants.create(resources, "acme", name="Acme")
    made = webhooks.account("acme", "telegram", api_base=sink.base("acme", "telegram"))
    await accounts.connect(
        resources, tenant="acme", channel="telegram", address=made.address, secrets=made.secrets,
        settings=made.settings, api_base=made.api_base,
    )  # fmt: skip
    return made
