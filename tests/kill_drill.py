"""The kill-switch drill under load: `python -m tests.kill_drill`. Nothing leaks, sandboxes go on, nothing is lost."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from bench import webhooks
from bench.sink import Sink
from core.messages import Part
from core.settings import Settings
from storage import accounts, embedded, invariants, kill_switches, tenants
from storage import resources as resource_store
from storage.conversations import OutContent
from storage.doorbell import Doorbell
from storage.migrate import migrate
from storage.resources import Resources
from tests.serving import work

REAL, PLAY = "real", "play"  # a production tenant and a sandbox
_DEADLINE_SECONDS = 240
_WRITE = """
WITH c AS (
  UPDATE conversations SET version = version + 1, last_seq = last_seq + 2 WHERE tenant_id = $1 RETURNING *
), written AS (
  INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content, status,
                        turn, part)
  SELECT c.tenant_id, c.id, c.account_id, 'out', c.last_seq - 2 + p, 'agent', 'message', $2 || ' ' || p, $3::jsonb,
         'pending', c.version, p FROM c, generate_series(1, 2) p
  RETURNING id, conversation_id, seq, tenant_id
)
INSERT INTO todo (conversation_id, seq, message_id, tenant_id, direction)
SELECT conversation_id, seq, id, tenant_id, 'out' FROM written RETURNING conversation_id, message_id
"""
_HEADS = """
SELECT count(*) FROM (
  SELECT DISTINCT ON (conversation_id) state FROM todo WHERE tenant_id = $1 ORDER BY conversation_id, seq
) x WHERE state <> 'held'
"""


class Report(msgspec.Struct):
    """What was seen."""

    sent_before: int  # real messages that had left when the switch took hold
    settled_ms: int  # from the switch to the last real send that was under way
    leaked: int  # real messages that left after that
    held: int
    sandbox_sent: int
    released: int
    lost: int
    twice: int
    out_of_order: int
    breaches: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether the switch kept its promise."""
        return not (self.leaked or self.lost or self.twice or self.out_of_order or self.breaches)


async def drill(resources: Resources, sink: Sink, people: int) -> Report:
    """Load both tenants, turn the global switch on in the middle, load again, turn it off."""
    await tenant(resources, sink, REAL, "production", people)
    await tenant(resources, sink, PLAY, "sandbox", max(1, people // 8))  # goes at the provider's pace

    async def held() -> bool:
        return not await resources.pg.fetchval(_HEADS, REAL)

    async def sending() -> int:
        statement = "SELECT count(*) FROM todo WHERE tenant_id = $1 AND state = 'sending'"
        return int(await resources.pg.fetchval(statement, REAL))

    async def quiet(tenant: str) -> bool:
        return not await resources.pg.fetchval("SELECT count(*) FROM todo WHERE tenant_id = $1", tenant)

    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(work(resources))
        for name in (REAL, PLAY):
            await load(resources, name, "first")
        await _until(lambda: _came(sink, people // 2))
        await kill_switches.turn_on(resources, kill_switches.GLOBAL, "drill", "drill")
        begun = time.monotonic()
        await _until(lambda: _none(sending))
        settled, before = time.monotonic() - begun, len(_of(sink, REAL))
        for name in (REAL, PLAY):
            await load(resources, name, "second")
        await _until(held)
        await _until(lambda: quiet(PLAY))
        leaked, kept = len(_of(sink, REAL)) - before, await _open(resources)
        await kill_switches.turn_off(resources, kill_switches.GLOBAL, "", "drill")
        await _until(lambda: quiet(REAL))
    got = Counter((sent.to, sent.text) for sent in _of(sink, REAL))
    return Report(
        sent_before=before, settled_ms=round(settled * 1000), leaked=leaked, held=kept,
        sandbox_sent=len(_of(sink, PLAY)), released=len(_of(sink, REAL)) - before - leaked,
        lost=people * 4 - len(got), twice=sum(count - 1 for count in got.values()),
        out_of_order=_disorder(sink), breaches=tuple(sorted({each.rule for each in await invariants.check(resources)})),
    )  # fmt: skip


async def tenant(
    resources: Resources, sink: Sink, name: str, environment: Any, people: int, channel: str = "telegram"
) -> None:
    """A tenant with so many conversations."""
    await tenants.create(resources, name, name=name, environment=environment)
    made = webhooks.account(name, channel, api_base=sink.base(name, channel))
    await accounts.connect(
        resources, tenant=name, channel=channel, address=made.address, secrets=made.secrets,
        settings=made.settings, api_base=made.api_base,
    )  # fmt: skip
    account = await resources.pg.fetchval(
        "SELECT id FROM channel_accounts WHERE tenant_id = $1 AND channel = $2", name, channel
    )
    many = [None] * people
    await resources.pg.execute(
        "SELECT open_conversations(NULL, $1, $2, $3, $4, $5, $6, $7, $8)",
        [name] * people, [account] * people, [channel] * people, [f"7000{n}" for n in range(people)],
        many, many, many, many,
    )  # fmt: skip
    await resources.pg.execute("UPDATE conversations SET window_until = now() + interval '1 day'")


async def load(resources: Resources, tenant: str, word: str) -> None:
    """Two messages to each of its conversations."""
    content = msgspec.to_builtins(OutContent(part=Part(text=word)))
    async with resources.pg.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_WRITE, tenant, word, content)
        # the part that goes over the wire is the content's: number it as the row
        await connection.execute(
            "UPDATE messages SET content = jsonb_set(content, '{part,text}', to_jsonb(text)) WHERE id = ANY ($1)",
            [row["message_id"] for row in rows],
        )  # fmt: skip
    await Doorbell(resources).ring((each, 0) for each in {row["conversation_id"] for row in rows})


async def _open(resources: Resources) -> int:
    return int(await resources.pg.fetchval("SELECT count(*) FROM todo WHERE tenant_id = $1", REAL))


def _of(sink: Sink, tenant: str) -> list[Any]:
    return [sent for sent in sink.sent if sent.tenant == tenant]


def _disorder(sink: Sink) -> int:
    seen: dict[str, list[str]] = {}
    for sent in _of(sink, REAL):
        seen.setdefault(sent.to, []).append(sent.text)
    right = ["first 1", "first 2", "second 1", "second 2"]
    return sum(texts != right for texts in seen.values())


async def _came(sink: Sink, many: int) -> bool:
    return len(_of(sink, REAL)) >= many


async def _none(count: Callable[[], Awaitable[int]]) -> bool:
    return await count() == 0


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_DEADLINE_SECONDS):
        while not await true():
            await asyncio.sleep(0.01)


async def _alone(people: int) -> Report:
    with tempfile.TemporaryDirectory(prefix="orkesta-drill-") as home:
        async with embedded.servers(Path(home)) as servers, Sink() as sink:
            await migrate(servers.dsn)
            settings = Settings(
                database_url=servers.dsn, redis_url=servers.redis_url, home=Path(home), secret_key="drill",
                groq_api_key="",
            )  # fmt: skip
            async with resource_store.open(settings, name="drill") as resources:
                return await drill(resources, sink, people)


def main() -> None:
    """Run the drill, print what was seen, fail when the switch leaked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000, help="customers of each tenant; each is sent four messages")
    report = uvloop.run(_alone(parser.parse_args().people))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    sys.exit(not report.clean)


if __name__ == "__main__":
    main()
