"""kill -9 between a model's answer and the turn's commit: the next worker uses what was paid for."""

from bench.model import Model
from tests.chaos.stage import Stage, locked, until

PEER = "5215550001111"
REUSED = "SELECT array_agg(call->>'reused') FROM turns, jsonb_array_elements(trace->'llm') call"


async def test_a_turn_whose_worker_is_killed_after_the_model_answered_pays_for_it_once(stage: Stage) -> None:
    pg = stage.resources.pg
    async with Model() as model:
        environment = model.environment(20.0)
        await stage.connect("telegram")
        await stage.hears("telegram", PEER, "hola")
        async with locked(stage.resources.settings.database_url, "SELECT 1 FROM conversations FOR UPDATE"):
            worker = await stage.worker(**environment)
            await until(lambda: pg.fetchval("SELECT count(*) FROM llm_calls"))
            backend = await stage.blocked("orkesta-worker")
            await stage.processes.kill(worker)
            await pg.execute("SELECT pg_terminate_backend($1)", backend)
        assert await pg.fetchval("SELECT count(*) FROM turns") == 0
        await stage.worker(**environment)
        await stage.quiet()
        assert len(stage.sink.sent) == 1
        assert model.answered == 1
        assert await pg.fetchval("SELECT trace #>> '{llm,0,reused}' FROM turns") == "true"
        assert await pg.fetchval("SELECT sum(calls) FROM llm_spend") == 1


async def test_a_turn_that_is_killed_after_two_rounds_with_a_tool_replays_both(stage: Stage) -> None:
    pg = stage.resources.pg
    async with Model(tool="orders") as model:
        environment = model.environment(20.0)
        await stage.connect("telegram")
        await stage.hears("telegram", PEER, "hola")
        async with locked(stage.resources.settings.database_url, "SELECT 1 FROM conversations FOR UPDATE"):
            worker = await stage.worker(**environment)
            await until(lambda: pg.fetchval("SELECT count(*) = 2 FROM llm_calls"))
            backend = await stage.blocked("orkesta-worker")
            await stage.processes.kill(worker)
            await pg.execute("SELECT pg_terminate_backend($1)", backend)
        await stage.worker(**environment)
        await stage.quiet()
        assert len(stage.sink.sent) == 1
        assert model.answered == 2
        assert await pg.fetchval(REUSED) == ["true", "true"]
        assert await pg.fetchval("SELECT sum(calls) FROM llm_spend") == 2


async def test_a_turn_that_is_killed_between_two_rounds_pays_for_the_second_only(stage: Stage) -> None:
    pg = stage.resources.pg
    async with Model(tool="orders") as model:
        environment = model.environment(20.0)
        await stage.connect("telegram")
        model.mood = lambda: "hang" if model.answered else None

        async def hung() -> int:
            return model.hung

        await stage.hears("telegram", PEER, "hola")
        worker = await stage.worker(**environment)
        await until(hung)
        await stage.processes.kill(worker)
        model.mood = lambda: None
        await stage.worker(**environment)
        await stage.quiet()
        assert len(stage.sink.sent) == 1
        assert model.answered == 2
        assert await pg.fetchval(REUSED) == ["true", None]
        assert await pg.fetchval("SELECT sum(calls) FROM llm_spend") == 2
