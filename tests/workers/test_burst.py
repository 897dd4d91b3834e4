"""Messages that come within the burst pause are answered together, once; a killed worker changes nothing of that."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.conversation import Conversation, Inbound, Outcome
from core.messages import Account
from core.records import Tenant
from llm.ladder import Ladder
from orchestrator.tools import bind
from orchestrator.turn import Turns
from storage import tenants
from storage.accounts import Accounts
from storage.conversations import Loaded
from storage.resources import Resources
from tests.orchestrator.conftest import NOW, conversation
from tests.storage import given
from workers.burst import pause_ms
from workers.conversation import Drain
from workers.delivery import IDLE

PAUSE = 60_000


class NothingIsSent:
    """Stands where the delivery stands: what waits in the outbox stays there to be counted."""

    async def send(self, loaded: Loaded, waiting: Any, tenant: Tenant) -> int:
        return IDLE

    async def seen(self, loaded: Loaded) -> None:
        pass


class Killed:
    """A worker that dies when its answer is ready and before it is saved."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.read: list[str] = []

    async def run(self, waiting: Conversation, tenant: Tenant) -> Outcome:
        await self._turns.run(waiting, tenant)
        self.read = [item.text for item in waiting.inbound]
        raise KeyboardInterrupt


@pytest.fixture
async def account(resources: Resources) -> Account:
    made = await given.account(resources)
    await tenants.configure(resources, "acme", "ana", {"burst_pause_ms": PAUSE})
    return made


def drain(resources: Resources, turns: Any = None) -> Drain:
    answering = turns or Turns(resources, bind, Ladder([]))
    return Drain(resources, answering, NothingIsSent(), Accounts(resources))  # type: ignore[arg-type]


async def replies(resources: Resources) -> list[str]:
    rows = await resources.pg.fetch("SELECT text FROM messages WHERE direction = 'out' ORDER BY seq")
    return [row["text"] for row in rows]


async def minutes_pass(resources: Resources) -> None:
    await resources.pg.execute("UPDATE messages SET created_at = created_at - interval '2 minutes'")


async def test_a_turn_waits_for_the_pause_and_answers_all_messages_once(resources: Resources, account: Account) -> None:
    await given.received(resources, account, "hola")
    assert 0 < await drain(resources).drain(f"{account.id}:1") <= PAUSE
    await given.received(resources, account, "oye", "quiero hablar con una persona")
    assert 0 < await drain(resources).drain(f"{account.id}:1") <= PAUSE
    assert await replies(resources) == []
    await minutes_pass(resources)
    assert await drain(resources).drain(f"{account.id}:1") == IDLE
    assert len(await replies(resources)) == 1
    assert await drain(resources).drain(f"{account.id}:1") == IDLE
    assert len(await replies(resources)) == 1
    assert await resources.pg.fetchval("SELECT count(*) FROM todo WHERE direction = 'in'") == 0
    assert await resources.pg.fetchval("SELECT intent FROM turns") == "human"


async def test_a_worker_killed_before_it_saves_leaves_the_whole_burst_to_the_next_one(
    resources: Resources, account: Account
) -> None:
    await given.received(resources, account, "hola", "cuánto les debo?")
    await minutes_pass(resources)
    dying = Killed(Turns(resources, bind, Ladder([])))
    with pytest.raises(KeyboardInterrupt):
        await drain(resources, dying).drain(f"{account.id}:1")
    assert dying.read == ["hola", "cuánto les debo?"]
    await resources.redis.flushall()  # the lease and the pause are gone as well
    await drain(resources).drain(f"{account.id}:1")
    assert len(await replies(resources)) == 1


async def test_without_a_pause_each_message_is_answered_for_itself(resources: Resources) -> None:
    account = await given.account(resources)
    await given.received(resources, account, "hola", "gracias")
    await drain(resources).drain(f"{account.id}:1")
    assert len(await replies(resources)) == 2


async def test_who_wrote_much_queues_again_after_four_answers(resources: Resources) -> None:
    account = await given.account(resources)
    await given.received(resources, account, *["hola"] * 6)
    assert await drain(resources).drain(f"{account.id}:1") == 0  # at once, behind the others that wait
    assert len(await replies(resources)) == 4
    assert await drain(resources).drain(f"{account.id}:1") == IDLE
    assert len(await replies(resources)) == 6


def waiting(*seconds_ago: float, **changes: Any) -> Conversation:
    items = tuple(
        Inbound(message_id=n, seq=n, kind="message", text="x", received_at=NOW - timedelta(seconds=ago))
        for n, ago in enumerate(seconds_ago, 1)
    )
    return conversation(inbound=items, **changes)


@pytest.mark.parametrize(
    ("there", "left"),
    [
        (waiting(0), 2000), (waiting(1.5), 500), (waiting(2), 0), (waiting(3, 0.5), 1500),
        (waiting(9.5, 0), 500), (waiting(30, 0), 0),  # who writes on and on is answered in between
        (waiting(-3600), 2000),  # a clock that was set back
        (waiting(0, mode="human"), 0), (waiting(0, turn_failures=1), 0), (waiting(), 0),
    ],
)  # fmt: skip
def test_the_pause_begins_anew_with_each_message_within_limits(there: Conversation, left: int) -> None:
    assert pause_ms(there, NOW, 2000) == left


def test_a_pressed_button_is_answered_at_once() -> None:
    there = waiting(0)
    pressed = msgspec.structs.replace(there, inbound=(msgspec.structs.replace(there.inbound[0], kind="callback"),))
    assert pause_ms(pressed, NOW, 2000) == 0
