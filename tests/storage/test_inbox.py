"""Stop 2: what came in is stored once, in the provider's order, each message at its own place."""

import asyncio

import pytest

from storage import invariants
from storage.inbox import Inbox, Rejected
from storage.resources import Resources
from tests.storage import given

PLACES = "SELECT seq, text FROM messages ORDER BY seq"


async def test_messages_of_one_payload_keep_their_order_and_take_places_without_a_gap(resources: Resources) -> None:
    account = await given.account(resources)
    stored = await Inbox(resources).put([given.arrival(account, f"{n}") for n in range(50)])
    assert all(item.fresh for item in stored)
    assert [tuple(row) for row in await resources.pg.fetch(PLACES)] == [(n + 1, f"{n}") for n in range(50)]
    assert await invariants.check(resources) == []


async def test_fifty_simultaneous_copies_over_two_processes_are_one_message(resources: Resources) -> None:
    account = await given.account(resources)
    copy = given.arrival(account, dedupe="same")
    inboxes = [Inbox(resources), Inbox(resources)]
    stored = await asyncio.gather(*(inboxes[n % 2].put([copy]) for n in range(50)))
    assert sum(item.fresh for (item,) in stored) == 1
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 1
    assert await resources.pg.fetchval("SELECT count(*) FROM todo") == 1
    assert await invariants.check(resources) == []


async def test_a_copy_within_the_same_payload_is_one_message(resources: Resources) -> None:
    account = await given.account(resources)
    copies = [
        given.arrival(account, dedupe="same"),
        given.arrival(account, "other"),
        given.arrival(account, dedupe="same"),
    ]
    stored = await Inbox(resources).put(copies)
    assert [item.fresh for item in stored] == [True, True, False]
    assert [row["seq"] for row in await resources.pg.fetch(PLACES)] == [1, 2]


async def test_the_same_provider_id_on_two_accounts_is_two_messages(resources: Resources) -> None:
    accounts = [await given.account(resources, number=n) for n in range(2)]
    stored = await Inbox(resources).put([given.arrival(account, dedupe="same") for account in accounts])
    assert [item.fresh for item in stored] == [True, True]


async def test_twenty_first_messages_of_a_contact_open_one_conversation(resources: Resources) -> None:
    account = await given.account(resources)
    inboxes = [Inbox(resources), Inbox(resources)]
    await asyncio.gather(*(inboxes[n % 2].put([given.arrival(account, phone="+521")]) for n in range(20)))
    counts = (
        "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages)"
    )
    assert tuple(await resources.pg.fetchrow(counts)) == (1, 1, 20)
    assert await invariants.check(resources) == []


async def test_phone_and_business_scoped_id_lead_to_one_conversation(resources: Resources) -> None:
    account = await given.account(resources, "whatsapp_cloud")
    inbox = Inbox(resources)
    (by_phone,) = await inbox.put([given.arrival(account, peer="5215550001", phone="+5215550001")])
    (by_both,) = await inbox.put([given.arrival(account, peer="5215550001", alias="MX.1", phone="+5215550001")])
    (by_id,) = await inbox.put([given.arrival(account, peer="MX.1")])
    assert by_phone.conversation_id == by_both.conversation_id == by_id.conversation_id
    assert await resources.pg.fetchval("SELECT count(*) FROM customers") == 1
    assert [row["seq"] for row in await resources.pg.fetch(PLACES)] == [1, 2, 3]


async def test_both_addresses_at_once_in_two_processes_lead_to_one_conversation(resources: Resources) -> None:
    account = await given.account(resources, "whatsapp_cloud")
    inboxes = [Inbox(resources), Inbox(resources)]
    stored = await asyncio.gather(
        *(
            inboxes[n % 2].put([given.arrival(account, peer=("521", "MX.1")[n % 2], alias=("MX.1", "521")[n % 2])])
            for n in range(10)
        )
    )
    assert len({item.conversation_id for (item,) in stored}) == 1
    assert await invariants.check(resources) == []


async def test_one_phone_on_two_channels_at_once_is_one_customer(resources: Resources) -> None:
    channels = [await given.account(resources, name) for name in ("whatsapp_cloud", "whatsapp_twilio")]
    for person in range(10):
        inboxes = [Inbox(resources) for _ in channels]
        await asyncio.gather(
            *(
                inbox.put([given.arrival(account, peer=f"52{person}", phone=f"+52{person}")])
                for inbox, account in zip(inboxes, channels, strict=True)
            )
        )
    assert await resources.pg.fetchval("SELECT count(*) FROM customers") == 10
    assert await resources.pg.fetchval("SELECT count(*) FROM conversations") == 20


async def test_a_message_of_another_tenant_with_the_same_phone_is_another_customer(resources: Resources) -> None:
    accounts = [await given.account(resources, tenant=name) for name in ("acme", "other")]
    await Inbox(resources).put([given.arrival(account, phone="+521") for account in accounts])
    assert await resources.pg.fetchval("SELECT count(*) FROM customers") == 2
    assert await invariants.check(resources) == []


@pytest.mark.parametrize("kind", ["edit", "delete", "reaction"])
async def test_what_needs_no_answer_is_stored_and_waits_for_no_turn(resources: Resources, kind: str) -> None:
    account = await given.account(resources)
    await Inbox(resources).put([given.arrival(account, kind=kind)])
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 1
    assert await resources.pg.fetchval("SELECT count(*) FROM todo") == 0
    assert await invariants.check(resources) == []


HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\\u0000",
    "\\\\u0000",
    '"\\u0000"',
    "\u2028",
    "😀" * 3000,
    "'; DROP TABLE todo; --",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["text", "payload", "name", "locale", "context", "emoji", "target"])
async def test_hostile_text_in_any_field_is_stored_and_harms_no_other_message(
    resources: Resources, field: str, text: str
) -> None:
    account = await given.account(resources)
    value = {"x": {text: [text]}} if field == "context" else text
    hostile = given.arrival(
        account,
        peer="bad",
        **({field: value} if field != "text" else {}),
        **({"text": text} if field == "text" else {}),
    )
    inbox = Inbox(resources)
    results = await asyncio.gather(inbox.put([hostile]), inbox.put([given.arrival(account)]))
    assert [item.fresh for (item,) in results] == [True, True]
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 2


async def test_what_the_database_refuses_costs_only_itself(resources: Resources) -> None:
    account = await given.account(resources)
    refused = given.arrival(account, peer=given.noise(9000))  # too long for the index of addresses
    inbox = Inbox(resources)
    results = await asyncio.gather(
        *(inbox.put([item]) for item in (given.arrival(account), refused, given.arrival(account)))
    )
    assert [isinstance(item, Rejected) for (item,) in results] == [False, True, False]
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 2
    assert await invariants.check(resources) == []
