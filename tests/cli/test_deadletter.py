"""What failed for good and what nobody knows: listed, tried again, closed."""

import pytest

from bench.sink import Sink
from core.conversation import Conversation, Outcome
from core.messages import Account
from core.records import Tenant
from storage import outbox
from storage.doorbell import Doorbell
from storage.resources import Resources
from tests.cli.command import as_json, orkesta
from tests.cli.customer import say, until
from tests.serving import work


class Broken:
    async def run(self, conversation: Conversation, tenant: Tenant) -> Outcome:
        raise RuntimeError("an agent is broken")


async def test_an_unanswered_message_is_answered_after_a_retry(
    resources: Resources, account: Account, sink: Sink, environment: dict[str, str]
) -> None:
    resources.settings.turn_attempts = 1
    async with work(resources, Broken()):
        await say(resources, account, "hola")
        await until(lambda: resources.pg.fetchval("SELECT count(*) FROM dead_letters"))
    (letter,) = await as_json("deadletter", "list", environment=environment)
    assert (letter["source"], letter["text"]) == ("inbound", "hola")
    assert await as_json("deadletter", "list", "--tenant", "other", environment=environment) == []
    async with work(resources):
        await as_json("deadletter", "retry", str(letter["id"]), environment=environment)
        await until(lambda: resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'sent'"))
    assert len(sink.sent) == 1
    assert await as_json("deadletter", "list", environment=environment) == []
    assert (await orkesta("deadletter", "retry", str(letter["id"]), environment=environment))[0] == 1
    assert (await orkesta("deadletter", "retry", "12345", environment=environment))[0] == 1


@pytest.fixture
async def unknown(resources: Resources, account: Account) -> int:
    """A reply whose worker died in the middle of the request; the tenant wants people to decide."""
    query = "SELECT id FROM messages WHERE direction = 'out'"
    async with work(resources):
        await outbox_held(resources, account)
        await until(lambda: resources.pg.fetchval(query))
    message = int(await resources.pg.fetchval(query))
    await resources.pg.execute(
        "UPDATE todo SET state = 'sending', worker = 'gone', claimed_at = now() - interval '1 hour'"
    )
    (orphan,) = await outbox.orphaned(resources, dead=["gone"], dead_after_seconds=1)
    assert await outbox.adopt(resources, orphan, "unknown", why="worker_lost")
    await resources.pg.execute("DELETE FROM kill_switches")
    await outbox.settle(resources, orphan.conversation_id, orphan.seq, provider_id=None)
    return message


async def outbox_held(resources: Resources, account: Account) -> None:
    """A message is answered while nothing may leave."""
    await resources.pg.execute("INSERT INTO kill_switches (scope, reason, actor) VALUES ('global', 'test', 'test')")
    await say(resources, account, "hola")


async def test_a_send_of_unknown_outcome_is_sent_again_when_a_person_says_so(
    resources: Resources, unknown: int, sink: Sink, environment: dict[str, str]
) -> None:
    (row,) = await as_json("unknown", "list", environment=environment)
    assert (row["id"], row["reason"], row["asking"]) == (unknown, "worker_lost", False)
    assert sink.sent == []
    await as_json("unknown", "resend", str(unknown), environment=environment)
    async with work(resources):
        conversation = await resources.pg.fetchval("SELECT id FROM conversations")
        await Doorbell(resources).ring([(conversation, 0)])
        await until(lambda: resources.pg.fetchval("SELECT count(*) FROM messages WHERE status = 'sent'"))
    assert len(sink.sent) == 1
    assert await as_json("unknown", "list", environment=environment) == []
    assert (await orkesta("unknown", "resend", str(unknown), environment=environment))[0] == 1


@pytest.mark.parametrize(("option", "status"), [("--arrived", "sent"), ("--lost", "failed")])
async def test_a_closed_one_keeps_what_a_person_found_out_and_is_never_sent(
    resources: Resources, unknown: int, environment: dict[str, str], option: str, status: str
) -> None:
    assert (await orkesta("unknown", "close", str(unknown), environment=environment))[0] == 2
    closed = await as_json("unknown", "close", str(unknown), option, environment=environment)
    row = await resources.pg.fetchrow("SELECT status, reason FROM messages WHERE id = $1", unknown)
    assert (closed["status"], row["status"], row["reason"]) == (status, status, "closed_by_person")
    assert await resources.pg.fetchval("SELECT count(*) FROM todo") == 0
    assert (await orkesta("unknown", "close", str(unknown), option, environment=environment))[0] == 1
