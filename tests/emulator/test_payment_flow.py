"""A payment's whole way: link, pay page, signed webhook, settled invoice, receipt on the customer's phone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app import Api
from core.settings import Settings
from orchestrator import payment_links
from storage import accounts, invariants, payment_accounts, tenants
from storage.resources import Resources
from tests.emulator.conftest import Emulator, account
from tests.serving import serve, work
from tests.storage.money import owe
from workers import payments, reconcile

ANA = "100000001"
STRIPE = {"secret_key": "sk_test_flow", "webhook_secret": "whsec_flow"}


@pytest.fixture
async def product(resources: Resources, settings: Settings) -> AsyncIterator[tuple[None, str]]:
    """The real API where other tests of the emulator have a recorder, and a worker."""
    async with serve(Api(settings)) as url, work(resources):
        settling = asyncio.create_task(payments.run(resources))
        yield None, url
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)


@pytest.fixture
async def ana(resources: Resources, emulator: Emulator) -> int:
    """A customer on Telegram with an invoice F-1 of 1,250.00 MXN."""
    await tenants.create(resources, "acme", name="Acme", environment="sandbox", currency="MXN", locale="es")
    telegram = account("telegram")
    await accounts.connect(
        resources, tenant="acme", channel="telegram", address=telegram.address, secrets=telegram.secrets,
        api_base=f"{emulator.url}/telegram",
    )  # fmt: skip
    await payment_accounts.connect(
        resources, tenant="acme", provider="stripe", secrets=STRIPE, api_base=f"{emulator.url}/stripe"
    )
    registered = {"tenant": "acme", "channel": "stripe", "address": "stripe", "secrets": STRIPE}
    await emulator.post("/emulator/accounts", {"accounts": [registered]})
    await emulator.inbound("telegram", ANA, "hola")
    await heard(emulator, "")
    customer: int = await resources.pg.fetchval("SELECT id FROM customers")
    await owe(resources, customer)
    return customer


async def heard(emulator: Emulator, words: str) -> list[dict[str, Any]]:
    """Wait until the customer's phone shows a message with these words; all of those that have them."""
    async with asyncio.timeout(90):
        while True:
            found = [entry for entry in await emulator.outbox(ANA) if words in entry["text"]]
            if found:
                return found
            await asyncio.sleep(0.05)


async def quiet(resources: Resources, events: int) -> None:
    """Wait until so many events have come and nothing waits any more."""
    async with asyncio.timeout(90):
        while True:
            row = await resources.pg.fetchrow(
                "SELECT (SELECT count(*) FROM webhook_events WHERE handled_at IS NOT NULL) AS done, (SELECT count(*) "
                "FROM webhook_events WHERE due_at IS NOT NULL) + (SELECT count(*) FROM todo) AS waiting"
            )
            if row["done"] >= events and not row["waiting"]:
                return
            await asyncio.sleep(0.05)


async def test_a_link_is_paid_in_the_browser_and_one_receipt_comes(resources, emulator, ana):
    link = await payment_links.link(resources, "acme", "invoice", "F-1")
    assert link.url.startswith(emulator.url)
    async with emulator.http.post(link.url, data={"action": "card"}) as page:
        assert "Pagado" in await page.text()
    (receipt,) = await heard(emulator, "Recibimos tu pago")
    assert "$1,250.00 MXN" in receipt["text"]
    await emulator.post("/emulator/payments", {"session": link.url, "action": "refund", "amount": 25000, "copies": 3})
    await heard(emulator, "$250.00")
    await quiet(resources, 6)
    assert len(await heard(emulator, "Recibimos tu pago")) == 1
    row = await resources.pg.fetchrow("SELECT status, paid_minor, payment_url FROM invoices")
    assert tuple(row) == ("paid", 100000, None)
    assert await resources.pg.fetchval("SELECT status FROM payment_links") == "complete"
    assert await invariants.check(resources) == []


async def test_a_payment_whose_webhooks_never_came_is_found_in_the_providers_list(resources, emulator, ana):
    link = await payment_links.link(resources, "acme", "invoice", "F-1")
    for action in ("declined", "card"):
        await emulator.post("/emulator/payments", {"session": link.url, "action": action, "lose": True})
    (account,) = await payment_accounts.to_reconcile(resources, reconcile.EVERY)
    found = await reconcile.reconcile(resources, account)
    assert (found.seen, found.missed) == (6, 5)  # Stripe tells of a failed charge too: that concerns nobody
    await heard(emulator, "Recibimos tu pago")
    assert (await reconcile.reconcile(resources, account)).missed == 0
    assert await payment_accounts.to_reconcile(resources, reconcile.EVERY) == []
    assert await resources.pg.fetchval("SELECT status FROM invoices") == "paid"


async def test_a_link_that_ran_out_in_silence_is_closed(resources, emulator, ana):
    await payment_links.link(resources, "acme", "invoice", "F-1")
    await resources.pg.execute("UPDATE payment_links SET expires_at = now() - interval '2 hours'")
    (account,) = await payment_accounts.to_reconcile(resources, reconcile.EVERY)
    await reconcile.reconcile(resources, account)
    assert await resources.pg.fetchval("SELECT status FROM payment_links") == "expired"
    assert await resources.pg.fetchval("SELECT payment_url FROM invoices") is None


async def test_a_voucher_that_is_paid_days_later_settles_the_invoice(resources, emulator, ana):
    link = await payment_links.link(resources, "acme", "invoice", "F-1")
    await emulator.post("/emulator/payments", {"session": link.url, "action": "oxxo"})
    await heard(emulator, "ficha OXXO")
    assert await resources.pg.fetchval("SELECT status FROM invoices") == "open"
    await emulator.post("/emulator/payments", {"session": link.url, "action": "oxxo_paid"})
    await heard(emulator, "Recibimos tu pago")
    assert await resources.pg.fetchval("SELECT status FROM invoices") == "paid"
