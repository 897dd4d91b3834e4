"""A claim whose answer or outcome was lost with the database connection is looked after by the worker that made it."""

import asyncpg
import pytest

from core.messages import Account
from storage.journal import Journal
from storage.outbox import Claim, Finish, Outbox, Verdict
from storage.resources import Resources
from tests.storage import given
from workers.claims import Claims

WORKER = "w1"
Lost = asyncpg.ConnectionDoesNotExistError


@pytest.fixture
def journal(resources: Resources) -> Journal:
    return Journal(resources.settings.home, WORKER)


@pytest.fixture
def claims(resources: Resources, journal: Journal) -> Claims:
    return Claims(resources, WORKER, journal)


async def to_send(resources: Resources) -> tuple[Account, Claim]:
    account = await given.account(resources)
    saved = await given.answered(resources, account, "hola")
    return account, Claim(conversation_id=f"{account.id}:1", seq=saved.first_seq, windowed=False, templated=False)


def idle(_conversation: str) -> bool:
    return False


async def state(resources: Resources) -> tuple[str, str | None, str | None]:
    row = await resources.pg.fetchrow(
        """SELECT m.status, t.state, m.provider_message_id FROM messages m LEFT JOIN todo t ON t.message_id = m.id
           WHERE m.direction = 'out'"""
    )
    return row["status"], row["state"], row["provider_message_id"]


async def test_a_claim_whose_answer_was_lost_is_free_again_though_another_worker_looks_at_it(
    resources: Resources, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, claim = await to_send(resources)
    real = Outbox.claim

    async def lost(outbox: Outbox, claim: Claim) -> Verdict:
        await real(outbox, claim)
        raise Lost("connection was closed in the middle of operation")

    monkeypatch.setattr(Outbox, "claim", lost)
    with pytest.raises(Lost):
        await claims.claim(claim)
    monkeypatch.undo()
    assert await state(resources) == ("pending", "sending", None)
    assert await claims.tend(idle) == [claim.conversation_id]
    assert await state(resources) == ("pending", "waiting", None)
    assert (await given.claim(resources, account, claim.seq, worker="w2")).verdict == "sending"
    assert await claims.tend(idle) == []
    assert (await state(resources))[1] == "sending"


async def test_an_outcome_that_could_not_be_written_down_is_written_down_later_and_not_called_unknown(
    resources: Resources, claims: Claims, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, claim = await to_send(resources)
    assert (await claims.claim(claim)).verdict == "sending"
    journal.begin(claim.conversation_id, claim.seq)
    journal.end(claim.conversation_id, claim.seq, "p1")

    async def away(outbox: Outbox, finish: Finish) -> bool:
        raise Lost("connection was closed in the middle of operation")

    monkeypatch.setattr(Outbox, "finish", away)
    monkeypatch.setattr("workers.claims._WRITE_ATTEMPTS", 1)
    finish = Finish(conversation_id=claim.conversation_id, seq=claim.seq, result="sent", provider_id="p1")
    await claims.finish(finish)
    assert await state(resources) == ("pending", "sending", None)
    await claims.tend(idle)
    assert await state(resources) == ("sent", None, "p1")
    assert journal.entry(claim.conversation_id, claim.seq) is None


async def test_a_send_under_way_is_left_alone(resources: Resources, claims: Claims, journal: Journal) -> None:
    _, claim = await to_send(resources)
    await claims.claim(claim)
    journal.begin(claim.conversation_id, claim.seq)
    assert await claims.tend(lambda conversation: conversation == claim.conversation_id) == []
    assert await state(resources) == ("pending", "sending", None)


async def test_a_request_without_an_outcome_is_of_unknown_outcome(
    resources: Resources, claims: Claims, journal: Journal
) -> None:
    _, claim = await to_send(resources)
    await claims.claim(claim)
    journal.begin(claim.conversation_id, claim.seq)
    assert await claims.settle(claim.conversation_id, claim.seq, WORKER)
    assert (await state(resources))[:2] == ("unknown", "unknown")


async def test_the_send_of_another_worker_is_not_decided(resources: Resources, claims: Claims) -> None:
    account, claim = await to_send(resources)
    await given.claim(resources, account, claim.seq, worker="w2")
    assert not await claims.settle(claim.conversation_id, claim.seq, "w2")
    assert (await state(resources))[1] == "sending"
