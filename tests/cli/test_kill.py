"""A drill with the kill switch: accepted, answered, held; nothing reaches the provider until it is off."""

from bench.sink import Sink
from core.messages import Account
from storage import tenants
from storage.resources import Resources
from tests.cli.command import as_json, orkesta
from tests.cli.customer import say, until
from tests.serving import work


async def test_what_is_held_leaves_in_order_when_the_switch_is_off(
    resources: Resources, account: Account, sink: Sink, environment: dict[str, str]
) -> None:
    async def all_answered() -> bool:
        query = "SELECT NOT EXISTS (SELECT 1 FROM todo WHERE direction = 'in') AND EXISTS (SELECT 1 FROM turns)"
        return bool(await resources.pg.fetchval(query))

    async def nothing_waits() -> bool:
        return not await resources.pg.fetchval("SELECT count(*) FROM todo")

    scope = ("--tenant", "acme", "--channel", "telegram")
    async with work(resources):
        on = await as_json("kill", "on", *scope, "--reason", "a drill", environment=environment)
        assert on["on"] == ["channel:acme/telegram"]
        await say(resources, account, "hola", "¿tienen balatas?", "¿y filtros?")
        await until(all_answered)

        status = await as_json("kill", "status", "--tenant", "acme", environment=environment)
        assert [each["reason"] for each in status["kill_switches"]] == ["a drill"]
        assert status["held"] >= 1
        assert sink.sent == []

        off = await as_json("kill", "off", *scope, environment=environment)
        assert (off["conversations"], off["still_on"]) == (1, [])
        await until(nothing_waits)
    replies = await resources.pg.fetch("SELECT text FROM messages WHERE direction = 'out' ORDER BY seq")
    assert len(replies) >= 3
    assert [sent.text for sent in sink.sent] == [row["text"] for row in replies]
    audit = await resources.pg.fetch("SELECT action, actor FROM audit_log WHERE action LIKE 'kill%' ORDER BY id")
    assert [row["action"] for row in audit] == ["kill_switch.on", "kill_switch.off"]
    assert all(row["actor"].startswith("cli:") for row in audit)


async def test_a_wider_switch_that_is_still_on_is_named(resources: Resources, environment: dict[str, str]) -> None:
    await tenants.create(resources, "acme", name="Acme")
    await as_json("kill", "on", environment=environment)
    twilio = await as_json("kill", "on", "--tenant", "acme", "--channel", "twilio", environment=environment)
    assert sorted(twilio["on"]) == ["channel:acme/sms", "channel:acme/whatsapp_twilio"]
    off = await as_json("kill", "off", "--tenant", "acme", "--channel", "twilio", environment=environment)
    assert off["still_on"] == ["global"]
    assert (await as_json("kill", "off", environment=environment))["still_on"] == []


async def test_status_shows_only_what_concerns_the_scope(resources: Resources, environment: dict[str, str]) -> None:
    for tenant in ("acme", "other"):
        await tenants.create(resources, tenant, name=tenant)
        await as_json("kill", "on", "--tenant", tenant, "--channel", "email", environment=environment)
    for scope, expected in {
        (): ["channel:acme/email", "channel:other/email"],
        ("--tenant", "acme"): ["channel:acme/email"],
        ("--tenant", "acme", "--channel", "telegram"): [],
    }.items():
        status = await as_json("kill", "status", *scope, environment=environment)
        assert [each["scope"] for each in status["kill_switches"]] == expected


async def test_what_names_nothing_is_refused(resources: Resources, environment: dict[str, str]) -> None:
    await tenants.create(resources, "acme", name="Acme")
    assert (await orkesta("kill", "on", "--channel", "telegram", environment=environment))[0] == 2
    assert (await orkesta("kill", "on", "--tenant", "nobody", environment=environment))[0] == 1
    assert (await orkesta("kill", "on", "--tenant", "acme", "--channel", "fax", environment=environment))[0] == 2
