"""A webhook that comes again, in whatever number, order and state of ours, is one message and one answer."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import pytest

from bench import webhooks
from bench.webhooks import Hook
from core.messages import Account
from core.settings import Settings
from storage import invariants
from storage.resources import Resources
from tests.chaos import stage as stages
from tests.chaos.stage import Stage, free_port, until, word
from tests.llm.conftest import Provider, completion
from tests.peers import crew

PEER = "5215550001111"


class TwoApis:
    """Two API processes on ports of their own."""

    def __init__(self, ports: list[int], http: aiohttp.ClientSession) -> None:
        self.ports, self._http = ports, http

    async def post(self, hook: Hook, number: int) -> int:
        url = f"http://127.0.0.1:{self.ports[number % 2]}{hook.path}"
        async with self._http.post(url, data=hook.body, headers=hook.headers) as response:
            return response.status

    async def up(self) -> bool:
        try:
            for port in self.ports:
                async with self._http.get(f"http://127.0.0.1:{port}/health") as response:
                    assert response.status == 200
        except aiohttp.ClientError:
            return False
        return True


@pytest.fixture
async def apis(stage: Stage) -> AsyncIterator[TwoApis]:
    ports = [free_port(), free_port()]
    for port in ports:
        await stage.processes.api(port)
    async with aiohttp.ClientSession() as http:
        found = TwoApis(ports, http)
        await until(found.up)
        yield found


async def test_fifty_copies_over_two_processes_are_one_message_one_model_call_and_one_reply(
    stage: Stage, settings: Settings, apis: TwoApis, provider: Provider
) -> None:
    """Pain 7, ArnasDon/wacrm#367, swampratnz/community-agent#249, rmyndharis/OpenWA#464: two replies, two spends."""
    account = await stage.connect("whatsapp_cloud")
    spending = settings.model_copy(
        update={"groq_api_key": "gsk_test", "groq_base_url": f"{provider.url}/groq", "llm_turn_deadline_seconds": 5.0}
    )
    provider.plays("groq", completion("¡Hola, Ana! ¿Qué necesitas hoy?"))
    hook = webhooks.said(account, PEER, "hola")
    async with crew.workers(spending, 2):
        assert await asyncio.gather(*(apis.post(hook, n) for n in range(50))) == [200] * 50
        await stage.replies("¿Qué necesitas hoy?")
        await stage.answered_once("¿Qué necesitas hoy?")
    counts = "SELECT (SELECT count(*) FROM messages WHERE direction = 'in'), (SELECT count(*) FROM turns)"
    assert tuple(await stage.resources.pg.fetchrow(counts)) == (1, 1)
    assert provider.count("groq") == 1


async def test_twenty_first_messages_of_a_contact_over_two_processes_open_one_conversation(
    stage: Stage, apis: TwoApis
) -> None:
    """Pain 3, chatwoot#10798, #14071: an album or quick messages opened several conversations."""
    account = await stage.connect("whatsapp_cloud")
    hooks = [webhooks.said(account, PEER, f"foto {n}", user_id="MX.1234567890") for n in range(20)]
    assert await asyncio.gather(*(apis.post(hook, n) for n, hook in enumerate(hooks))) == [200] * 20
    counts = """SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM conversations),
                       (SELECT count(*) FROM messages)"""
    assert tuple(await stage.resources.pg.fetchrow(counts)) == (1, 1, 20)
    assert await invariants.check(stage.resources) == []


# Every row that storing a first message touches, from the duplicate check to the commit.
STEPS = [
    (table, event, moment)
    for table, event in [
        ("customers", "INSERT"), ("conversations", "INSERT"), ("peers", "INSERT"), ("customer_identities", "INSERT"),
        ("conversations", "UPDATE"), ("messages", "INSERT"), ("todo", "INSERT"),
    ]
    for moment in ("at once", "at the commit")
]  # fmt: skip


async def test_a_failure_at_any_step_between_the_duplicate_check_and_the_commit_loses_nothing(
    stage: Stage, settings: Settings, pg: asyncpg.Connection
) -> None:
    """Pain 5, getsentry/junior#32: the duplicate mark was set before the lock, so a failure lost the message."""
    account = await stage.connect("telegram")
    async with crew.workers(settings, 1):
        for number, (table, event, moment) in enumerate(STEPS):
            asked = word()
            hook = webhooks.said(account, f"52155500{number:05}", f"tienen {asked}?")
            await stage.quiet()
            before = await pg.fetchval("SELECT count(*) FROM messages")
            await _fails(pg, table, event, moment)
            try:
                assert await stage.delivers(hook) == 503, (table, event, moment)
            finally:
                await pg.execute("DROP FUNCTION injected() CASCADE")
            assert await pg.fetchval("SELECT count(*) FROM messages") == before
            assert [await stage.delivers(hook) for _ in range(2)] == [200, 200]
            await stage.replies(asked)
        await stage.quiet()
    assert len(stage.sink.sent) == len(STEPS)
    assert await invariants.check(stage.resources) == []


async def _fails(pg: asyncpg.Connection, table: str, event: str, moment: str) -> None:
    await pg.execute(
        """CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = 'lock_not_available'; END $$"""
    )
    how = f"TRIGGER injected BEFORE {event}"
    if moment == "at the commit":
        how = f"CONSTRAINT TRIGGER injected AFTER {event}"
    later = "DEFERRABLE INITIALLY DEFERRED" if moment == "at the commit" else ""
    await pg.execute(f"CREATE {how} ON {table} {later} FOR EACH ROW EXECUTE FUNCTION injected()")


async def test_updates_that_come_out_of_order_and_twice_are_each_handled_once(
    stage: Stage, settings: Settings
) -> None:
    """Pain 8, Abilityai/trinity#2727: a high-water mark dropped the lower update_id."""
    account = await stage.connect("telegram")
    lower, higher = word(), word()
    first, second = _update(account, 1000, 70, lower), _update(account, 1001, 71, higher)
    async with crew.workers(settings, 2):
        hooks = (second, first, first)
        assert await asyncio.gather(*(stage.delivers(hook) for hook in hooks)) == [200, 200, 200]
        await stage.replies(lower, higher)
        await stage.quiet()
        assert await stage.delivers(second) == 200
        await stage.quiet()
    assert len(stage.sink.sent) == 2
    assert await invariants.check(stage.resources) == []


def _update(account: Account, update_id: int, message_id: int, asked: str) -> Hook:
    person = {"id": int(PEER), "first_name": "Ana"}
    message = {
        "message_id": message_id, "date": 1_790_000_000, "chat": {**person, "type": "private"},
        "from": {**person, "is_bot": False}, "text": f"tienen {asked}?",
    }  # fmt: skip
    return webhooks.signed(account, json.dumps({"update_id": update_id, "message": message}).encode())


async def test_a_redelivery_after_the_loss_of_all_of_redis_is_still_a_redelivery(
    resources: Resources, settings: Settings
) -> None:
    """Pain 9, evolution-api#1762, #2110: what "duplicate" means must not live in what a restart forgets."""
    async with stages.opened(resources) as stage:
        account, asked = await stage.connect("telegram"), word()
        hook = webhooks.said(account, PEER, f"tienen {asked}?")
        assert await stage.delivers(hook) == 200
        await resources.redis.flushall()
        assert await stage.delivers(hook) == 200
        async with crew.workers(settings, 1):
            await stage.replies(asked)
            await resources.redis.flushall()
            assert await stage.delivers(hook) == 200
            await stage.answered_once(asked)
