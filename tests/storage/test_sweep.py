"""What waits without anybody knowing is found: lost rings, sends of dead workers, and of the living too."""

import asyncio

from core.messages import Account
from storage import invariants, outbox, sweep
from storage.doorbell import FIRST, Doorbell
from storage.journal import Journal
from storage.outbox import Finish, Orphan, Outbox
from storage.resources import Resources
from tests.storage import given
from workers import sweeper


async def sending(resources: Resources, worker: str, peer: str = "1") -> Account:
    """A send that this worker has claimed."""
    account = await given.account(resources)
    saved = await given.answered(resources, account, "hola", peer=peer)
    assert (await given.claim(resources, account, saved.first_seq, peer=peer, worker=worker)).verdict == "sending"
    return account


def died(resources: Resources, worker: str) -> Journal:
    """The journal of a worker, to be written and then closed with a send under way, as by kill -9."""
    return Journal(resources.settings.home, worker)


async def state(resources: Resources) -> tuple[str, str | None]:
    row = await resources.pg.fetchrow(
        "SELECT m.status, t.state FROM messages m LEFT JOIN todo t ON t.message_id = m.id WHERE m.direction = 'out'"
    )
    return row["status"], row["state"]


async def test_a_send_that_the_dead_worker_never_began_goes_again(resources: Resources) -> None:
    await sending(resources, "w1")
    journal = died(resources, "w1")
    journal.begin("another conversation", 1)
    journal.close()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("pending", "waiting")


async def test_a_send_that_the_provider_refused_goes_again(resources: Resources) -> None:
    account = await sending(resources, "w1")
    journal = died(resources, "w1")
    journal.begin(f"{account.id}:1", 2)
    journal.end(f"{account.id}:1", 2, None)
    journal.close()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("pending", "waiting")


async def test_a_send_that_the_provider_accepted_is_done(resources: Resources) -> None:
    account = await sending(resources, "w1")
    journal = died(resources, "w1")
    journal.begin(f"{account.id}:1", 2)
    journal.end(f"{account.id}:1", 2, "p1")
    journal.close()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("sent", None)
    assert await resources.pg.fetchval("SELECT provider_message_id FROM messages WHERE direction = 'out'") == "p1"
    assert await invariants.check(resources) == []


async def test_a_send_that_was_begun_is_of_unknown_outcome(resources: Resources) -> None:
    account = await sending(resources, "w1")
    journal = died(resources, "w1")
    journal.begin(f"{account.id}:1", 2)
    journal.close()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("unknown", "unknown")


async def test_a_begun_send_is_not_judged_before_the_provider_must_have_finished(resources: Resources) -> None:
    account = await given.account(resources, "whatsapp_twilio")
    await given.answered(resources, account, "hola")
    await given.claim(resources, account, 2, worker="w1")
    journal = died(resources, "w1")
    journal.begin(f"{account.id}:1", 2)
    journal.close()
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("unknown", "unknown")
    after = "SELECT extract(epoch FROM due_at - claimed_at)::int FROM todo WHERE direction = 'out'"
    assert await resources.pg.fetchval(after) == 6


async def test_the_send_of_a_worker_that_lives_here_is_left_alone(resources: Resources) -> None:
    await sending(resources, "w1")
    alive = Journal(resources.settings.home, "w1")
    await sweeper.sweep_once(resources, Doorbell(resources))
    assert await state(resources) == ("pending", "sending")
    alive.close()


async def test_the_send_of_a_silent_worker_elsewhere_is_of_unknown_outcome(resources: Resources) -> None:
    await sending(resources, "elsewhere")
    assert await outbox.orphaned(resources, dead=[], dead_after_seconds=4) == []
    await resources.pg.execute("UPDATE todo SET claimed_at = now() - interval '1 minute'")
    assert len(await outbox.orphaned(resources, dead=[], dead_after_seconds=0.001)) == 1
    await sweep.heartbeat(resources, "elsewhere")
    assert await outbox.orphaned(resources, dead=[], dead_after_seconds=4) == []


