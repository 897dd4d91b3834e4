"""What a customer wrote first is answered first, however many wait and however many workers fight for it."""

import asyncio

from core.settings import Settings
from storage import invariants
from tests.chaos.stage import Stage, word
from tests.peers import crew

CUSTOMERS, EACH = 40, 25
_BEFORE_ITS_QUESTION = """
SELECT count(*) FROM messages m JOIN turns t ON t.conversation_id = m.conversation_id AND t.turn = m.turn
WHERE m.direction = 'out' AND m.seq <= t.to_seq"""


async def test_a_backlog_keeps_the_order_of_the_provider_and_no_reply_stands_before_its_question(
    stage: Stage, settings: Settings
) -> None:
    """Pain 1, chatwoot#12661: under congestion the customer's message appeared after the reply to it."""
    account = await stage.connect("telegram")
    said = {str(5_215_550_000_000 + n): [word() for _ in range(EACH)] for n in range(CUSTOMERS)}
    for number in range(EACH):
        await asyncio.gather(*(stage.hears("telegram", peer, f"tienen {said[peer][number]}?") for peer in said))
    async with crew.workers(settings, 2):
        await stage.quiet()
    for peer, words in said.items():
        rows = await stage.resources.pg.fetch(
            "SELECT text FROM messages WHERE conversation_id = $1 AND direction = 'in' ORDER BY seq",
            f"{account.id}:{peer}",
        )
        assert [row["text"] for row in rows] == [f"tienen {each}?" for each in words]
        answers = [sent.text for sent in stage.sink.sent if sent.to == peer]
        assert [next((each for each in words if each in text), text) for text in answers] == words
    assert await stage.resources.pg.fetchval(_BEFORE_ITS_QUESTION) == 0
    assert await invariants.check(stage.resources) == []


async def test_eight_workers_whose_leases_lapse_all_the_time_handle_one_conversation_in_its_order(
    stage: Stage, settings: Settings
) -> None:
    """Pain 6, tridz-dev/huf#362: a worker that lost the lock queued its message again at the back."""
    await stage.connect("telegram")
    words = [word() for _ in range(300)]
    for each in words:
        await stage.hears("telegram", "5215550001111", f"tienen {each}?")
    hasty = settings.model_copy(update={"lease_seconds": 0.02, "sweep_seconds": 0.1})
    async with crew.workers(hasty, 8) as hands:
        await stage.quiet()
    assert sum(hand.ran > 0 for hand in hands) > 1, "no second worker ever had the conversation"
    turns = await stage.resources.pg.fetch("SELECT from_seq, to_seq FROM turns ORDER BY turn")
    asked = await stage.resources.pg.fetch("SELECT seq FROM messages WHERE direction = 'in' ORDER BY seq")
    assert [row["from_seq"] for row in turns] == [row["seq"] for row in asked]
    await stage.answered_once(*words)
