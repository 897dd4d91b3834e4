"""The breaker of a tier: one for all processes, and each for itself while Redis is away."""

import asyncio

from redis.asyncio import Redis

from core import keys
from llm.breaker import FAILURES, Breaker
from storage.shared_breakers import SharedBreakers

KEY = keys.breaker("groq")


def _looking(breaker: Breaker) -> Breaker:
    breaker._looked = 0.0  # its second is over
    return breaker


async def _stretch_ends(redis: Redis, *breakers: Breaker) -> None:
    await redis.hset(KEY, "until", 1)
    for breaker in breakers:
        breaker._until = min(breaker._until, asyncio.get_running_loop().time())


async def test_failures_of_different_processes_count_together(redis: Redis) -> None:
    processes = [Breaker("groq", SharedBreakers(redis)) for _ in range(FAILURES)]
    for breaker in processes[:-1]:
        await breaker.failed("timeout")
    assert {breaker.state for breaker in processes} == {"closed"}
    await processes[-1].failed("timeout")
    assert processes[-1].state == "open"
    first = _looking(processes[0])
    assert not await first.allows()
    assert (first.state, first.reason) == ("open", "timeout")


async def test_a_success_forgets_the_failures_before_it(redis: Redis) -> None:
    one, other = Breaker("groq", SharedBreakers(redis)), Breaker("groq", SharedBreakers(redis))
    for _ in range(FAILURES - 1):
        await one.failed("timeout")
    assert await other.allows()
    await other.succeeded()
    await one.failed("timeout")
    assert one.state == "closed"


async def test_of_all_processes_one_probes_and_its_success_closes_all(redis: Redis) -> None:
    processes = [Breaker("groq", SharedBreakers(redis)) for _ in range(3)]
    await processes[0].failed("auth", at_once=True, seconds=300)
    assert [await breaker.allows() for breaker in processes] == [False] * 3
    await _stretch_ends(redis, *processes)
    allowed = await asyncio.gather(*(breaker.allows() for breaker in processes for _ in range(4)))
    assert allowed.count(True) == 1
    assert {breaker.state for breaker in processes} == {"half-open"}
    probe = next(breaker for breaker in processes if breaker._probing)
    await probe.succeeded()
    assert [await _looking(breaker).allows() for breaker in processes] == [True] * 3
    assert not await redis.exists(KEY)


async def test_a_failed_probe_opens_again_at_once(redis: Redis) -> None:
    breaker = Breaker("groq", SharedBreakers(redis))
    await breaker.failed("auth", at_once=True)
    await _stretch_ends(redis, breaker)
    assert await breaker.allows()
    await breaker.failed("timeout")
    assert breaker.state == "open"
    assert not await Breaker("groq", SharedBreakers(redis)).allows()


async def test_a_probe_that_was_given_up_leaves_its_place_to_another(redis: Redis) -> None:
    one, other = Breaker("groq", SharedBreakers(redis)), Breaker("groq", SharedBreakers(redis))
    await one.failed("auth", at_once=True)
    await _stretch_ends(redis, one)
    assert await one.allows()
    assert not await other.allows()
    await one.released()
    assert await _looking(other).allows()


async def test_without_redis_a_process_counts_for_itself() -> None:
    away = Redis.from_url("redis://127.0.0.1:9/0")
    for shared in (None, SharedBreakers(away)):
        breaker = Breaker("groq", shared)
        for _ in range(FAILURES):
            assert await breaker.allows()
            await breaker.failed("timeout")
        assert not await breaker.allows()
        breaker._until = asyncio.get_running_loop().time()
        assert [await breaker.allows(), await breaker.allows()] == [True, False]
        await breaker.succeeded()
        assert breaker.state == "closed"
    await away.aclose()
