"""kill -9 exactly at each of the eight stops of a message: it is answered once, in order, or listed as unknown.

Nothing in the product knows of these tests: a process is held at its stop by what it works with (a lock in
PostgreSQL, a stopped Redis, a provider that does not answer) and killed there.
"""

import asyncio
import signal

import aiohttp
import pytest

from bench import webhooks
from bench.sink import Fate, Sent
from storage import embedded
from storage.resources import Resources
from tests.chaos import stage as stages
from tests.chaos.stage import Stage, locked, until, word

PEER = "5215550001111"
pytestmark = pytest.mark.slow


async def test_stop_1_killed_while_verifying_nothing_is_accepted(stage: Stage) -> None:
    account, asked = await stage.connect("telegram"), word()
    hook = webhooks.said(account, PEER, f"tienen {asked}?")
    api = await stage.api()
    async with locked(stage.resources.settings.database_url, "LOCK channel_accounts IN ACCESS EXCLUSIVE MODE"):
        posting = asyncio.ensure_future(stage.posts(hook))
        await stage.blocked("orkesta-api")
        await stage.processes.kill(api)
        with pytest.raises(aiohttp.ClientError):
            await posting
    assert await stage.resources.pg.fetchval("SELECT count(*) FROM messages") == 0
    await stage.api()
    assert await stage.posts(hook) == 200
    await stage.worker()
    await stage.replies(asked)
    await stage.answered_once(asked)


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
async def test_stop_2_killed_while_storing_the_redelivery_makes_it_whole(stage: Stage, committed: bool) -> None:
    """evolution-api#1762, #2110: "duplicate ignored" although it was never delivered after a restart."""
    await stage.connect("telegram")
    first, asked = word(), word()
    await stage.hears("telegram", PEER, f"tienen {first}?")
    hook = webhooks.said(stage.accounts["telegram"], PEER, f"tienen {asked}?")
    api = await stage.api()
    async with locked(stage.resources.settings.database_url, "SELECT 1 FROM conversations FOR UPDATE"):
        posting = asyncio.ensure_future(stage.posts(hook))
        backend = await stage.blocked("orkesta-api")
        await stage.processes.kill(api)
        with pytest.raises(aiohttp.ClientError):
            await posting
        if not committed:
            await stage.resources.pg.execute("SELECT pg_terminate_backend($1)", backend)
    stored = "SELECT count(*) FROM messages WHERE text LIKE '%' || $1 || '%'"
    if committed:  # the database goes on with the statement of a dead client
        await until(lambda: stage.resources.pg.fetchval(stored, asked))
    else:
        assert not await stage.resources.pg.fetchval(stored, asked)
    await stage.api()
    assert [await stage.posts(hook) for _ in range(2)] == [200, 200]
    assert await stage.resources.pg.fetchval(stored, asked) == 1
    await stage.worker()
    await stage.replies(first, asked)
    await stage.answered_once(first, asked)


async def test_stop_3_killed_with_a_lost_ring_the_sweeper_finds_it(stage: Stage, servers: embedded.Servers) -> None:
    account, asked = await stage.connect("telegram"), word()
    api = await stage.api()
    assert servers.redis.process
    servers.redis.process.send_signal(signal.SIGSTOP)
    try:
        assert await stage.posts(webhooks.said(account, PEER, f"tienen {asked}?")) == 200
        await stage.processes.kill(api)
    finally:
        servers.redis.process.kill()  # what the socket still holds of the ring is gone with it
        await asyncio.to_thread(servers.redis.process.wait)
        await servers.redis.start()
    await stage.worker()
    await stage.replies(asked)
    await stage.answered_once(asked)


