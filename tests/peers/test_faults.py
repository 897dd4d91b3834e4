"""Rounds of small disasters under conversation: every question is answered once, or its reply is listed as unknown.

The full-size run of the same is tests/chaos/run.py; the models, which it has none of, break here.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest

from bench.sink import REFUSALS, Fate, Sent
from bench.webhooks import said
from core.settings import Settings
from storage import accounts, embedded, invariants, sweep
from storage.doorbell import FIRST
from tests.chaos.stage import Stage, until, word
from tests.llm.conftest import Provider, completion
from tests.peers import crew
from tests.storage import given

ROUNDS = 15
PEER = "5215550001111"
THROTTLED = {"status": 429, "headers": {"retry-after": "1"}, "body": {"error": {"message": "rate limit"}}}
BROKEN = {"status": 500, "headers": {}, "body": {"error": {"message": "oops"}}}


class Unlucky:
    """A provider that takes every fifth message and never says so."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.lost: list[Sent] = []

    async def program(self, sent: Sent) -> Fate:
        if next(self._numbers) % 5:
            return None
        self.lost.append(sent)
        return "lost"


@pytest.mark.slow
async def test_rounds_of_lost_redis_cut_connections_silent_models_and_lost_answers_lose_and_double_nothing(
    stage: Stage, settings: Settings, servers: embedded.Servers, provider: Provider
) -> None:
    """Pain 25, arq#343, #300, #435, langgraph#3716, litellm#22296, camel#4280: stuck, lost or sent twice."""
    channels = ("telegram", "whatsapp_twilio")
    for channel in channels:
        await stage.connect(channel)
    unlucky = Unlucky()
    stage.sink.program = unlucky.program
    talkative = settings.model_copy(
        update={"groq_api_key": "gsk_test", "groq_base_url": f"{provider.url}/groq", "llm_turn_deadline_seconds": 0.5}
    )
    faults: list[Callable[[], Awaitable[object]]] = [
        stage.resources.redis.flushall, lambda: _restart(servers), lambda: _cut(stage), lambda: asyncio.sleep(0),
    ]  # fmt: skip
    models = itertools.cycle([THROTTLED, "hang", completion("¡Hola!"), BROKEN])
    asked: dict[tuple[str, str], list[str]] = {}
    async with crew.workers(talkative, 2):
        for number in range(ROUNDS):
            provider.plays("groq", next(models))
            for channel, customer in itertools.product(channels, range(3)):
                each = word()
                asked.setdefault((channel, f"{PEER}{customer}"), []).append(each)
                await stage.hears(channel, f"{PEER}{customer}", f"tienen {each}?")
            for channel in channels:
                await stage.hears(channel, f"{PEER}9{number}", "hola")
            await faults[number % len(faults)]()
        await stage.quiet()
    for (channel, peer), words in asked.items():
        texts = [sent.text for sent in stage.sink.sent if sent.channel == channel and sent.to.endswith(peer)]
        assert [next((each for each in words if each in text), text) for text in texts] == words
    assert len(stage.sink.sent) == ROUNDS * (3 + 1) * len(channels)
    unknown = await stage.resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'unknown'")
    assert unknown == sum(sent.channel == "telegram" for sent in unlucky.lost)
    assert await invariants.check(stage.resources) == []


async def test_refused_credentials_hold_what_is_to_be_sent_and_a_new_connection_sends_it_in_order(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pain 20, chatwoot#12989: the token expired, the channel died silently, messages were dropped."""
    account = await stage.connect("whatsapp_cloud")
    body = b'{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}'
    monkeypatch.setitem(REFUSALS, ("whatsapp_cloud", 401), body)

    async def refuses(sent: Sent) -> Fate:
        return 401

    stage.sink.program = refuses
    words = [word() for _ in range(4)]
    async with crew.workers(settings, 2):
        for each in words:
            assert await stage.delivers(said(account, PEER, f"tienen {each}?")) == 200
        await until(lambda: stage.resources.pg.fetchval("SELECT count(*) = 4 FROM messages WHERE direction = 'out'"))
        await until(lambda: stage.resources.pg.fetchval("SELECT count(*) = 1 FROM todo WHERE state = 'held'"))
        assert stage.sink.sent == []
        assert set(await stage.statuses()) <= {"held", "pending"}
        stage.sink.program = _takes
        await accounts.connect(
            stage.resources, tenant="acme", channel="whatsapp_cloud", address=account.address,
            secrets={**account.secrets, "access_token": "new"}, settings=account.settings, api_base=account.api_base,
        )  # fmt: skip
        await stage.replies(*words)
        await stage.answered_once(*words)
    audit = [row["action"] for row in await stage.resources.pg.fetch("SELECT action FROM audit_log")]
    assert audit.count("account.stopped") == 1


async def test_what_stands_behind_a_held_message_is_neither_rung_all_the_time_nor_a_sign_of_illness(
    stage: Stage,
) -> None:
    """Pain 12, chatwoot#15131, turned round: a tenant's own switch must not hide lost rings or take the API away."""
    account = await given.account(stage.resources, "telegram")
    saved = await given.answered(stage.resources, account, "uno", "dos", "tres")
    await stage.resources.pg.execute(
        "INSERT INTO kill_switches (scope, reason, actor) VALUES ('tenant:acme', 'test', 't')"
    )
    assert (await given.claim(stage.resources, account, saved.first_seq)).verdict == "held:kill_switch"
    await stage.resources.pg.execute("UPDATE todo SET due_at = now() - interval '1 hour'")
    assert await sweep.forgotten(stage.resources, older_than_seconds=1, answered_seconds=1) == {}
    assert (await sweep.backlog(stage.resources))["oldest_seconds"] == 0
    await given.received(stage.resources, account, "y bien?")
    await stage.resources.pg.execute("UPDATE todo SET due_at = now() - interval '1 hour' WHERE direction = 'in'")
    places = await sweep.forgotten(stage.resources, older_than_seconds=1, answered_seconds=1)
    assert places
    assert places.keys() == {f"{account.id}:1"}
    assert FIRST < places[f"{account.id}:1"] <= -3_600_000  # an hour: in front of younger ones, not of all
    assert (await sweep.backlog(stage.resources))["oldest_seconds"] > 3000


async def test_a_turn_that_crosses_the_end_of_the_window_sends_no_free_text(stage: Stage, settings: Settings) -> None:
    """Pain 16, chatwoot#14800, #10143: the window was judged when the turn began, not when the message went."""
    account = await stage.connect("whatsapp_cloud")
    async with crew.worker(settings, crew.Gate) as gate:
        await stage.delivers(said(account, PEER, "hola"))
        await gate.arrived.wait()
        await stage.resources.pg.execute("UPDATE conversations SET window_until = now() - interval '1 second'")
        gate.go.set()
        await stage.quiet()
        await until(lambda: stage.resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'out'"))
    assert stage.sink.sent == []
    row = await stage.resources.pg.fetchrow("SELECT status, reason FROM messages WHERE direction = 'out'")
    assert tuple(row) == ("dropped", "window_closed")
    assert await invariants.check(stage.resources) == []


async def _takes(_: Sent) -> Fate:
    return None


async def _restart(servers: embedded.Servers) -> None:
    """Redis dies and comes back; what it had not written is gone."""
    assert servers.redis.process
    servers.redis.process.kill()
    await asyncio.to_thread(servers.redis.process.wait)
    await servers.redis.start()


async def _cut(stage: Stage) -> None:
    await stage.resources.pg.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'orkesta-worker%'"
    )
