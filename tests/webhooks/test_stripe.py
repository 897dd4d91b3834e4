"""`POST /webhooks/stripe/{tenant}`: who may knock, what is kept, and what is answered."""

import io
import json
from typing import Any

import aiohttp
import pytest

from core.clock import Clock
from core.errors import BadSignature
from core.messages import Request
from core.payments import ProviderAccount
from payments import stripe_signature
from payments.stripe_webhook import StripeWebhook
from tests.payments.events import Paying, body
from tests.payments.recorded import recorded
from tests.storage.business import make_customer, make_tenant
from tests.storage.money import SECRET, account, owe


@pytest.fixture
async def url(resources, api_url) -> str:
    await make_tenant(resources)
    await account(resources, "http://127.0.0.1:9")
    await owe(resources, await make_customer(resources))
    return f"{api_url}/webhooks/stripe/acme"


async def post(url: str, payload: bytes, header: str | None = None, method: str = "POST") -> tuple[int, Any]:
    signed = stripe_signature.signature(payload, [SECRET], Clock.millis() // 1000) if header is None else header
    async with aiohttp.ClientSession() as http, http.request(
        method, url, data=io.BytesIO(payload), headers={"Stripe-Signature": signed}
    ) as answer:
        return answer.status, json.loads(await answer.read() or b"null")


async def events(resources: Any) -> list[tuple[str, str]]:
    rows = await resources.pg.fetch("SELECT name, status FROM webhook_events ORDER BY received_at, event_id")
    return [(row["name"], row["status"]) for row in rows]


async def test_an_event_is_kept_once_and_waits_for_a_worker(resources, url):
    payload = body(Paying().completed())
    assert [(await post(url, payload))[0] for _ in range(3)] == [200, 200, 200]
    assert await events(resources) == [("checkout.session.completed", "waiting")]


async def test_what_concerns_no_payment_is_recorded_and_answered_with_200(resources, url):
    for name in ("evt_invoice_paid", "evt_thin_checkout_completed"):
        assert (await post(url, body(recorded("stripe", name))))[0] == 200
    assert {status for _, status in await events(resources)} == {"ignored"}
    for payload in (b"[1]", b"{}", b"\xff{", b'{"id": 1, "type": "x"}', b"[" * 100_000):
        assert (await post(url, payload))[0] == 200
    assert await resources.pg.fetchval("SELECT count(*) FROM dead_letters WHERE source = 'webhook'") == 5


async def test_without_a_right_signature_nobody_gets_in(resources, url):
    payload, now = body(Paying().completed()), Clock.millis() // 1000
    good = stripe_signature.signature(payload, [SECRET], now)
    rolled = stripe_signature.signature(payload, ["whsec_old", SECRET], now)
    for header in ("", "t=1", "v1=00", "nonsense", good.replace("v1", "v0"), good[:-1] + "é", f"t={now}x,v1=00",
                   stripe_signature.signature(payload, ["whsec_wrong"], now),
                   stripe_signature.signature(payload, [SECRET], now - 400)):  # fmt: skip
        status, answer = await post(url, payload, header.encode().decode("latin-1"))
        assert (status, answer["error"]["code"]) == (403, "bad_signature"), header
    assert await events(resources) == []
    assert (await post(url, payload, rolled))[0] == 200


async def test_nobody_there_wrong_method_too_large(resources, url):
    assert (await post(url.replace("acme", "nobody"), b"{}"))[0] == 404
    await make_tenant(resources, "other")
    assert (await post(url.replace("acme", "other"), b"{}"))[0] == 404
    assert (await post(url.removesuffix("/acme"), b"{}"))[0] == 404
    assert (await post(url, b"", method="GET"))[0] == 405
    assert (await post(url, b" " * (4 * 1024 * 1024 + 1)))[0] == 413


async def test_without_the_database_the_provider_is_asked_to_come_again(resources, url, monkeypatch):
    await resources.pg.execute("ALTER TABLE webhook_events RENAME TO away")
    try:
        assert (await post(url, body(Paying().completed())))[0] == 503
    finally:
        await resources.pg.execute("ALTER TABLE away RENAME TO webhook_events")


@pytest.mark.parametrize("case", recorded("stripe", "signature_vectors")["cases"], ids=lambda case: case["name"])
def test_signatures_are_judged_as_stripes_own_sdk_does(case):
    vectors = recorded("stripe", "signature_vectors")
    own = ProviderAccount(tenant="acme", provider="stripe", secrets={"webhook_secret": vectors["secret"]})
    headers = {"stripe-signature": case["header"]} if case["header"] is not None else {}
    request = Request(method="POST", path="/", query="", headers=headers, body=case["body"].encode())
    if case["ok"]:
        StripeWebhook().verify(request, own, case["now"])
    else:
        with pytest.raises(BadSignature):
            StripeWebhook().verify(request, own, case["now"])
