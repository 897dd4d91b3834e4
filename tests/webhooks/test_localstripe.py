"""An independent fake of Stripe, not ours: our adapter's refunds, and the webhooks that it signs and sends.

Runs when LOCALSTRIPE_PYTHON names an interpreter that has it (`pip install localstripe` in an environment of its own).
It plays no Checkout, so the payment is made directly.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from core.money import Money
from core.payments import ProviderAccount
from payments.stripe import Stripe
from storage import invariants
from tests.storage.business import make_customer, make_tenant
from tests.storage.money import SECRET, account, owe
from workers import payments, reconcile

PROGRAM = os.environ.get("LOCALSTRIPE_PYTHON", "")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="LOCALSTRIPE_PYTHON is not set")
SERVE = "from aiohttp import web; from localstripe.server import app; web.run_app(app, host='127.0.0.1', port={})"
KEY = {"Authorization": "Bearer sk_test_12345"}


@pytest.fixture
async def fake(resources, api_url) -> AsyncIterator[str]:
    """Its URL; it sends its webhooks to tenant acme."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(PROGRAM, "-c", SERVE.format(port))
    url = f"http://127.0.0.1:{port}"
    settling = asyncio.create_task(payments.run(resources))
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as http:
            while True:
                try:
                    hook = {"url": f"{api_url}/webhooks/stripe/acme", "secret": SECRET}
                    async with http.post(f"{url}/_config/webhooks/ours", json=hook) as answer:
                        answer.raise_for_status()
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.1)
        yield url
    finally:
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)
        process.terminate()
        await process.wait()


async def until(resources, status: str, paid: int) -> None:
    async with asyncio.timeout(60):
        while await resources.pg.fetchval("SELECT (status, paid_minor)::text FROM invoices") != f"({status},{paid})":
            await asyncio.sleep(0.1)


async def test_a_payment_of_somebody_elses_stripe_is_settled_and_refunded(resources, fake):
    await make_tenant(resources)
    await account(resources, fake)
    await owe(resources, await make_customer(resources))
    async with aiohttp.ClientSession(headers=KEY) as http:
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2030",
                "card[cvc]": "123"}  # fmt: skip
        async with http.post(f"{fake}/v1/payment_methods", data=card) as answer:
            method = (await answer.json())["id"]
        wish = {"amount": "125000", "currency": "mxn", "payment_method": method, "confirm": "true",
                "metadata[invoice_id]": "F-1", "metadata[tenant_id]": "acme"}  # fmt: skip
        async with http.post(f"{fake}/v1/payment_intents", data=wish) as answer:
            intent = (await answer.json())["id"]
    await until(resources, "paid", 125000)
    provider = Stripe()
    own = ProviderAccount(
        tenant="acme", provider="stripe", secrets={"secret_key": "sk_test_12345"}, api_base=fake
    )
    try:
        assert await provider.refund(own, intent, Money(25000, "MXN"), key="r1")
    finally:
        await provider.close()
    found = await reconcile.reconcile(resources, own)  # its list of events is read by the SDK's paging
    assert (found.seen, found.missed) == (1, 0)
    assert await invariants.check(resources) == []
