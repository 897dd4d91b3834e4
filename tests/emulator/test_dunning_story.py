"""A debt's whole story by the time machine, over HTTP: reminders, a fallback, parts, a card, a voucher, silence."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app import Api
from core.settings import Settings
from storage import accounts, clocks, invariants, payment_accounts, tenants
from storage.resources import Resources
from tests.emulator.conftest import Emulator, account
from tests.serving import serve, work
from tests.storage.money import owe
from tests.workers import debts
from workers import payments, time_machine

PHONE = "+525550001111"
STRIPE = {"secret_key": "sk_test_story", "webhook_secret": "whsec_story"}
BASES = {"whatsapp_cloud": "graph", "sms": "twilio"}


@pytest.fixture
async def product(resources: Resources, settings: Settings) -> AsyncIterator[tuple[None, str]]:
    """The real API where other tests of the emulator have a recorder, and a worker."""
    async with serve(Api(settings)) as url, work(resources):
        settling = asyncio.create_task(payments.run(resources))
        yield None, url
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)


class Story:
    """Ana, who owes 1,250 pesos on 30 November, and the shop that reminds her."""

    def __init__(self, resources: Resources, emulator: Emulator) -> None:
        self.resources, self._emulator = resources, emulator
        self.reminded: list[tuple[str, str]] = []  # stage, channel

    async def until(self, moment: str) -> None:
        """Let time pass until then (UTC), and every message arrive."""
        to = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        report = (await time_machine.advance(self.resources, "acme", to, "story")).plain()
        self._note(report)
        await debts.until(self._arrived)

    async def again(self) -> None:
        """Do what is due now."""
        self._note((await time_machine.run(self.resources, "acme")).plain())
        await debts.until(self._arrived)

    async def says(self, text: str, answer: str) -> str:
        """Ana writes on WhatsApp; the answer that has these words."""
        before = await self._heard(answer)
        await self._emulator.inbound("whatsapp_cloud", PHONE[1:], text)
        return await self.hears(answer, more_than=len(before))

    async def hears(self, words: str, more_than: int = 0) -> str:
        """Wait until Ana's phone shows one more message with these words."""

        async def there() -> list[str]:
            found = await self._heard(words)
            return found if len(found) > more_than else []

        found: list[str] = await debts.until(there)
        return found[-1]

    async def pays(self, link: str, action: str) -> None:
        """Ana pays on the provider's page, or her money comes in."""
        await self._emulator.post("/emulator/payments", {"session": link, "action": action})

    async def invoice(self) -> tuple[str, int]:
        """Status and what was paid."""
        row = await self.resources.pg.fetchrow("SELECT status, paid_minor FROM invoices")
        return row["status"], row["paid_minor"]

    async def _heard(self, words: str) -> list[str]:
        return [entry["text"] for entry in await self._emulator.outbox() if words in entry["text"]]

    def _note(self, report: dict[str, Any]) -> None:
        assert report["waiting"] == 0
        self.reminded += [(step["stage"], step["channel"]) for step in report["sent"]]

    async def _arrived(self) -> bool:
        return not await self.resources.pg.fetchval(
            """SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
               WHERE m.content ? 'dunning' AND c.channel = 'whatsapp_cloud'
                 AND m.status NOT IN ('delivered', 'read', 'failed')"""
        )


@pytest.fixture
async def story(resources: Resources, emulator: Emulator) -> Story:
    await tenants.create(
        resources, "acme", name="Acme", environment="sandbox", currency="MXN", locale="es",
        timezone="America/Mexico_City", settings={"dunning": {"instalments": 2, "instalment_days": 2}},
    )  # fmt: skip
    for channel, base in BASES.items():
        known = account(channel)
        await accounts.connect(
            resources, tenant="acme", channel=channel, address=known.address, secrets=known.secrets,
            api_base=f"{emulator.url}/{base}",
        )  # fmt: skip
    await payment_accounts.connect(
        resources, tenant="acme", provider="stripe", secrets=STRIPE, api_base=f"{emulator.url}/stripe"
    )
    registered = {"tenant": "acme", "channel": "stripe", "address": "stripe", "secrets": STRIPE}
    await emulator.post("/emulator/accounts", {"accounts": [registered]})
    await debts.rules(resources, fallback_after_hours=48)
    await owe(resources, await debts.debtor(resources))
    await clocks.put(resources, "acme", datetime(2026, 11, 26, 18, tzinfo=UTC), "story")
    return Story(resources, emulator)


async def test_from_the_first_reminder_to_the_silence_after_the_last_payment(story: Story, emulator: Emulator):
    await story.until("2026-11-27T18:00")
    assert story.reminded == [("T-3", "whatsapp_cloud")]

    late = {"provider": "whatsapp", "kind": "error_code", "code": 131026, "late": True}
    await emulator.post("/emulator/faults", late)
    await story.until("2026-11-29T18:00")  # WhatsApp took it, and tells later that it could not deliver it
    await story.again()
    assert story.reminded[1:] == [("T-1", "whatsapp_cloud"), ("T-1", "sms")]

    await story.until("2026-11-30T18:00")
    assert story.reminded[3:] == [("DUE", "whatsapp_cloud")]
    await story.says("¿puedo pagar en 2 pagos?", "1. $625.00 MXN, el 30/11/2026")
    await story.says("sí", "anoté este plan")
    await story.pays(_link(await story.says("quiero pagar", "Paga F-1 aquí")), "card")
    await story.hears("Recibimos tu pago")
    assert await story.invoice() == ("partially_paid", 625_00)

    await story.until("2026-12-02T20:00")  # the plan is kept: nothing is said, up to the day of the second part
    assert len(story.reminded) == 4
    await story.until("2026-12-03T18:00")  # which she forgot: the newest stage that the plan held back comes
    assert story.reminded[4:] == [("T+1", "whatsapp_cloud")]

    link = _link(await story.says("mándame el link de pago", "Paga F-1 aquí"))
    await story.pays(link, "oxxo")
    await story.hears("ficha OXXO")
    assert await story.invoice() == ("partially_paid", 625_00)
    await story.until("2026-12-04T12:00")
    await story.pays(link, "oxxo_paid")
    await story.hears("Recibimos tu pago", more_than=1)
    assert await story.invoice() == ("paid", 1250_00)

    await story.until("2027-01-20T18:00")
    assert len(story.reminded) == 5
    assert await invariants.check(story.resources) == []


def _link(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    assert found, text
    return found[0]
