"""The worker process: arq hosts cron and slow jobs; beside it the pump drains conversations in the same loop."""

import asyncio
import contextlib
import gc
import logging
import signal
import uuid
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import uvloop
from arq import cron
from arq.connections import RedisSettings
from arq.worker import Worker
from redis.exceptions import RedisError

from core import keys, log
from core.settings import Settings
from llm import embeddings
from llm.rehearsal import rehearse
from orchestrator.attending import Attending
from orchestrator.tools import bind
from storage import invariants, sweep
from storage import resources as resource_store
from storage.accounts import Accounts
from storage.connection import learn_types
from storage.crypto import secret_key
from storage.journal import Journal
from storage.resources import OUTAGES, Resources
from workers import dunning, forwarding, imports, meanings, media, payments, reconcile, sweeper
from workers.claims import Claims
from workers.conversation import Drain
from workers.delivery import Delivery
from workers.pump import Pump

logger = logging.getLogger("orkesta.worker")
_DRAIN_SECONDS = 4.0  # of the six that the supervisor gives a process to end
# To PostgreSQL as the engine. Each costs it a process that compiles the functions and plans the large statements anew,
# and with more of them nothing is finished sooner. Only the dunning sweep takes a second one while it holds one.
_ENGINE_CONNECTIONS = 3


async def tidy(ctx: dict[str, Any]) -> None:
    """Daily: forget workers that are long gone."""
    resources: Resources = ctx["resources"]
    await sweep.farewell(resources, "")


async def check_invariants(ctx: dict[str, Any]) -> None:
    """Hourly: what must always be true, over the last two hours; a breach is a bug that people must hear of."""
    resources: Resources = ctx["resources"]
    for breach in await invariants.check(resources, since=resources.clock.now() - timedelta(hours=2)):
        logger.error("invariant.broken", extra={"rule": breach.rule, "tenant": breach.tenant})


async def _arq(resources: Resources) -> None:
    """Host arq's cron and jobs; its loop ends when Redis goes away, so it is started again."""
    while True:
        host = Worker(
            functions=[], cron_jobs=[cron(tidy, hour=4, minute=11), cron(check_invariants, minute=17)],
            queue_name=keys.ARQ_QUEUE,
            redis_settings=RedisSettings.from_dsn(resources.settings.redis_url), ctx={"resources": resources},
            handle_signals=False, poll_delay=2.0, keep_result=0, allow_abort_jobs=False,
        )  # fmt: skip
        try:
            await host.async_run()
        except (RedisError, OSError) as fault:
            logger.warning("worker.arq_restarts", extra={"fault": type(fault).__name__})
        finally:
            with contextlib.suppress(RedisError, OSError):
                await host.close()
        await asyncio.sleep(1)


async def serve(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    # A statement is planned once for each connection. PostgreSQL would plan its first five runs each anew, only to
    # find that the general plan does as well: most of what a new worker costs it.
    opening = resource_store.open(
        settings, name="orkesta-worker", embedder=embeddings.configured,
        engine_pool_size=_ENGINE_CONNECTIONS, plans="force_generic_plan",
    )  # fmt: skip
    async with opening as resources:
        worker = uuid.uuid4().hex
        accounts, journal = Accounts(resources), Journal(settings.home, worker)
        turns = Attending(resources, bind)
        claims = Claims(resources, worker, journal)
        delivery = Delivery(resources, claims, accounts, journal, alive=lambda: pump.alive())
        pump = Pump(resources, worker, Drain(resources, turns, delivery, accounts).drain)
        _freeze()
        loops = (
            pump.run(), pump.beat(), claims.run(pump.busy), sweeper.run(resources), media.run(resources),
            dunning.run(resources), payments.run(resources), reconcile.run(resources), imports.run(resources),
            forwarding.run(resources), meanings.run(resources),
            _arq(resources),
        )  # fmt: skip
        tasks = [asyncio.create_task(_named(loop)) for loop in loops]
        logger.info("worker.ready", extra={"worker": worker[:8]})
        await asyncio.wait([asyncio.create_task(stop.wait()), *tasks], return_when=asyncio.FIRST_COMPLETED)
        await pump.stop(_DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await turns.close()
        journal.close()
        await sweep.farewell(resources, worker)


async def _named(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # one of the loops ended: say so, the process stops and is started again
        logger.exception("worker.loop_ended")
        raise


def _freeze() -> None:
    """What was loaded at the start lives for ever: keep it out of the garbage collector's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def preload() -> None:
    """Do what is slow only the first time, so that the processes that are forked from here on need not."""
    settings = Settings()
    log.setup(settings.log_format, key=secret_key(settings))
    asyncio.run(_preload(settings))


async def _preload(settings: Settings) -> None:
    await rehearse(settings)
    try:
        await learn_types(settings)
    except OUTAGES as fault:  # the processes find out for themselves, once there is a database
        logger.warning("worker.types_not_learned", extra={"fault": type(fault).__name__})


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    log.setup(settings.log_format, key=secret_key(settings))
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