async def test_after_an_outage_of_the_database_silence_means_nothing(resources: Resources) -> None:
    await sending(resources, "elsewhere")
    await resources.pg.execute("UPDATE todo SET claimed_at = now() - interval '10 days'")
    up = await resources.pg.fetchval("SELECT extract(epoch FROM now() - pg_postmaster_start_time())::float8")
    assert await outbox.orphaned(resources, dead=[], dead_after_seconds=up + 60) == []


async def test_an_adopted_send_cannot_be_finished_by_the_old_worker_nor_adopted_twice(resources: Resources) -> None:
    account = await sending(resources, "w1")
    orphan = Orphan(conversation_id=f"{account.id}:1", seq=2, worker="w1")
    assert await outbox.adopt(resources, orphan, "again", why="never_begun")
    assert not await outbox.adopt(resources, orphan, "again", why="never_begun")
    late = Finish(conversation_id=f"{account.id}:1", seq=2, result="sent", provider_id="p")
    assert not await Outbox(resources, "w1").finish(late)
    assert await state(resources) == ("pending", "waiting")


async def test_a_send_that_a_living_worker_forgot_is_looked_at_again(resources: Resources) -> None:
    account = await sending(resources, "w1")
    await sweep.heartbeat(resources, "w1")
    await resources.pg.execute(
        "UPDATE todo SET claimed_at = now() - interval '1 minute', due_at = now() - interval '1 minute'"
    )
    assert await sweep.forgotten(resources, older_than_seconds=1, answered_seconds=1) == {f"{account.id}:1": FIRST}


async def test_a_lost_ring_is_rung_again(resources: Resources) -> None:
    account = await given.account(resources)
    await given.received(resources, account)
    await resources.pg.execute("UPDATE todo SET due_at = now() - interval '5 seconds'")
    bell = Doorbell(resources)
    assert await sweeper.sweep_once(resources, bell) == 1
    assert await bell.claim(9, "w:1", 1000) == [(f"{account.id}:1", "acme")]


async def test_an_answer_is_missed_sooner_than_a_question(resources: Resources) -> None:
    account = await given.account(resources)
    await given.answered(resources, account, "hola", peer="1")
    await given.received(resources, account, peer="2")
    await resources.pg.execute("UPDATE todo SET due_at = now() - interval '1 second'")
    places = await sweep.forgotten(resources, older_than_seconds=60, answered_seconds=0.5)
    assert places == {f"{account.id}:1": FIRST}


async def test_a_dead_workers_leases_are_free_though_another_process_sweeps(resources: Resources) -> None:
    bell = Doorbell(resources)
    died(resources, "w1").close()
    journal = died(resources, "w2")
    journal.begin("a:1", 1)
    journal.close()
    await bell.ring([("a:1", 0)])
    await bell.claim(1, "w2:1", 60_000)
    async with resources.pg.acquire() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock($1)", sweep._LOCK)
        assert await sweeper.sweep_once(resources, bell) == 0
    assert await bell.claim(1, "w3:1", 60_000) == [("a:1", "a")]


async def test_two_sweepers_at_once_adopt_a_send_once(resources: Resources) -> None:
    account = await sending(resources, "w1")
    journal = died(resources, "w1")
    journal.begin(f"{account.id}:1", 2)
    journal.close()
    await asyncio.gather(*(sweeper.sweep_once(resources, Doorbell(resources)) for _ in range(4)))
    assert await resources.pg.fetchval("SELECT count(*) FROM message_events WHERE kind = 'unknown'") == 1


async def test_a_table_that_outgrew_its_statistics_is_analyzed(resources: Resources) -> None:
    assert await sweep.refresh_statistics(resources) == []
    await resources.pg.execute(
        """INSERT INTO message_events (tenant_id, account_id, kind, status, detail)
           SELECT 'acme', 'a', 'receipt', 'sent', repeat('x', 500) FROM generate_series(1, 3000)"""
    )
    assert "message_events" in await sweep.refresh_statistics(resources)
    assert "message_events" not in await sweep.refresh_statistics(resources)