@pytest.mark.parametrize(
    "table", ["customers", "tenants", "catalog_words"], ids=["stop 4 reading", "stop 5 beginning", "stop 6 answering"]
)
async def test_stops_4_to_6_killed_before_anything_is_saved_the_turn_starts_over(stage: Stage, table: str) -> None:
    first, second = await asked_twice(stage)
    async with locked(stage.resources.settings.database_url, f"LOCK {table} IN ACCESS EXCLUSIVE MODE"):
        worker = await stage.worker()
        await stage.blocked("orkesta-worker")
        await stage.processes.kill(worker)
    await goes_on(stage, first, second)


@pytest.mark.parametrize("committed", [False, True], ids=["rolled back", "committed"])
async def test_stop_7_killed_while_saving_all_is_saved_or_nothing(stage: Stage, committed: bool) -> None:
    first, second = await asked_twice(stage)
    async with locked(stage.resources.settings.database_url, "SELECT 1 FROM conversations FOR UPDATE"):
        await killed_while_blocked(stage, committed)
    await goes_on(stage, first, second)


@pytest.mark.parametrize("committed", [False, True], ids=["rolled back", "committed"])
async def test_stop_8_killed_while_claiming_it_was_never_begun_and_is_sent(stage: Stage, committed: bool) -> None:
    first, second = await asked_twice(stage)
    async with locked(stage.resources.settings.database_url, "LOCK kill_switches IN ACCESS EXCLUSIVE MODE"):
        await killed_while_blocked(stage, committed)
    await goes_on(stage, first, second)


async def test_stop_8_killed_in_flight_without_evidence_it_is_listed_and_not_repeated(stage: Stage) -> None:
    first, second = await asked_twice(stage, "telegram")
    await killed_in_flight(stage, first)
    later = await goes_on(stage, first, second, "telegram")
    assert await stage.statuses() == ["unknown", "sent", "sent"], later


async def test_stop_8_killed_in_flight_a_tenant_may_choose_to_send_again_which_is_recorded(
    resources: Resources,
) -> None:
    async with stages.opened(resources, unknown_policy="resend") as stage:
        first, second = await asked_twice(stage, "telegram")
        await killed_in_flight(stage, first)
        await stage.worker()
        await stage.replies(second)
        await stage.answered_once(first, first, second)
        again = await resources.pg.fetch("SELECT code FROM message_events WHERE kind = 'resend'")
        assert [row["code"] for row in again] == ["policy"]


async def test_stop_8_killed_in_flight_twilio_is_asked_and_has_it(stage: Stage) -> None:
    first, second = await asked_twice(stage, "whatsapp_twilio")
    await killed_in_flight(stage, first)
    await goes_on(stage, first, second, "whatsapp_twilio")
    assert await stage.statuses() == ["sent", "sent", "sent"]


async def test_stop_8_killed_in_flight_twilio_is_asked_and_has_it_not(stage: Stage) -> None:
    first, second = await asked_twice(stage, "whatsapp_twilio")
    await killed_in_flight(stage, first, fate="gone")
    await goes_on(stage, first, second, "whatsapp_twilio")
    assert await stage.statuses() == ["sent", "sent", "sent"]


@pytest.mark.parametrize("channel", ["whatsapp_twilio", "instagram", "telegram"])
async def test_stop_8_killed_in_flight_at_a_slow_provider_absence_is_no_proof_yet(stage: Stage, channel: str) -> None:
    first, second = await asked_twice(stage, channel)
    arrived, taken = asyncio.Event(), asyncio.Event()

    async def slow(sent: Sent) -> Fate:
        if not arrived.is_set():
            arrived.set()
            await taken.wait()
        return None

    stage.sink.program = slow
    worker = await stage.worker()
    await arrived.wait()
    await stage.processes.kill(worker)
    await stage.worker()
    await until(lambda: stage.resources.pg.fetchval("SELECT 1 FROM todo WHERE state = 'unknown'"))
    taken.set()  # only now does the provider have it, while the others already look into it
    (sent, *_) = await stage.replies(first)
    if channel == "instagram":
        await stage.delivers(webhooks.instagram_echo(stage.accounts[channel], sent.id, sent.to, sent.text))
    await stage.replies(first, second)
    await stage.answered_once(first, second)
    assert await stage.statuses() == ["unknown" if channel == "telegram" else "sent", "sent"]


