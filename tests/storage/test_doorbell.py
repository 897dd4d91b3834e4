"""Stop 3: no ring is lost while Redis lives, one worker at a time has a conversation, and tenants take turns."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core import keys
from storage.doorbell import FIRST, Doorbell
from storage.resources import Resources
from tests.storage import given as start

LEASE_MS = 60_000


async def claim(
    bell: Doorbell, most: int, token: str, lease_ms: int = LEASE_MS, left_out: Sequence[str] = ()
) -> list[str]:
    """The conversations of a claim, without their lanes."""
    return [conversation for conversation, _ in await bell.claim(most, token, lease_ms, left_out)]


async def test_a_ring_during_the_work_makes_the_conversation_ready_again(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    assert await claim(bell, 9, "w:1", LEASE_MS) == ["a:1"]
    await bell.ring([("a:1", 0)])
    assert await claim(bell, 9, "w:2", LEASE_MS) == []
    await bell.release([("a:1", "w:1", -1)])
    assert await claim(bell, 9, "w:3", LEASE_MS) == ["a:1"]


async def test_a_worker_that_lost_its_lease_cannot_give_back_the_next_ones(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    await claim(bell, 9, "old:1", 0)
    await bell.lapse()
    assert await claim(bell, 9, "new:1", LEASE_MS) == ["a:1"]
    await bell.release([("a:1", "old:1", 0)])
    assert await claim(bell, 9, "third:1", LEASE_MS) == []
    assert await bell.renew([("a:1", "old:1")], LEASE_MS) == ["a:1"]
    assert await bell.renew([("a:1", "new:1")], LEASE_MS) == []


async def test_the_leases_of_a_dead_worker_are_free_at_once(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0), ("a:2", 0)])
    await claim(bell, 1, "dead:1", LEASE_MS)
    await claim(bell, 1, "alive:1", LEASE_MS)
    assert await bell.lapse(["dead"]) == 1
    assert len(await claim(bell, 9, "next:1", LEASE_MS)) == 1


async def test_what_a_dead_worker_had_begun_comes_before_what_nobody_has_begun(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    await claim(bell, 1, "dead:1", LEASE_MS)
    await bell.ring((f"a:{number}", 0) for number in range(2, 6))
    await bell.lapse(["dead"])
    assert await claim(bell, 1, "next:1", LEASE_MS) == ["a:1"]


async def test_what_was_waiting_before_is_not_looked_at_again_after_the_work_under_way(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    await claim(bell, 1, "w:1")
    await bell.ring([("a:1", FIRST)], "old")
    await bell.release([("a:1", "w:1", -1)])
    assert await claim(bell, 9, "w:2") == []


async def test_only_news_shortens_a_wait_that_a_worker_asked_for(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    await claim(bell, 1, "w:1")
    await bell.release([("a:1", "w:1", 60_000)])
    await bell.ring([("a:1", FIRST)], "old")
    assert await claim(bell, 9, "w:2") == []
    await bell.ring([("a:1", 0)])
    assert await claim(bell, 9, "w:3") == ["a:1"]


async def test_what_waits_for_its_turn_is_put_first_when_its_answer_is_overdue(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring((f"a:{number}", 0) for number in range(4))
    await bell.ring([("a:3", FIRST)], "old")
    assert await claim(bell, 1, "w:1") == ["a:3"]


async def test_a_flood_of_one_tenant_does_not_keep_another_waiting(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([(f"flood:{n}", 0) for n in range(500)])
    await bell.ring([("small:1", 0)])
    assert "small:1" in await claim(bell, 10, "w:1", LEASE_MS)


async def test_a_hundred_tenants_that_only_wait_do_not_hide_one_that_is_ready(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([(f"later{n}:1", 60_000) for n in range(100)])
    await claim(bell, 9, "w:1", LEASE_MS)
    await bell.ring([("now:1", 0)])
    assert await claim(bell, 9, "w:2", LEASE_MS) == ["now:1"]


async def test_a_tenant_that_is_left_out_keeps_its_place(resources: Resources) -> None:
    bell = Doorbell(resources)
    await bell.ring([("full:1", 0), ("other:1", 0)])
    assert await claim(bell, 9, "w:1", LEASE_MS, ["full"]) == ["other:1"]
    assert await claim(bell, 9, "w:2", LEASE_MS) == ["full:1"]


async def test_waiting_ends_with_the_ring(resources: Resources) -> None:
    bell = Doorbell(resources)
    waiting = asyncio.create_task(bell.wait(30))
    await bell.ring([("a:1", 0)])
    async with asyncio.timeout(5):
        await waiting


@pytest.mark.parametrize("moment", ["after the ring", "after the claim", "after the second ring"])
async def test_redis_may_forget_everything_at_any_moment(resources: Resources, moment: str) -> None:
    bell = Doorbell(resources)
    await bell.ring([("a:1", 0)])
    if moment != "after the ring":
        await claim(bell, 9, "w:1", LEASE_MS)
    if moment == "after the second ring":
        await bell.ring([("a:1", 0)])
    await resources.redis.flushall()
    await bell.release([("a:1", "w:1", 0)])
    await bell.ring([("a:1", 0)])  # as the sweeper does
    assert await claim(bell, 9, "w:2", LEASE_MS) == ["a:1"]


CONVERSATIONS = st.sampled_from([f"{tenant}:{n}" for tenant in "ab" for n in range(3)])


class Bells(RuleBasedStateMachine):
    """Two workers and a ringer; a model knows who has what and what must not be forgotten."""

    database, redis_url, home = "", "", Path()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.opened = start.opened(self.database, self.redis_url, self.home)
        self.bell = Doorbell(self.loop.run(self.opened.__aenter__()))
        self.held: dict[str, str] = {}
        self.wanted: set[str] = set()
        self.tokens = 0

    def teardown(self) -> None:
        self.loop.run(self.opened.__aexit__(None, None, None))
        self.loop.close()

    @rule(conversation=CONVERSATIONS)
    def ring(self, conversation: str) -> None:
        self.loop.run(self.bell.ring([(conversation, 0)]))
        self.wanted.add(conversation)

    @rule(most=st.integers(1, 4), worker=st.sampled_from("xy"))
    def claim(self, most: int, worker: str) -> None:
        self.tokens += 1
        token = f"{worker}:{self.tokens}"
        taken = self.loop.run(claim(self.bell, most, token))
        free = self.wanted - set(self.held)
        assert set(taken) <= free
        assert len(taken) == min(most, len(free))
        self.held |= dict.fromkeys(taken, token)
        self.wanted -= set(taken)

    @rule(data=st.data(), again=st.booleans())
    def release(self, data: Any, again: bool) -> None:
        if self.held:
            conversation = data.draw(st.sampled_from(sorted(self.held)))
            self.loop.run(self.bell.release([(conversation, self.held.pop(conversation), 0 if again else -1)]))
            if again:
                self.wanted.add(conversation)

    @rule(worker=st.sampled_from("xy"))
    def die(self, worker: str) -> None:
        lost = {conversation for conversation, token in self.held.items() if token.startswith(worker)}
        assert self.loop.run(self.bell.lapse([worker])) == len(lost)
        self.wanted |= lost
        self.held = {conversation: token for conversation, token in self.held.items() if conversation not in lost}

    @invariant()
    def nothing_is_forgotten(self) -> None:
        redis = self.bell._redis

        async def known() -> set[str]:
            ready = [await redis.zrange(keys.READY + tenant, 0, -1) for tenant in "ab"]
            dirty = await redis.smembers(keys.DIRTY)
            return {member.decode() for members in (*ready, dirty) for member in members}

        assert self.loop.run(known()) == self.wanted


def test_no_order_of_rings_claims_releases_and_deaths_forgets_a_conversation(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    machine = type("Machine", (Bells,), {"database": database, "redis_url": redis_url, "home": tmp_path})
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=checks)
    )
