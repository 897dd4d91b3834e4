"""The commands as a script calls them: results as JSON, exit status 0, 1 or 2, no secret in any output."""

from channels.registry import CHANNELS as REGISTRY
from cli.channel import ROUTES
from tests.cli.command import as_json, orkesta


async def test_a_tenant_is_created_listed_and_given_a_key(environment: dict[str, str]) -> None:
    made = await as_json("tenant", "create", "shop", "--name", "Shop", environment=environment)
    listed = await as_json("tenant", "list", environment=environment)
    key = await as_json("tenant", "api-key", "shop", environment=environment)
    assert (made["currency"], made["environment"]) == ("MXN", "production")
    assert [tenant["id"] for tenant in listed] == ["shop"]
    assert key["api_key"].startswith("ork_")


async def test_a_refusal_is_status_1_and_wrong_usage_status_2(environment: dict[str, str]) -> None:
    status, output = await orkesta("tenant", "show", "nobody", "--json", environment=environment)
    assert (status, '"code": "not_found"' in output) == (1, True)
    assert (await orkesta("tenant", "create", environment=environment))[0] == 2
    assert (await orkesta("nonsense", environment=environment))[0] == 2


META = ("--access-token", "SECRET-d", "--app-secret", "SECRET-e", "--verify-token", "v")
CHANNELS = {
    "telegram": ("--token", "123456:SECRET-a", "--webhook-secret", "SECRET-b"),
    "twilio": ("--account-sid", "AC1", "--auth-token", "SECRET-c", "--from", "whatsapp:+1202", "--sms-from", "+1203"),
    "whatsapp": ("--phone-number-id", "1", *META),
    "instagram": ("--account-id", "2", *META),
    "email": ("--smtp-url", "smtp://u:SECRET-h@h", "--from", "Shop <a@b.test>", "--webhook-secret", "SECRET-i"),
}


async def test_every_channel_is_connected_with_its_webhook_and_no_secret_is_shown(environment: dict[str, str]) -> None:
    await as_json("tenant", "create", "shop", "--name", "Shop", environment=environment)
    for channel, options in CHANNELS.items():
        connect = ("channel", "connect", channel, "--tenant", "shop")
        status, output = await orkesta(*connect, *options, environment=environment)
        assert status == 0, output
        assert "https://bot.example.test/webhooks/" in output
        assert "SECRET" not in output
    listed = await as_json("channel", "list", "--tenant", "shop", environment=environment)
    assert sorted(account["channel"] for account in listed) == [
        *("email", "instagram", "sms", "telegram", "web", "whatsapp_cloud", "whatsapp_twilio"),
    ]
    assert "SECRET" not in str(listed)


async def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(environment: dict[str, str]) -> None:
    status, output = await orkesta("doctor", environment=environment)
    assert status == 1  # servers are there, but no worker
    assert "!!  workers" in output
    assert "orkesta worker" in output
    away = {**environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    status, output = await orkesta("doctor", environment=away)
    assert status == 1
    assert "check DATABASE_URL" in output


def test_the_webhooks_that_are_told_are_those_of_the_registry() -> None:
    assert {name: channel.route for name, channel in REGISTRY.items() if name != "web"} == ROUTES
