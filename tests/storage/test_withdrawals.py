"""Withdrawals of royalties: a code to the customer's own address, one booking, and books that sum to zero."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from core.conversation import Conversation, Inbound, Outcome
from core.errors import Conflict
from core.messages import ContactState
from core.money import Money
from core.records import WithdrawalStep
from storage import accounts, invariants, ledger, payouts, receipts
from storage.business import Business
from storage.conversations import Conversations, Finished
from storage.resources import Resources
from storage.storable import as_json
from tests.storage.business import make_customer, make_tenant
from tests.storage.given import account, received

MINIMUM = Money(1000, "USD")
WORDING = "tu código es {code}"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


async def artist(resources: Resources, minor: int = 50_000, mail: bool = True) -> Conversation:
    """A customer with royalties who writes on Telegram and has a mail address, as a turn reads the conversation."""
    await make_tenant(resources, "acme", currency="USD")
    here = await account(resources)
    await accounts.connect(
        resources, tenant="acme", channel="email", address="hola@acme.test", secrets={"webhook_secret": "s"},
        settings={},
    )  # fmt: skip
    await received(resources, here, "quiero retirar")
    customer = await resources.pg.fetchval("SELECT customer_id FROM conversations")
    await resources.pg.execute("UPDATE customers SET profile = $1", {"plan": "Pro"})
    if mail:
        await resources.pg.execute(
            "INSERT INTO customer_identities (tenant_id, kind, value, customer_id) "
            "VALUES ('acme', 'email', 'ana@x.test', $1)",
            customer,
        )
    async with resources.tenant_connection("acme") as connection:
        entries = [("royalties_available", customer, usd(minor)), ("royalties_pool", None, usd(-minor))]
        await ledger.book(connection, "acme", "s1", entries, at=resources.clock.now())
    return read(here.id, customer, 1)


def read(account_id: str, customer: int, seq: int, version: int = 0) -> Conversation:
    waiting = Inbound(message_id=seq, seq=seq, kind="message", text="x", received_at=datetime.now(UTC))
    return Conversation(
        id=f"{account_id}:1", tenant="acme", account=account_id, channel="telegram", peer="1", customer_id=customer,
        customer_name="Ana", version=version, agent=None, mode="bot", locale="es", state={}, inbound=(waiting,),
        history=(),
    )  # fmt: skip


def later(conversation: Conversation, seq: int) -> Conversation:
    return read(conversation.account, conversation.customer_id, seq, conversation.version)


def business(resources: Resources, conversation: Conversation) -> Business:
    return Business(resources, "acme", conversation.customer_id, conversation)


async def codes(resources: Resources) -> list[str]:
    rows = await resources.pg.fetch("SELECT text FROM messages WHERE direction = 'out' ORDER BY id")
    return [re.findall(r"\d{6}", row["text"])[0] for row in rows]


async def held(resources: Resources) -> dict[str, int]:
    rows = await resources.pg.fetch(
        "SELECT account, sum(amount_minor)::bigint AS minor FROM ledger_entries GROUP BY account"
    )
    assert sum(row["minor"] for row in rows) == 0
    return {row["account"]: row["minor"] for row in rows if row["minor"]}


async def ask(resources: Resources, at: Conversation, minor: int = 20_000) -> WithdrawalStep:
    return await business(resources, at).withdrawal_ask(usd(minor), MINIMUM, WORDING)


async def confirm(resources: Resources, at: Conversation, code: str) -> WithdrawalStep:
    """A turn with this code, saved as commit_turns saves it."""
    tools = business(resources, at)
    step = await tools.withdrawal_confirm(code, MINIMUM)
    if tools.writes:
        await resources.pg.execute(
            "SELECT apply_writes('acme', $1, $2, $3::text::jsonb)", at.customer_id, at.id, as_json(tools.writes)
        )
    return step


async def test_the_code_goes_to_the_customers_mail_and_only_its_keyed_hash_is_kept(resources: Resources) -> None:
    at = await artist(resources)
    step = await ask(resources, at)
    assert (step.state, step.sent_to, step.amount) == ("code_sent", "a•••@x.test", usd(20_000))
    [code] = await codes(resources)
    row = await resources.pg.fetchrow("SELECT * FROM withdrawal_codes")
    assert code not in str(dict(row))
    to = await resources.pg.fetchrow(
        "SELECT c.channel, c.peer, c.customer_id FROM messages m JOIN conversations c ON c.id = m.conversation_id "
        "WHERE m.direction = 'out'"
    )
    assert tuple(to) == ("email", "ana@x.test", at.customer_id)
    assert await resources.pg.fetchval("SELECT count(*) FROM todo WHERE direction = 'out'") == 1
    assert await held(resources) == {"royalties_available": 50_000, "royalties_pool": -50_000}  # nothing moved yet
    broken = await invariants.check(resources, since=resources.clock.now() - timedelta(hours=1))
    assert not [each for each in broken if "seq" in each.rule or "ledger" in each.rule]


async def test_the_right_code_books_once_however_often_its_turn_runs(resources: Resources) -> None:
    at = await artist(resources)
    assert [(await ask(resources, at)).state for _ in range(3)] == ["code_sent"] * 3
    [code] = await codes(resources)  # the turn that asked ran three times
    answer = later(at, 2)
    steps = await asyncio.gather(*(confirm(resources, answer, code) for _ in range(6)), return_exceptions=True)
    booked = [step for step in steps if isinstance(step, WithdrawalStep) and step.state == "confirmed"]
    assert [step.available for step in booked] == [usd(30_000)]
    assert (await confirm(resources, later(at, 3), code)).state == "no_code"  # and a code is good for one turn
    assert await held(resources) == {
        "royalties_available": 30_000, "withdrawals_pending": 20_000, "royalties_pool": -50_000,
    }  # fmt: skip


async def test_five_wrong_codes_end_it_and_a_turn_that_runs_again_costs_no_attempt(resources: Resources) -> None:
    at = await artist(resources)
    await ask(resources, at)
    [code] = await codes(resources)
    wrong = "000000" if code != "000000" else "111111"
    first = [await confirm(resources, later(at, 2), wrong) for _ in range(3)]
    assert {(step.state, step.attempts_left) for step in first} == {("wrong_code", 4)}
    rest = [await confirm(resources, later(at, seq), wrong) for seq in (3, 4, 5, 6)]
    assert [step.state for step in rest] == ["wrong_code"] * 3 + ["blocked"]
    assert (await confirm(resources, later(at, 7), code)).state == "no_code"
    assert (await held(resources))["royalties_available"] == 50_000


async def test_a_code_expires_and_is_replaced_by_a_newer_one(resources: Resources) -> None:
    at = await artist(resources)
    await ask(resources, at)
    await ask(resources, later(at, 2), 30_000)
    old, new = await codes(resources)
    assert old == new or (await confirm(resources, later(at, 3), old)).state == "wrong_code"
    await resources.pg.execute("UPDATE withdrawal_codes SET expires_at = now() - interval '1 second'")
    assert (await confirm(resources, later(at, 4), new)).state == "expired"
    assert (await held(resources))["royalties_available"] == 50_000


@pytest.mark.parametrize(
    ("minor", "state"), [(999, "too_little"), (50_001, "too_much"), (50_000, "code_sent"), (1000, "code_sent")]
)
async def test_an_amount_has_to_be_there_and_not_too_small(resources: Resources, minor: int, state: str) -> None:
    assert (await ask(resources, await artist(resources), minor)).state == state


async def test_two_codes_cannot_spend_one_balance_twice(resources: Resources) -> None:
    at = await artist(resources)
    await ask(resources, at, 40_000)
    [code] = await codes(resources)
    assert (await confirm(resources, later(at, 2), code)).state == "confirmed"
    assert (await ask(resources, later(at, 3), 40_000)).state == "too_much"


@pytest.mark.parametrize("overtaken", [False, True])
async def test_money_moves_with_the_turn_or_not_at_all(resources: Resources, overtaken: bool) -> None:
    at = await artist(resources)
    await ask(resources, at)
    [code] = await codes(resources)
    tools = business(resources, at)
    assert (await tools.withdrawal_confirm(code, MINIMUM)).state == "confirmed"
    assert (await held(resources))["royalties_available"] == 50_000  # decided, not yet saved
    if overtaken:  # a person took over meanwhile
        await resources.pg.execute(
            "UPDATE conversations SET version = version + 1, mode = 'human' WHERE id = $1", at.id
        )
    outcome = Outcome(replies=(), agent="royalties", mode="bot", locale="es", state={}, writes=tuple(tools.writes))
    done = Finished(conversation=at, outcome=outcome, written=(), result="silent")
    assert bool(await Conversations(resources).save(done)) is not overtaken
    assert (await held(resources))["royalties_available"] == (50_000 if overtaken else 30_000)


async def test_without_another_address_the_code_comes_where_the_customer_writes_but_never_into_a_web_chat(
    resources: Resources,
) -> None:
    at = await artist(resources, mail=False)
    assert (await ask(resources, at)).sent_to == "Telegram"
    await resources.pg.execute("UPDATE conversations SET channel = 'web'")
    await resources.pg.execute("DELETE FROM customer_identities")  # and nothing else is known of this customer
    assert (await ask(resources, later(at, 2))).state == "unreachable"


async def test_a_stranger_has_no_account_and_an_hour_has_five_codes(resources: Resources) -> None:
    at = await artist(resources)
    eve = await make_customer(resources, name="Eve")
    stranger = read(at.account, eve, 1)
    assert (await ask(resources, stranger)).state == "no_account"
    assert (await confirm(resources, stranger, "123456")).state == "no_code"
    states = [(await ask(resources, later(at, seq))).state for seq in range(1, 7)]
    assert states == ["code_sent"] * 5 + ["too_many_codes"]


async def test_a_withdrawal_is_paid_or_given_back_and_a_hold_cannot_be_withdrawn(resources: Resources) -> None:
    at, now = await artist(resources), resources.clock.now()
    await ask(resources, at)
    [code] = await codes(resources)
    number = (await confirm(resources, later(at, 2), code)).number
    assert number == "R-1001"
    async with resources.tenant_connection("acme") as connection:
        await payouts.pay(connection, "acme", number, now)
        with pytest.raises(Conflict):
            await payouts.pay(connection, "acme", number, now)
    assert (await held(resources))["paid_out"] == 20_000
    async with resources.tenant_connection("acme") as connection:
        await payouts.reverse(connection, "acme", number, now, "the transfer bounced")
        await payouts.hold(connection, "acme", at.customer_id, usd(45_000), now, "under review")
        with pytest.raises(Conflict):
            await payouts.hold(connection, "acme", at.customer_id, usd(6_000), now, "too much")
    assert await held(resources) == {
        "royalties_available": 5_000, "royalties_on_hold": 45_000, "royalties_pool": -50_000,
    }  # fmt: skip
    assert (await ask(resources, later(at, 3), 6_000)).state == "too_much"


async def test_an_amount_that_cannot_be_had_voids_the_code_of_the_one_before(resources: Resources) -> None:
    at = await artist(resources)
    await ask(resources, at)
    [code] = await codes(resources)
    assert (await ask(resources, later(at, 2), 90_000)).state == "too_much"
    assert (await confirm(resources, later(at, 3), code)).state == "no_code"
    assert (await held(resources))["royalties_available"] == 50_000


async def stands(resources: Resources, at: Conversation, number: str | None = None) -> list[tuple[str, str, int]]:
    found = await business(resources, at).withdrawals(number)
    return [(each.state, each.number, each.amount.amount_minor) for each in found]


async def test_how_withdrawals_stand_is_told_from_the_code_to_the_payment(resources: Resources) -> None:
    at = await artist(resources)
    assert await stands(resources, at) == []
    await ask(resources, at)
    assert await stands(resources, at) == [("code", "", 20_000)]
    await business(resources, at).withdrawal_cancel()
    assert await stands(resources, at) == [("left", "", 20_000)]
    await ask(resources, later(at, 2), 30_000)
    await resources.pg.execute("UPDATE withdrawal_codes SET expires_at = now() - interval '1 second'")
    assert await stands(resources, at) == [("expired", "", 30_000)]
    await ask(resources, later(at, 3), 10_000)
    code = (await codes(resources))[-1]
    number = str((await confirm(resources, later(at, 4), code)).number)
    assert await stands(resources, at) == [("requested", number, 10_000)]
    async with resources.pg.acquire() as connection:
        await payouts.pay(connection, "acme", number, resources.clock.now())
        assert await stands(resources, at, number) == [("paid", number, 10_000)]
        await payouts.reverse(connection, "acme", number, resources.clock.now(), "bounced")
    assert await stands(resources, at) == [("reversed", number, 10_000)]
    await ask(resources, later(at, 5))
    wrong = "000000" if (await codes(resources))[-1] != "000000" else "111111"
    for seq in range(6, 11):
        await confirm(resources, later(at, seq), wrong)
    assert await stands(resources, at) == [("refused", "", 20_000), ("reversed", number, 10_000)]
    assert await stands(resources, at, "R-9999") == []
    other = msgspec.structs.replace(at, customer_id=await make_customer(resources, "acme", "Eva"))
    assert await stands(resources, other) == []


async def test_an_opt_out_that_the_provider_tells_voids_the_code_and_a_marketing_one_does_not(
    resources: Resources,
) -> None:
    at = await artist(resources)
    await ask(resources, at)
    [code] = await codes(resources)
    there = msgspec.structs.replace(await account(resources), id=at.account)
    await receipts.change_contact(resources, there, ContactState(peer="1", state="opted_out", scope="marketing"))
    assert await resources.pg.fetchval("SELECT status FROM withdrawal_codes") == "open"
    await receipts.change_contact(resources, there, ContactState(peer="1", state="opted_out"))
    assert (await confirm(resources, later(at, 2), code)).state == "no_code"
    assert await held(resources) == {"royalties_available": 50_000, "royalties_pool": -50_000}


async def test_promotions_alone_are_stopped(resources: Resources) -> None:
    at = await artist(resources)
    await business(resources, at).stop_promotions()
    row = await resources.pg.fetchrow("SELECT bulk_stopped, opted_out_seq FROM conversations WHERE id = $1", at.id)
    assert (row["bulk_stopped"], row["opted_out_seq"]) == (True, None)
