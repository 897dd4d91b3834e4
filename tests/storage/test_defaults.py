"""Credentials of the environment become the tenant `default`."""

from storage import defaults
from storage.accounts import Accounts
from storage.resources import Resources

TELEGRAM = {"TELEGRAM_BOT_TOKEN": "123456:abc"}


async def test_an_empty_environment_makes_no_tenant(resources: Resources) -> None:
    assert await defaults.load(resources, {}) == []
    assert await resources.pg.fetchval("SELECT count(*) FROM tenants") == 0


async def test_a_channel_is_connected_when_all_its_variables_are_given(resources: Resources) -> None:
    half = {"WHATSAPP_PHONE_ID": "55", "WHATSAPP_API_KEY": "key"}  # without the app secret nothing could be verified
    assert await defaults.load(resources, {**TELEGRAM, **half}) == ["default:telegram:123456"]


async def test_a_generated_webhook_secret_stays_the_same(resources: Resources) -> None:
    await defaults.load(resources, TELEGRAM)
    first = (await Accounts(resources).get("default:telegram:123456")).secrets
    await defaults.load(resources, TELEGRAM)
    assert (await Accounts(resources).get("default:telegram:123456")).secrets == first
    assert len(first["webhook_secret"]) >= 24
