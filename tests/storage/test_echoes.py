"""An echo of our own message is proof that it was sent; a colleague's is a human turn, stored once."""

import asyncio

from core.messages import Account, Envelope, Sender
from storage import echoes, invariants
from storage.outbox import Finish, Outbox, settle
from storage.resources import Resources
from tests.storage import given


def echo(provider_id: str, text: str = "soy una persona") -> Envelope:
    return Envelope(dedupe=provider_id, sender=Sender(id="1"), kind="echo", text=text)


async def humans(resources: Resources) -> int:
    return int(await resources.pg.fetchval("SELECT count(*) FROM messages WHERE author = 'human'"))


async def sending(resources: Resources, account: Account, text: str) -> Outbox:
    saved = await given.answered(resources, account, text)
    outbox = Outbox(resources, "w1")
    assert (await given.claim(resources, account, saved.first_seq)).verdict == "sending"
    return outbox


async def test_ten_copies_at_once_of_a_colleagues_echo_are_one_human_turn(resources: Resources) -> None:
    """fazer-ai/agents#433, sarrazola/openlivery#90: the bot answered over the colleague."""
    account = await given.account(resources, "instagram")
    await given.received(resources, account)
    touched = await asyncio.gather(*(echoes.apply(resources, account, echo("m1")) for _ in range(10)))
    assert len([each for each in touched if each]) == 1
    assert await humans(resources) == 1
    read = (await given.loaded(resources, account)).conversation
    assert (read.mode, read.version) == ("human", 1)
    assert await invariants.check(resources) == []


async def test_the_echo_of_a_message_that_we_know_changes_nothing(resources: Resources) -> None:
    account = await given.account(resources, "instagram")
    outbox = await sending(resources, account, "hola")
    await outbox.finish(Finish(conversation_id=f"{account.id}:1", seq=2, result="sent", provider_id="m1"))
    assert await echoes.apply(resources, account, echo("m1", "hola")) is None
    assert await humans(resources) == 0


async def test_an_echo_that_overtakes_the_answer_to_our_request_closes_the_send(resources: Resources) -> None:
    account = await given.account(resources, "instagram")
    outbox = await sending(resources, account, "hola")
    assert await echoes.apply(resources, account, echo("m1", "hola")) is None
    assert await humans(resources) == 0
    assert not await outbox.finish(Finish(conversation_id=f"{account.id}:1", seq=2, result="sent", provider_id="m1"))
    row = await resources.pg.fetchrow("SELECT status, provider_message_id FROM messages WHERE direction = 'out'")
    assert tuple(row) == ("sent", "m1")
    assert await invariants.check(resources) == []


async def test_echo_and_answer_at_once_leave_one_sent_message(resources: Resources) -> None:
    account = await given.account(resources, "instagram")
    for turn in range(20):
        saved = await given.answered(resources, account, f"texto {turn}")
        outbox = Outbox(resources, "w1")
        await given.claim(resources, account, saved.first_seq)
        finish = Finish(conversation_id=f"{account.id}:1", seq=saved.first_seq, result="sent", provider_id=f"m{turn}")
        await asyncio.gather(outbox.finish(finish), echoes.apply(resources, account, echo(f"m{turn}", f"texto {turn}")))
    assert await humans(resources) == 0
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'sent'") == 20
    assert await invariants.check(resources) == []


async def test_an_echo_while_the_send_is_being_written_down_is_ours(resources: Resources) -> None:
    """It waits for that, and then knows the message: no colleague has taken over."""
    account = await given.account(resources, "instagram")
    await sending(resources, account, "hola")
    async with resources.pg.acquire() as other:
        async with other.transaction():
            await other.execute("DELETE FROM todo WHERE direction = 'out'")
            await other.execute(
                """UPDATE messages SET status = 'sent', provider_message_id = 'm1', sent_at = now()
                   WHERE direction = 'out'"""
            )
            applied = asyncio.create_task(echoes.apply(resources, account, echo("m1", "hola")))
            async with asyncio.timeout(60):
                while not await resources.pg.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%take_echo%'"
                ):
                    await asyncio.sleep(0.01)
        assert await applied is None
    assert await humans(resources) == 0
    assert (await given.loaded(resources, account)).conversation.mode == "bot"
    assert await invariants.check(resources) == []


async def test_an_echo_that_comes_after_we_gave_up_waiting_is_still_ours(resources: Resources) -> None:
    account = await given.account(resources, "instagram")
    outbox = await sending(resources, account, "hola")
    conversation = f"{account.id}:1"
    await outbox.finish(Finish(conversation_id=conversation, seq=2, result="unknown"))
    await settle(resources, conversation, 2, provider_id=None)
    assert await echoes.apply(resources, account, echo("m1", "hola")) is None
    assert await humans(resources) == 0
    assert await resources.pg.fetchval("SELECT status FROM messages WHERE direction = 'out'") == "sent"
    assert (await given.loaded(resources, account)).conversation.mode == "bot"


async def test_an_echo_to_somebody_who_never_wrote_is_left_alone(resources: Resources) -> None:
    account = await given.account(resources, "instagram")
    assert await echoes.apply(resources, account, echo("m1")) is None
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 0
