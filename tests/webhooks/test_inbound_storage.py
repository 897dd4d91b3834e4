"""What a webhook leaves in the database when its data is unusual."""

from core.messages import Account, Envelope, Sender
from storage import accounts, tenants
from storage.accounts import Accounts
from storage.inbox import Arrival, Inbox, Rejected, Stored, amend
from storage.resources import Resources


async def connected(resources: Resources) -> Account:
    await tenants.create(resources, "acme", name="Acme")
    account_id = await accounts.connect(
        resources, tenant="acme", channel="telegram", address="1", secrets={"token": "1:t", "webhook_secret": "s"}
    )
    return await Accounts(resources).get(account_id)


def said(dedupe: str, text: str = "hola", kind: str = "message", target: str | None = None) -> Envelope:
    return Envelope(dedupe=dedupe, sender=Sender(id="7"), text=text, kind=kind, target=target)


async def test_an_envelope_that_cannot_be_stored_takes_no_other_with_it(resources: Resources) -> None:
    account = await connected(resources)
    # Incompressible and over a third of a page: no index of PostgreSQL takes such a key.
    unstorable = said("".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(9000)))
    arrivals = [Arrival(account=account, envelope=envelope) for envelope in (said("a"), unstorable, said("b"))]
    first, poison, last = await Inbox(resources).put(arrivals)
    assert isinstance(first, Stored)
    assert first.fresh
    assert isinstance(poison, Rejected)
    assert isinstance(last, Stored)
    assert last.fresh
    assert [row["seq"] for row in await resources.pg.fetch("SELECT seq FROM messages ORDER BY seq")] == [1, 2]


async def test_an_edit_of_a_message_that_still_waits_changes_what_is_answered(resources: Resources) -> None:
    account = await connected(resources)
    await Inbox(resources).put([Arrival(account=account, envelope=said("a", "quiero 3"))])
    await amend(resources, account, said("e", "quiero 5", kind="edit", target="a"))
    row = await resources.pg.fetchrow("SELECT text, content->>'edited_from' AS before FROM messages")
    assert (row["text"], row["before"]) == ("quiero 5", "quiero 3")


async def test_an_edit_of_an_answered_message_changes_nothing(resources: Resources) -> None:
    account = await connected(resources)
    await Inbox(resources).put([Arrival(account=account, envelope=said("a", "quiero 3"))])
    await resources.pg.execute("DELETE FROM todo")
    await amend(resources, account, said("e", "quiero 5", kind="edit", target="a"))
    assert await resources.pg.fetchval("SELECT text FROM messages") == "quiero 3"
