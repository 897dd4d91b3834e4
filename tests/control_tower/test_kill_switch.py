"""The kill switch holds real sends, says so, and lets them go."""

from channels.registry import CHANNELS
from storage import chat, kill_switches
from tests.control_tower.test_takeover import status_of, until
from tests.serving import work


async def test_on_holds_a_reply_and_off_lets_it_go_with_both_in_the_audit(call, write, resources):
    on = {"scope": "channel:acme/web", "state": "on", "reason": "a wrong price list"}
    assert (await call("boss", "POST", "/api/kill-switch", on))[0] == 200
    async with work(resources):
        conversation = await write("luis", "hola")
        await until(lambda: status_of(resources, "held"))
        _, overview = await call("boss", "GET", "/api/overview")
        assert overview["tiles"]["held"] == 1
        assert overview["kill_switches"][0]["reason"] == "a wrong price list"
        _, listed = await call("vic", "GET", "/api/unknown-outcomes")
        assert listed["messages"][0]["status"] == "held"
        await call("boss", "POST", "/api/kill-switch", {**on, "state": "off"})
        said = await until(lambda: chat.said_after(resources, "acme", conversation, 0))
    assert said[0].author == "agent"
    _, audit = await call("boss", "GET", "/api/audit?action=kill_switch")
    assert [(each["action"], each["actor"]) for each in audit["entries"]] == [
        ("kill_switch.off", "boss@x.mx"), ("kill_switch.on", "boss@x.mx"),
    ]  # fmt: skip


async def test_the_words_of_people_stop_all_channels_that_they_may_mean(resources, people):
    turned = await kill_switches.turn_on(resources, "channel:acme/whatsapp", "because", "t")
    assert turned == ["channel:acme/whatsapp_cloud", "channel:acme/whatsapp_twilio"]
    assert kill_switches.scope("acme", "twilio") == "channel:acme/twilio"
    assert await kill_switches.turn_off(resources, "channel:acme/whatsapp", "", "t") == 0
    assert await kill_switches.listed(resources) == []


def test_every_channel_can_be_stopped():
    named = {name for names in kill_switches.CHANNELS.values() for name in names}
    assert named == set(CHANNELS)


async def test_a_switch_of_another_tenant_is_not_shown(call, resources, people):
    await kill_switches.turn_on(resources, "tenant:other", "their own affair", "t")
    await kill_switches.turn_on(resources, "global", "everybody's affair", "t")
    _, seen = await call("vic", "GET", "/api/kill-switch")
    assert [each["scope"] for each in seen["kill_switches"]] == ["global"]


async def test_turning_on_needs_a_reason(call):
    status, answer = await call("boss", "POST", "/api/kill-switch", {"scope": "tenant:acme", "state": "on"})
    assert (status, answer["error"]["code"]) == (422, "invalid")
