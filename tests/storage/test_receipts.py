"""A receipt moves a message's status up its rank, never down, in whatever order and number receipts come."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.messages import STATUS_RANK, Account, ContactState, Receipt
from storage import invariants, receipts
from storage.outbox import Finish, Outbox
from storage.resources import Resources
from tests.storage import given as start

WORDS = ("accepted", "sent", "delivered", "read", "failed")


def receipt(word: Any, *, our_id: str | None = None, provider_id: str | None = "p1") -> Receipt:
    return Receipt(
        status=word, provider_message_id=provider_id, our_id=our_id, error_code="x:1" if word == "failed" else None
    )


async def sending(
    resources: Resources, channel: str = "whatsapp_cloud", peer: str = "1"
) -> tuple[Account, Outbox, int, int]:
    account = await start.account(resources, channel)
    saved = await start.answered(resources, account, "hola", peer=peer)
    await start.claim(resources, account, saved.first_seq, peer=peer)
    return account, Outbox(resources, "w1"), saved.first_seq, saved.message_ids[0]


def sent(account: Account, seq: int, provider_id: str = "p1", peer: str = "1") -> Finish:
    return Finish(conversation_id=f"{account.id}:{peer}", seq=seq, result="sent", provider_id=provider_id)


async def status(resources: Resources, message_id: int) -> str:
    return str(await resources.pg.fetchval("SELECT status FROM messages WHERE id = $1", message_id))


async def test_the_rank_is_the_same_in_the_database_and_in_python(resources: Resources) -> None:
    for word, rank in STATUS_RANK.items():
        assert await resources.pg.fetchval("SELECT status_rank($1)", word) == rank


@pytest.mark.parametrize("named", ["our id", "the provider's id"])
@pytest.mark.parametrize("order", list(itertools.permutations(("finish", "sent", "delivered", "read"))))
async def test_every_order_of_answer_and_receipts_ends_in_the_highest(
    resources: Resources, order: tuple[str, ...], named: str
) -> None:
    """chatwoot#14529: a late `sent` overwrote `delivered`."""
    account, outbox, seq, message_id = await sending(resources)
    for event in order:
        if event == "finish":
            await outbox.finish(sent(account, seq))
        else:
            our_id = str(message_id) if named == "our id" else None
            for _ in range(2):
                await receipts.apply(resources, account, receipt(event, our_id=our_id))
    assert await status(resources, message_id) == "read"
    kept = "SELECT count(*) FROM message_events WHERE kind = 'receipt' AND message_id = $1"
    assert await resources.pg.fetchval(kept, message_id) == 6
    assert await invariants.check(resources) == []


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_series_of_receipts_ends_in_its_highest(
    words: list[str], database: str, redis_url: str, tmp_path: Any
) -> None:
    async def play() -> None:
        async with start.opened(database, redis_url, tmp_path) as resources:
            account, outbox, seq, message_id = await sending(resources)
            await outbox.finish(sent(account, seq))
            for word in words:
                await receipts.apply(resources, account, receipt(word))
            assert await status(resources, message_id) == max(("sent", *words), key=lambda word: STATUS_RANK[word])

    asyncio.run(play())


async def test_receipts_and_the_answer_at_the_same_moment_lose_none(resources: Resources) -> None:
    account = await start.account(resources, "instagram")
    outbox = Outbox(resources, "w1")
    for turn in range(40):
        saved = await start.answered(resources, account, "hola")
        await start.claim(resources, account, saved.first_seq)
        await asyncio.gather(
            outbox.finish(sent(account, saved.first_seq, f"p{turn}")),
            receipts.apply(resources, account, receipt("read", provider_id=f"p{turn}")),
        )
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'read'") == 40
    assert await invariants.check(resources) == []


async def test_receipts_with_our_id_and_the_answer_at_the_same_moment_lose_none(resources: Resources) -> None:
    account = await start.account(resources, "whatsapp_cloud")
    outbox = Outbox(resources, "w1")
    for turn in range(40):
        saved = await start.answered(resources, account, "hola")
        await start.claim(resources, account, saved.first_seq)
        ours = str(saved.message_ids[0])
        await asyncio.gather(
            outbox.finish(sent(account, saved.first_seq, f"p{turn}")),
            receipts.apply(resources, account, receipt("sent", our_id=ours, provider_id=f"p{turn}")),
            receipts.apply(resources, account, receipt("delivered", our_id=ours, provider_id=f"p{turn}")),
        )
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'delivered'") == 40
    assert await invariants.check(resources) == []


async def test_a_receipt_of_another_account_moves_nothing(resources: Resources) -> None:
    account, outbox, seq, message_id = await sending(resources)
    await outbox.finish(sent(account, seq))
    other = await start.account(resources, "whatsapp_cloud", tenant="other")
    await receipts.apply(resources, other, receipt("read", our_id=str(message_id)))
    assert await status(resources, message_id) == "sent"


@pytest.mark.parametrize("our_id", ["", "x", "-1", "9" * 40, "١٢", "0"])
async def test_a_receipt_with_a_strange_id_of_ours_is_kept(resources: Resources, our_id: str) -> None:
    account, *_ = await sending(resources)
    assert await receipts.apply(resources, account, receipt("read", our_id=our_id)) is None
    assert await resources.pg.fetchval("SELECT count(*) FROM message_events WHERE kind = 'receipt'") == 1


async def test_a_late_failure_does_not_take_back_a_delivery_but_a_delivery_mends_a_failure(
    resources: Resources,
) -> None:
    account, outbox, seq, message_id = await sending(resources)
    await outbox.finish(sent(account, seq))
    for word, expected in (("failed", "failed"), ("delivered", "delivered"), ("failed", "delivered")):
        await receipts.apply(resources, account, receipt(word))
        assert await status(resources, message_id) == expected


async def test_a_moved_contact_is_the_same_conversation(resources: Resources) -> None:
    account = await start.account(resources)
    await start.received(resources, account, peer="old")
    await receipts.change_contact(resources, account, ContactState(peer="old", state="moved", new_peer="new"))
    await start.received(resources, account, peer="new")
    assert await resources.pg.fetchval("SELECT count(*) FROM conversations") == 1
    assert await resources.pg.fetchval("SELECT peer FROM conversations") == "new"
    assert await invariants.check(resources) == []


async def test_who_writes_again_is_no_longer_blocked(resources: Resources) -> None:
    account = await start.account(resources)
    await start.received(resources, account)
    await receipts.change_contact(resources, account, ContactState(peer="1", state="blocked"))
    assert await resources.pg.fetchval("SELECT contact FROM conversations") == "blocked"
    await start.received(resources, account)
    assert await resources.pg.fetchval("SELECT contact FROM conversations") == "ok"
