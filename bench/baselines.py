"""What this machine can do at most at this moment: the figures of the same run are to be read beside these."""

from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis

from bench.figures import Figure
from bench.load import client, closed_loop
from bench.sink import Sink
from bench.system import System

_CONNECTIONS = 32


async def baselines(system: System, sink: Sink, seconds: float) -> list[Figure]:
    """Durable commits, Redis round trips, and sends that the sink takes, each alone."""
    return [
        Figure("durable commit, one connection", await _commits(system, seconds), "commits/s"),
        Figure("Redis round trip, one connection", await _round_trips(system, seconds), "calls/s"),
        Figure("the sink takes, alone", await _sends(sink, seconds), "sends/s"),
    ]


async def _commits(system: System, seconds: float) -> float:
    """One small row a transaction, `synchronous_commit` on."""
    connection = await asyncpg.connect(system.servers.dsn)
    try:
        await connection.execute("CREATE TABLE bench_commits (n bigint)")
        insert = await connection.prepare("INSERT INTO bench_commits VALUES (1)")
        return await closed_loop(insert.fetch, together=1, seconds=seconds)
    finally:
        await connection.execute("DROP TABLE IF EXISTS bench_commits")
        await connection.close()


async def _round_trips(system: System, seconds: float) -> float:
    async with Redis.from_url(system.servers.redis_url) as redis:
        return await closed_loop(redis.ping, together=1, seconds=seconds)


async def _sends(sink: Sink, seconds: float) -> float:
    """Messages of the Bot API: what the load generator's side of a turn costs at least."""
    form = b"chat_id=1&text=hola"
    head = f"POST /baseline/telegram/bot1/sendMessage HTTP/1.1\r\nhost: x\r\ncontent-length: {len(form)}\r\n\r\n"
    raw = head.encode() + form
    async with client(urlsplit(sink.url).port or 0) as posting:
        return await closed_loop(lambda: posting.timed(raw), together=_CONNECTIONS, seconds=seconds)
