"""Tenants, accounts and messages that the engine tests begin with."""

import hashlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench import webhooks
from core.conversation import Outcome
from core.messages import Account, Envelope, Part, Reply, Sender
from core.settings import Settings
from storage import accounts, tenants
from storage import resources as resource_store
from storage.conversations import Conversations, Finished, Loaded, Saved, Written
from storage.inbox import Arrival, Inbox, Stored
from storage.outbox import Claim, Outbox, Verdict
from storage.resources import Resources

_numbers = itertools.count(1)


async def account(
    resources: Resources, channel: str = "telegram", *, tenant: str = "acme", number: int = 0, **more: Any
) -> Account:
    """A tenant (made on first use) with an account on a channel."""
    if not await resources.pg.fetchval("SELECT 1 FROM tenants WHERE id = $1", tenant):
        await tenants.create(resources, tenant, name=tenant.title(), **more)
    made = webhooks.account(tenant, channel, number)
    await accounts.connect(
        resources, tenant=tenant, channel=channel, address=made.address, secrets=made.secrets, settings=made.settings
    )
    return made


def arrival(to: Account, text: str = "hola", *, peer: str = "1", dedupe: str | None = None, **more: Any) -> Arrival:
    """A message of a customer; each has its own id unless one is given."""
    sender = Sender(id=peer, **{name: more.pop(name) for name in ("alias", "phone", "name", "locale") if name in more})
    made = Envelope(dedupe=dedupe or f"id{next(_numbers)}", sender=sender, text=text, **more)
    return Arrival(account=to, envelope=made)


async def received(resources: Resources, to: Account, *texts: str, peer: str = "1") -> list[Stored]:
    """Store messages of one customer."""
    stored = await Inbox(resources).put([arrival(to, text, peer=peer) for text in texts or ("hola",)])
    assert all(isinstance(each, Stored) for each in stored), stored
    return [each for each in stored if isinstance(each, Stored)]


async def loaded(resources: Resources, to: Account, peer: str = "1") -> Loaded:
    """Read the conversation of a customer."""
    found = await Conversations(resources).load(f"{to.id}:{peer}")
    assert found
    return found


def finished(read: Loaded, *texts: str, mode: Any = "bot", consent: str | None = None, **more: Any) -> Finished:
    """A turn that answers everything that waits with these texts."""
    outcome = Outcome(
        replies=tuple(Reply(text=text) for text in texts), agent="sales", mode=mode, locale="es", state={"n": 1}
    )
    flags = {name: more[name] for name in ("bulk", "money") if name in more}
    written = tuple(Written(part=Part(text=text), author=more.get("author", "agent"), **flags) for text in texts)
    return Finished(
        conversation=read.conversation, outcome=outcome, written=written, result="answered", consent=consent
    )


async def answered(resources: Resources, to: Account, *texts: str, peer: str = "1", **more: Any) -> Saved:
    """One message in, one turn with these replies; they wait in the outbox."""
    await received(resources, to, peer=peer)
    saved = await Conversations(resources).save(finished(await loaded(resources, to, peer), *texts, **more))
    assert saved
    return saved


async def claim(resources: Resources, to: Account, seq: int, *, peer: str = "1", worker: str = "w1") -> Verdict:
    """Wish to send one row as a channel with a session window would."""
    wish = Claim(conversation_id=f"{to.id}:{peer}", seq=seq, windowed=True, templated=False)
    return await Outbox(resources, worker).claim(wish)


def noise(length: int) -> str:
    """A text that does not compress, the same in every run."""
    digests = (hashlib.sha256(str(n).encode()).hexdigest() for n in range(length // 64 + 1))
    return "".join(digests)[:length]


@asynccontextmanager
async def opened(database: str, redis_url: str, home: Path) -> AsyncIterator[Resources]:
    """Resources on an empty database for one example of a property test, which runs its own event loop."""
    settings = Settings(database_url=database, redis_url=redis_url, home=home / "home", secret_key="test key")
    async with resource_store.open(settings, name="test", pool_size=3) as found:
        await empty(found)
        yield found


async def empty(resources: Resources) -> None:
    """Delete every row, and all that Redis holds."""
    tables = await resources.pg.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    await resources.pg.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} RESTART IDENTITY CASCADE")
    await resources.redis.flushall()
