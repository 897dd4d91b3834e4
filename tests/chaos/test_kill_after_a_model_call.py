"""kill -9 between a model's answer and the turn's commit: the next worker uses what was paid for."""

from bench.model import Model
from tests.chaos.stage import Stage, locked, until

PEER = "5215550001111"


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
