"""Nobody waits behind bulk, and no provider has to refuse what we send: told by order and counts, not by time."""

import pytest

from bench.sink import Fate, Sent
from core.messages import Account
from core.settings import Settings
from emulator.limits import Buckets, Limits
from storage import invariants
from storage.conversations import Conversations
from storage.doorbell import Doorbell
from tests.chaos.stage import Stage, word
from tests.peers import crew, proactive
from tests.storage import given

LIVE = "5215550001111"


class Enforcing:
    """The provider's own buckets, as the emulator keeps them: what goes over is refused with a 429."""

    def __init__(self, stage: Stage) -> None:
        self._buckets, self.limits = Buckets(), Limits()
        stage.sink.program = self._judge

    async def _judge(self, sent: Sent) -> Fate:
        cloud = sent.channel == "whatsapp_cloud"
        account = self.limits.whatsapp_number if cloud else self.limits.telegram_bot
        pair = self.limits.whatsapp_pair if cloud else self.limits.telegram_chat
        full = self._buckets.take("account", sent.channel, account) or self._buckets.take("pair", sent.to, pair)
        return 429 if full else None


async def paced(stage: Stage, channel: str) -> Account:
    """Play a provider with limits: a sandbox is paced like the real one, a bare sink is not."""
    await stage.resources.pg.execute("UPDATE tenants SET environment = 'sandbox'")
    return await stage.connect(channel)


async def recipients(stage: Stage, account: Account, count: int) -> list[str]:
    """Conversations of customers who wrote once and wait for nothing."""
    for number in range(count):
        await given.received(stage.resources, account, peer=f"52155600{number:05}")
    await stage.resources.pg.execute("DELETE FROM todo")
    await stage.resources.pg.execute("UPDATE conversations SET version = 1")
    await stage.resources.pg.execute(
        """INSERT INTO turns (conversation_id, turn, tenant_id, from_seq, to_seq, outcome)
           SELECT id, 1, tenant_id, 1, 1, 'silent' FROM conversations"""
    )
    return [f"{account.id}:52155600{number:05}" for number in range(count)]


@pytest.mark.parametrize("channel", ["whatsapp_cloud", "telegram"])
async def test_live_replies_overtake_bulk_and_the_provider_never_has_to_refuse(
    stage: Stage, settings: Settings, channel: str
) -> None:
    """Pain 18, chatwoot#13961, hermes-agent#80070, joel#133; pain 19, nyaruka/rapidpro#639: behind bulk sends."""
    account = await paced(stage, channel)
    Enforcing(stage)
    many = 240 if channel == "whatsapp_cloud" else 100
    ids = await recipients(stage, account, many)
    await proactive.bulk(stage.resources, ids, "oferta")
    words = [word() for _ in range(8)]
    async with crew.workers(settings, 2):
        await Doorbell(stage.resources).ring(((each, 0) for each in ids), "bulk")
        for number, each in enumerate(words):
            await stage.hears(channel, f"{LIVE}{number}", f"tienen {each}?")
        await stage.replies(*words)
        before = sum("oferta" in sent.text for sent in stage.sink.sent)
        await stage.quiet()
    assert before < many / 2, f"{before} of {many} bulk messages went before the live replies"
    assert stage.sink.refused == 0
    assert sum("oferta" in sent.text for sent in stage.sink.sent) == many
    assert await invariants.check(stage.resources) == []


async def test_thirty_parts_to_one_person_go_in_order_without_a_refusal(stage: Stage, settings: Settings) -> None:
    """Pain 18: 131056, one message every 6 s and 45 at once for a pair."""
    account = await paced(stage, "whatsapp_cloud")
    Enforcing(stage)
    await given.received(stage.resources, account, peer=LIVE)
    texts = [f"parte {number:02}" for number in range(30)]
    loaded = await given.loaded(stage.resources, account, LIVE)
    finished = given.finished(loaded, *texts)
    assert await Conversations(stage.resources).save(finished)
    async with crew.workers(settings, 2):
        await Doorbell(stage.resources).ring([(f"{account.id}:{LIVE}", 0)])
        await stage.quiet()
    assert [sent.text for sent in stage.sink.sent] == texts
    assert stage.sink.refused == 0
    assert await invariants.check(stage.resources) == []


async def test_who_writes_while_bulk_waits_for_them_is_answered_at_once_and_in_order(
    stage: Stage, settings: Settings
) -> None:
    """Pain 19: the bulk message at the head of a live conversation goes with its reply, not with the campaign."""
    account = await paced(stage, "telegram")
    Enforcing(stage)
    ids = await recipients(stage, account, 100)
    await proactive.bulk(stage.resources, ids, "oferta")
    asked, last = word(), ids[-1].rpartition(":")[2]
    async with crew.workers(settings, 2):
        await Doorbell(stage.resources).ring(((each, 0) for each in ids), "bulk")
        await stage.hears("telegram", last, f"tienen {asked}?")
        await stage.replies(asked)
        before = len(stage.sink.sent)
        await stage.quiet()
    assert before < 60, f"{before} messages went first"
    assert ["oferta" in sent.text for sent in stage.sink.sent if sent.to == last] == [True, False]
    assert stage.sink.refused == 0
    assert await invariants.check(stage.resources) == []


async def test_a_campaign_of_one_tenant_leaves_the_replies_of_another_alone(stage: Stage, settings: Settings) -> None:
    """Pain 19: tenant B hardly notices the bulk of tenant A."""
    account, mine = await paced(stage, "telegram"), word()
    other = await given.account(stage.resources, "telegram", tenant="other")
    base = stage.sink.base("other", "telegram")
    await stage.resources.pg.execute("UPDATE channel_accounts SET api_base = $2 WHERE id = $1", other.id, base)
    ids = await recipients(stage, account, 100)
    await proactive.bulk(stage.resources, ids, "oferta")
    await given.received(stage.resources, other, f"tienen {mine}?", peer="7")
    async with crew.workers(settings, 1):  # nobody rings: the sweeper finds both
        await stage.replies(mine)
        before = sum("oferta" in sent.text for sent in stage.sink.sent)
        await stage.quiet()
    assert before < 60
    assert await invariants.check(stage.resources) == []
