"""Mercado Pago against recorded answers over HTTP, and what its notifications come to."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest

from core.errors import BadSignature, PaymentFailed, Unreadable
from core.messages import Request
from core.money import Money
from core.payment_facts import Facts
from core.payments import LinkWish, ProviderAccount
from payments.mercado_pago import MercadoPago, MercadoPagoWebhook, signed_text
from tests.payments.edge import Edge, serving
from tests.payments.recorded import recorded

WISH = LinkWish(
    id="cs:acme:invoice:F-1:1", tenant="acme", kind="invoice", number="F-1", attempt=1, amount=Money(125050, "MXN"),
    customer_id=7, locale="es", expires_at=datetime(2026, 11, 22, tzinfo=UTC), return_url="https://bot.example.test",
)  # fmt: skip
SECRETS = {"access_token": "APP_USR-1", "webhook_secret": "old,new"}


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with serving() as found:
        yield found


@pytest.fixture
async def provider() -> AsyncIterator[MercadoPago]:
    made = MercadoPago()
    yield made
    await made.close()


def account(edge: Edge) -> ProviderAccount:
    return ProviderAccount(tenant="acme", provider="mercado_pago", secrets=SECRETS, api_base=edge.url)


def told(name: str) -> Facts:
    read = MercadoPagoWebhook().read({"object": recorded("mercado_pago", name)})
    assert read is not None
    assert read.payment_id == "1312345678"
    return read.facts


async def test_a_link_is_a_preference_under_our_own_key(edge, provider):
    made = recorded("mercado_pago", "preference_created_201")
    edge.answer(500, {"message": "internal"})
    edge.answer(201, made)
    link = await provider.create(account(edge), WISH)
    assert (link.provider_id, link.url) == (made["id"], made["init_point"])
    assert {asked.headers["x-idempotency-key"] for asked in edge.asked} == {WISH.id}
    body = msgspec.json.decode(edge.asked[0].body)
    assert (body["items"][0]["unit_price"], body["items"][0]["currency_id"]) == (1250.5, "MXN")
    assert body["external_reference"] == WISH.id
    assert body["notification_url"].startswith("https://bot.example.test/webhooks/mercado_pago/acme")
    assert edge.asked[0].headers["authorization"] == "Bearer APP_USR-1"


async def test_refunds_are_decimals_and_refusals_are_told_apart(edge, provider):
    edge.answer(201, recorded("mercado_pago", "refund_created_201"))
    assert await provider.refund(account(edge), "1312345678", Money(25050, "MXN"), key="r1") == "77001122"
    assert msgspec.json.decode(edge.asked[0].body) == {"amount": 250.5}
    for status, action in ((400, "refused"), (401, "account")):
        edge.answers.clear()
        edge.answer(status, recorded("mercado_pago", "error_400_invalid_items"))
        with pytest.raises(PaymentFailed) as failed:
            await provider.create(account(edge), WISH)
        assert failed.value.action == action


async def test_a_notification_is_fetched_and_the_search_finds_what_was_missed(edge, provider):
    edge.answer(200, recorded("mercado_pago", "payment_approved_card"))
    notification = recorded("mercado_pago", "notification_payment_updated")
    event = await provider.fetched(account(edge), notification)
    read = MercadoPagoWebhook().read(event)
    assert read is not None
    assert (read.facts.status, read.facts.links) == ("succeeded", frozenset({WISH.id}))
    assert edge.asked[0].path == "/v1/payments/1312345678"
    edge.answers.clear()
    edge.answer(200, recorded("mercado_pago", "search_one_page"))
    found = [each async for each in provider.events(account(edge), datetime(2026, 11, 1, tzinfo=UTC))]
    assert [MercadoPagoWebhook().notification(each, account(edge)).concerns for each in found] == [True]
    assert await provider.fetched(account(edge), found[0]) == found[0]


def test_every_state_of_a_payment_becomes_facts():
    assert (told("payment_approved_card").received, told("payment_approved_card").currencies) == (125000, {"MXN"})
    pending = told("payment_pending_oxxo")
    assert pending.status == "pending"
    assert pending.voucher is not None
    assert pending.voucher.number == "987654321098"
    assert told("payment_refunded_partial").refunded == 25050
    assert (told("payment_rejected").status, told("payment_charged_back").status) == ("declined", "lost")
    with pytest.raises(Unreadable):
        MercadoPagoWebhook().read({"object": {"id": 1}})


@pytest.mark.parametrize("secret", ["old", "new"])
def test_the_signature_covers_the_id_the_request_and_the_time(edge, secret):
    at, own = "1795000000", account(edge)
    right = hmac.new(secret.encode(), signed_text("1312345678", "req-1", at), hashlib.sha256).hexdigest()

    def verify(number: str = "1312345678", signature: str = f"ts={at},v1={right}", now: float = 1795000010) -> None:
        headers = {"x-signature": signature, "x-request-id": "req-1"}
        request = Request(method="POST", path="/", query=f"data.id={number}&type=payment", headers=headers, body=b"{}")
        MercadoPagoWebhook().verify(request, own, now)

    verify()
    for wrong in ({"number": "2"}, {"signature": f"ts={at}"}, {"signature": ""}, {"now": 1795000999}):
        with pytest.raises(BadSignature):
            verify(**wrong)