async def test_stop_8_killed_in_flight_a_status_of_whatsapp_proves_it(stage: Stage) -> None:
    first, second = await asked_twice(stage, "whatsapp_cloud")
    taken = await killed_in_flight(stage, first)
    account = stage.accounts["whatsapp_cloud"]
    await stage.delivers(webhooks.whatsapp_status(account, taken.id, taken.to, "delivered", taken.our_id))
    await goes_on(stage, first, second, "whatsapp_cloud")
    assert await stage.statuses() == ["delivered", "sent", "sent"]


async def test_stop_8_killed_in_flight_the_echo_of_instagram_proves_it(stage: Stage) -> None:
    first, second = await asked_twice(stage, "instagram")
    taken = await killed_in_flight(stage, first)
    await stage.delivers(webhooks.instagram_echo(stage.accounts["instagram"], taken.id, taken.to, taken.text))
    await goes_on(stage, first, second, "instagram")
    assert await stage.statuses() == ["sent", "sent", "sent"]


@pytest.mark.parametrize("committed", [False, True], ids=["rolled back", "committed"])
async def test_stop_8_killed_with_the_answer_in_hand_the_journal_knows(stage: Stage, committed: bool) -> None:
    first, second = await asked_twice(stage, "telegram")
    arrived, answer = asyncio.Event(), asyncio.Event()

    async def hold(sent: Sent) -> Fate:
        arrived.set()
        await answer.wait()
        return None

    stage.sink.program = hold
    worker = await stage.worker()
    await arrived.wait()
    async with locked(stage.resources.settings.database_url, "SELECT 1 FROM todo WHERE direction = 'out' FOR UPDATE"):
        answer.set()
        backend = await stage.blocked("orkesta-worker")
        await stage.processes.kill(worker)
        if not committed:
            await stage.resources.pg.execute("SELECT pg_terminate_backend($1)", backend)
    await goes_on(stage, first, second, "telegram")
    assert await stage.statuses() == ["sent", "sent", "sent"]


async def asked_twice(stage: Stage, channel: str = "telegram") -> tuple[str, str]:
    """Two questions of one customer wait; no worker runs yet."""
    await stage.connect(channel)
    first, second = word(), word()
    for each in (first, second):
        await stage.hears(channel, PEER, f"tienen {each}?")
    return first, second


async def goes_on(stage: Stage, first: str, second: str, channel: str = "telegram") -> str:
    """After the kill the customer writes once more; another worker answers all three, once each and in order."""
    third = word()
    await stage.hears(channel, PEER, f"tienen {third}?")
    await stage.worker()
    await stage.replies(first, second, third)
    await stage.answered_once(first, second, third)
    return third


async def killed_while_blocked(stage: Stage, committed: bool) -> None:
    """Kill the worker whose statement waits for a lock; the database goes on with it unless its backend ends too."""
    worker = await stage.worker()
    backend = await stage.blocked("orkesta-worker")
    await stage.processes.kill(worker)
    if not committed:
        await stage.resources.pg.execute("SELECT pg_terminate_backend($1)", backend)


async def killed_in_flight(stage: Stage, asked: str, fate: Fate = None) -> Sent:
    """Kill the worker while the provider has the request, which it then takes (or not) with nobody listening."""
    arrived: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
    dead = asyncio.Event()

    async def hold(sent: Sent) -> Fate:
        if arrived.done():
            return None
        arrived.set_result(sent)
        await dead.wait()
        return fate

    stage.sink.program = hold
    worker = await stage.worker()
    sent = await arrived
    assert asked in sent.text
    await stage.processes.kill(worker)
    dead.set()
    return sent
