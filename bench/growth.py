"""Whether the system stays as fast and as small when it holds much: long conversations, many rows, many customers."""

import time
import uuid
from collections.abc import Callable

from bench import system as systems
from bench.figures import Figure
from bench.load import closed_loop
from bench.system import System
from bench.traffic import Traffic
from core.conversation import Outcome
from core.messages import Account, Envelope, Part, Reply, Sender
from storage.conversations import Conversations, Finished, Written
from storage.inbox import Arrival, Inbox
from storage.outbox import Claim, Finish, Outbox
from storage.resources import Resources

_CYCLES = 300
_FEW, _EACH = 50, 20  # conversations and messages in each: a thousand


class Steps:
    """The storage side of a turn, one after the other in this process: what grows with the data, if anything does."""

    def __init__(self, resources: Resources, account: Account) -> None:
        self._account, self._inbox = account, Inbox(resources)
        self._conversations, self._outbox = Conversations(resources), Outbox(resources, "bench")
        self.seconds: dict[str, float] = {}

    async def turn(self, peer: str) -> None:
        """Take a message in, answer it, send the answer."""
        clock = time.perf_counter
        envelope = Envelope(dedupe=uuid.uuid4().hex, sender=Sender(id=peer), text="hola, ¿tienen balatas?")
        marks = [clock()]
        (stored,) = await self._inbox.put([Arrival(account=self._account, envelope=envelope)])
        marks.append(clock())
        loaded = await self._conversations.load(getattr(stored, "conversation_id", ""))
        marks.append(clock())
        assert loaded
        text = "Sí, esto es lo que encontré: …"
        outcome = Outcome(replies=(Reply(text=text),), agent="sales", mode="bot", locale="es", state={})
        written = (Written(part=Part(text=text), author="agent"),)
        finished = Finished(conversation=loaded.conversation, outcome=outcome, written=written, result="answered")
        saved = await self._conversations.save(finished)
        marks.append(clock())
        assert saved
        place = {"conversation_id": loaded.conversation.id, "seq": saved.first_seq}
        await self._outbox.claim(Claim(**place, windowed=True, templated=False))  # type: ignore[arg-type]
        marks.append(clock())
        await self._outbox.finish(Finish(**place, result="sent", provider_id=uuid.uuid4().hex))  # type: ignore[arg-type]
        marks.append(clock())
        names = ("ingest", "load", "commit", "claim", "finish")
        for name, begin, end in zip(names, marks, marks[1:], strict=False):
            self.seconds[name] = self.seconds.get(name, 0.0) + end - begin


async def turn_cost(resources: Resources, account: Account, peer_of: Callable[[int], str]) -> dict[str, float]:
    """Milliseconds of each step, the mean of many turns one after the other."""
    warm = Steps(resources, account)
    for number in range(30):
        await warm.turn(peer_of(number))
    steps = Steps(resources, account)
    for number in range(_CYCLES):
        await steps.turn(peer_of(number))
    return {name: 1000 * seconds / _CYCLES for name, seconds in steps.seconds.items()}


async def lengths(resources: Resources, account: Account) -> list[Figure]:
    """The cost of a turn in a conversation of 10 messages and in one of 10,000."""
    for peer, messages in (("short", 10), ("long", 10_000)):
        await Steps(resources, account).turn(peer)
        await fill(resources, account, peer, messages)
    await resources.pg.execute("VACUUM ANALYZE messages")
    short = sum((await turn_cost(resources, account, lambda _: "short")).values())
    long = sum((await turn_cost(resources, account, lambda _: "long")).values())
    return [
        Figure("turn in a conversation of 10 messages", short, "ms"),
        Figure("turn in a conversation of 10,000, times that", long / short, "x", 1.3, 1.1, "low"),
    ]


