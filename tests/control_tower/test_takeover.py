"""A person takes a conversation over, answers and hands it back; the bot never talks over them."""

import asyncio
from urllib.parse import quote

import pytest

from core.conversation import Conversation, Outcome
from core.records import Tenant
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import chat
from tests.serving import work


async def until(condition, *, seconds: float = 15.0):
    """Wait for something that another task brings about; its result."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
        return found


def at(conversation: str, step: str) -> str:
    return f"/api/conversations/{quote(conversation, safe='')}/{step}"


async def test_take_over_reply_and_hand_back(call, write, resources):
    async with work(resources):
        conversation = await write("luis", "hola", name="Luis")
        await until(lambda: chat.said_after(resources, "acme", conversation, 0))
        status, held = await call("ana", "POST", at(conversation, "takeover"))
        assert (status, held["mode"], held["held_by"]) == (200, "human", "ana@x.mx")
        before = held["version"]

        await write("luis", "¿hay alguien?")
        await until(lambda: no_todo(resources))
        status, _ = await call("ana", "POST", at(conversation, "reply"), {"text": "Hola Luis, soy Ana"})
        assert status == 200
        said = await until(lambda: by_human(resources, conversation))
        assert said == ["Hola Luis, soy Ana"]
        _, shown = await call("vic", "GET", at(conversation, "messages"))
        assert [each["author"] for each in shown["messages"]] == ["customer", "agent", "customer", "human"]
        assert shown["messages"][1]["why"]["intent"] == "greeting"
        assert [each["seq"] for each in shown["messages"]] == [1, 2, 3, 4]

        status, free = await call("ana", "POST", at(conversation, "release"), {"note": "ya tiene su pedido"})
        assert (status, free["mode"], free["held_by"]) == (200, "bot", None)
        assert free["version"] > before
        state = await resources.pg.fetchval("SELECT state FROM conversations")
        assert state["human_stretch"]["note"] == "ya tiene su pedido"
        assert state["human_stretch"]["by"] == "ana@x.mx"
        await write("luis", "gracias")
        await until(lambda: chat.said_after(resources, "acme", conversation, 5))
    actions = [each["action"] for each in (await call("boss", "GET", "/api/audit"))[1]["entries"]]
    assert actions[:3] == ["conversation.release", "conversation.reply", "conversation.takeover"]


class Slow(Turns):
    """The real agents, which take as long as the test wants."""

    def __init__(self, resources, asked: asyncio.Event, go: asyncio.Event) -> None:
        super().__init__(resources, bind)
        self._asked, self._go = asked, go

    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        outcome = await super().run(conversation, tenant)
        self._asked.set()
        await self._go.wait()
        return outcome


async def test_an_answer_that_was_being_generated_during_the_takeover_is_never_said(call, write, resources):
    asked, go = asyncio.Event(), asyncio.Event()
    async with work(resources, Slow(resources, asked, go)):
        conversation = await write("luis", "hola")
        await asyncio.wait_for(asked.wait(), 15)
        status, _ = await call("ana", "POST", at(conversation, "takeover"))
        assert status == 200
        go.set()
        await until(lambda: no_todo(resources))
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'out'") == 0
    assert await resources.pg.fetchval("SELECT outcome FROM turns") == "for_human"
    assert await resources.pg.fetchval("SELECT held_by FROM conversations") == "ana@x.mx"


async def test_a_saved_answer_that_has_not_left_is_dropped_by_the_takeover(call, write, resources):
    await resources.pg.execute("INSERT INTO kill_switches (scope, reason, actor) VALUES ('tenant:acme', 'x', 'x')")
    async with work(resources):
        conversation = await write("luis", "hola")
        await until(lambda: status_of(resources, "held"))
        await call("ana", "POST", at(conversation, "takeover"))
        off = {"scope": "tenant:acme", "state": "off"}
        assert (await call("boss", "POST", "/api/kill-switch", off))[0] == 200
        await until(lambda: status_of(resources, "dropped"))
    assert await resources.pg.fetchval("SELECT reason FROM messages WHERE direction = 'out'") == "taken_over"


async def test_an_answer_from_before_the_assistant_handed_on_is_still_said(call, write, resources):
    """Nobody took the conversation over, and the customer waits for it."""
    await resources.pg.execute("INSERT INTO kill_switches (scope, reason, actor) VALUES ('tenant:acme', 'x', 'x')")
    async with work(resources):
        await write("luis", "hola")
        await until(lambda: status_of(resources, "held"))
        await write("luis", "quiero hablar con una persona")
        await until(lambda: handed_on(resources))
        off = {"scope": "tenant:acme", "state": "off"}
        assert (await call("boss", "POST", "/api/kill-switch", off))[0] == 200
        await until(lambda: no_todo(resources))
    rows = await resources.pg.fetch("SELECT status FROM messages WHERE direction = 'out' ORDER BY seq")
    assert [row["status"] for row in rows] == ["sent", "sent"]


async def test_a_conversation_that_a_colleague_holds_is_a_conflict(call, write):
    conversation = await write("luis", "hola")
    assert (await call("ana", "POST", at(conversation, "takeover")))[0] == 200
    for step, body in (("takeover", {}), ("release", {}), ("reply", {"text": "x"})):
        status, answer = await call("eva", "POST", at(conversation, step), body)
        assert (status, answer["error"]["code"]) == (409, "conflict"), step
    assert (await call("eva", "POST", at(conversation, "takeover"), {"force": True}))[0] == 403
    status, held = await call("boss", "POST", at(conversation, "takeover"), {"force": True})
    assert (status, held["held_by"]) == (200, "boss@x.mx")


async def test_taking_twice_changes_nothing_and_two_at_once_leave_one_holder(call, write):
    conversation = await write("luis", "hola")
    results = await asyncio.gather(*(call(who, "POST", at(conversation, "takeover")) for who in ("ana", "eva") * 3))
    statuses = sorted(status for status, _ in results)
    assert statuses == [200, 200, 200, 409, 409, 409]
    assert len({held["version"] for status, held in results if status == 200}) == 1


async def test_nobody_answers_without_holding_the_conversation(call, write, resources):
    conversation = await write("luis", "hola")
    status, _ = await call("ana", "POST", at(conversation, "reply"), {"text": "hola"})
    assert status == 409
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 1


async def test_a_long_answer_goes_out_in_parts_in_order(call, write, resources):
    conversation = await write("luis", "hola")
    await call("ana", "POST", at(conversation, "takeover"))
    text = " ".join(f"palabra{n}" for n in range(4000))[:10_000]
    _, answer = await call("ana", "POST", at(conversation, "reply"), {"text": text})
    rows = await resources.pg.fetch("SELECT id, seq, part, text FROM messages WHERE direction = 'out' ORDER BY seq")
    assert [str(row["id"]) for row in rows] == answer["message_ids"]
    assert [row["seq"] for row in rows] == list(range(2, len(rows) + 2))


@pytest.mark.parametrize("step", ["takeover", "release", "reply"])
async def test_a_conversation_that_is_not_there_is_not_found(call, step):
    status, _ = await call("ana", "POST", at("acme:web:web:nobody", step), {"text": "x"})
    assert status == 404


async def no_todo(resources) -> bool:
    return not await resources.pg.fetchval("SELECT count(*) FROM todo")


async def by_human(resources, conversation: str) -> list[str]:
    return [each.text for each in await chat.said_after(resources, "acme", conversation, 0) if each.author == "human"]


async def status_of(resources, status: str) -> bool:
    found = await resources.pg.fetchval("SELECT status FROM messages WHERE direction = 'out'")
    return bool(found == status)


async def handed_on(resources) -> bool:
    return bool(await resources.pg.fetchval("SELECT mode FROM conversations") == "human")