async def stored(resources: Resources, account: Account, most: int = 1_000_000) -> list[Figure]:
    """The cost of a turn with a thousand stored messages and with a million; what other parts left is removed."""
    await resources.pg.execute(
        "TRUNCATE todo, messages, turns, message_events, conversations, peers, customers CASCADE"
    )
    await crowd(resources, account, conversations=_FEW, messages=_EACH, prefix="few")
    small = await turn_cost(resources, account, lambda n: f"few{n % _FEW + 1}")
    many = most // _EACH
    await crowd(resources, account, conversations=many, messages=_EACH)
    large = await turn_cost(resources, account, lambda n: f"crowd{n * 31 % many + 1}")
    steps = [Figure(f"step of a turn alone: {name}", value, "ms") for name, value in large.items()]
    ratio = sum(large.values()) / sum(small.values())
    return [*steps, Figure(f"turn with {most:,} stored messages, times 1,000", ratio, "x", 1.3, 1.1, "low")]


async def memory(
    system: System, resources: Resources, account: Account, traffic: Traffic, conversations: int
) -> list[Figure]:
    """What the processes hold more after serving while that many conversations are stored."""
    await closed_loop(traffic.answered, together=50, seconds=6)
    before = _resident(system)
    await crowd(resources, account, conversations=conversations, messages=2, prefix="many")
    await closed_loop(traffic.answered, together=50, seconds=6)
    grown = (_resident(system) - before) / 1e6
    return [Figure(f"memory of the processes, more with {conversations:,} conversations", grown, "MB", 20, 5, "low")]


def _resident(system: System) -> int:
    return sum(systems.usage(child.pids).resident_bytes for child in system.children)


async def fill(resources: Resources, account: Account, peer: str, messages: int) -> None:
    """Bring a conversation to this many messages, half of them ours."""
    await resources.pg.execute(
        """
        WITH c AS (UPDATE conversations SET last_seq = $3::bigint WHERE id = $1 || ':' || $2 RETURNING *)
        INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, content,
                              status, provider_message_id)
        SELECT c.tenant_id, c.id, c.account_id, CASE WHEN n % 2 = 1 THEN 'in' ELSE 'out' END, n,
               CASE WHEN n % 2 = 1 THEN 'customer' ELSE 'agent' END, 'message', 'texto número ' || n, '{}',
               CASE WHEN n % 2 = 1 THEN 'received' ELSE 'delivered' END, $2 || n
        FROM c, generate_series(3, $3::bigint) n
        """,
        account.id, peer, messages, timeout=300,
    )  # fmt: skip


async def crowd(
    resources: Resources, account: Account, *, conversations: int, messages: int, prefix: str = "crowd"
) -> None:
    """Store many customers, each with a conversation of some messages."""
    await resources.pg.execute(
        """
        WITH people AS (
          INSERT INTO customers (tenant_id, name) SELECT $2, $4 || n FROM generate_series(1, $3::int) n
          RETURNING id, name
        ), talks AS (
          INSERT INTO conversations (id, tenant_id, account_id, channel, peer, customer_id, last_seq, window_until)
          SELECT $1 || ':' || p.name, $2, $1, $6, p.name, p.id, $5::int, now() + interval '1 day' FROM people p
          RETURNING id, peer
        ), known AS (
          INSERT INTO peers (account_id, peer, tenant_id, conversation_id) SELECT $1, peer, $2, id FROM talks
        )
        INSERT INTO messages (tenant_id, conversation_id, account_id, direction, seq, author, kind, text, status,
                              provider_message_id)
        SELECT $2, t.id, $1, CASE WHEN n % 2 = 1 THEN 'in' ELSE 'out' END, n,
               CASE WHEN n % 2 = 1 THEN 'customer' ELSE 'agent' END, 'message', 'texto número ' || n,
               CASE WHEN n % 2 = 1 THEN 'received' ELSE 'delivered' END, t.peer || ':' || n
        FROM talks t, generate_series(1, $5::int) n
        """,
        account.id, account.tenant, conversations, prefix, messages, account.channel, timeout=900,
    )  # fmt: skip
    await resources.pg.execute("VACUUM ANALYZE messages, conversations, peers, customers", timeout=300)
