"""The emulator's Stripe, by the unchanged SDK, and its pay page, as a browser uses it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import stripe as sdk

from core.errors import PaymentFailed
from core.money import Money
from core.payments import LinkWish, MadeLink, ProviderAccount
from emulator.stripe import Stripe as Played
from payments.stripe import Stripe
from payments.stripe_events import read, snapshot
from payments.stripe_webhook import StripeWebhook
from tests.emulator.conftest import Emulator
from tests.payments.recorded import recorded

SECRETS = {"secret_key": "sk_test_acme", "webhook_secret": "whsec_one,whsec_two"}


@pytest.fixture
async def provider() -> AsyncIterator[Stripe]:
    made = Stripe()
    yield made
    await made.close()


@pytest.fixture
async def own(emulator: Emulator) -> ProviderAccount:
    registered = {"tenant": "acme", "channel": "stripe", "address": "stripe", "secrets": SECRETS}
    await emulator.post("/emulator/accounts", {"accounts": [registered]})
    return ProviderAccount(tenant="acme", provider="stripe", secrets=SECRETS, api_base=f"{emulator.url}/stripe")


def wish(key: str = "cs:acme:invoice:F-1:1", minor: int = 125000, currency: str = "MXN") -> LinkWish:
    return LinkWish(
        id=key, tenant="acme", kind="invoice", number="F-1", attempt=1, amount=Money(minor, currency), customer_id=7,
        locale="es", expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=23),
        return_url="https://shop.example.test",
    )  # fmt: skip


async def pay(emulator: Emulator, made: MadeLink, action: str, **more: object) -> list[str]:
    answer = await emulator.post("/emulator/payments", {"session": made.url, "action": action, **more})
    return [event["type"] for event in answer["events"]]


async def test_a_key_makes_one_session_and_another_request_under_it_is_refused(emulator, own, provider):
    first, again = wish(), wish()
    made = await provider.create(own, first)
    assert await provider.create(own, first) == made
    with pytest.raises(PaymentFailed) as refused:
        await provider.create(own, wish(minor=99))
    assert refused.value.action == "renew"
    assert (await provider.create(own, wish("cs:2"))).provider_id != made.provider_id
    assert again.id == first.id


async def test_stripes_refusals_come_as_stripe_words_them(emulator, own, provider):
    for key, minor, currency, code in (("a", 5, "MXN", "amount_too_small"), ("b", 10**9, "MXN", "amount_too_large")):
        with pytest.raises(PaymentFailed) as refused:
            await provider.create(own, wish(key, minor, currency))
        assert (refused.value.code, refused.value.action) == (f"stripe:{code}", "refused")
    with pytest.raises(PaymentFailed) as unknown:
        await provider.retrieve(own, "cs_nothing")
    assert unknown.value.code == "stripe:resource_missing"
    nobody = ProviderAccount(tenant="x", provider="stripe", secrets={"secret_key": "what"}, api_base=own.api_base)
    with pytest.raises(PaymentFailed) as stranger:
        await provider.create(nobody, wish())
    assert stranger.value.action == "account"


async def test_a_card_payment_tells_all_its_events_signed_with_every_secret(emulator, own, provider):
    made = await provider.create(own, wish())
    kinds = await pay(emulator, made, "card", copies=2)
    assert kinds == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip
    requests = await emulator.product.until(lambda found: len(found) == 8)
    for request in requests:
        assert request.path == "/webhooks/stripe/acme"
        assert request.headers["stripe-signature"].count("v1=") == 2
        for secret in ("whsec_one", "whsec_two"):
            event = sdk.Webhook.construct_event(request.body, request.headers["stripe-signature"], secret)
            told = read(event.to_dict())
            assert told is not None
            assert told.facts.documents <= {"invoice:F-1"}
    facts = [told.facts.status for told in snapshot(await provider.retrieve(own, made.provider_id))]
    assert set(facts) == {"succeeded"}
    refused = await emulator.post("/emulator/payments", {"session": made.url, "action": "card"}, 400)
    assert "complete" in refused["error"]["message"]


async def test_a_voucher_is_paid_or_not_and_a_webhook_that_is_refused_comes_again(emulator, own, provider):
    emulator.product.answers = [(500, {}), (503, {})]
    made = await provider.create(own, wish())
    assert (await pay(emulator, made, "oxxo"))[-1] == "checkout.session.completed"
    await emulator.product.until(lambda found: len(found) == 5)
    assert await pay(emulator, made, "oxxo_paid") == [
        "charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded",
    ]  # fmt: skip
    other = await provider.create(own, wish("cs:2"))
    await pay(emulator, other, "oxxo")
    assert (await pay(emulator, other, "oxxo_failed"))[-1] == "checkout.session.async_payment_failed"
    intent = (await provider.retrieve(own, made.provider_id))["payment_intent"]["id"]
    with pytest.raises(PaymentFailed):
        await provider.refund(own, intent, None, key="r")


async def test_refund_dispute_expiry_and_the_list_of_events(emulator, own, provider):
    made, other = await provider.create(own, wish()), await provider.create(own, wish("cs:2"))
    await pay(emulator, made, "card", lose=True)
    intent = (await provider.retrieve(own, made.provider_id))["payment_intent"]["id"]
    assert await provider.refund(own, intent, Money(100, "MXN"), key="r1") == await provider.refund(
        own, intent, Money(100, "MXN"), key="r1"
    )
    assert await pay(emulator, made, "dispute_lost") == ["charge.dispute.created", "charge.dispute.closed"]
    await provider.expire(own, other.provider_id)
    await provider.expire(own, other.provider_id)
    since = datetime.now(UTC) - timedelta(hours=1)
    listed = [event["type"] async for event in provider.events(own, since)]
    assert listed[0] == "checkout.session.expired"
    assert len(listed) == 9
    first = await emulator.product.until(lambda found: len(found) == 5)
    StripeWebhook().verify(first[0], own, datetime.now(UTC).timestamp())


async def test_the_list_of_events_goes_on_over_pages(emulator, own, provider):
    for number in range(26):
        made = await provider.create(own, wish(f"cs:{number}"))
        await pay(emulator, made, "card", lose=True)
    found = [event["id"] async for event in provider.events(own, datetime.now(UTC) - timedelta(hours=1))]
    assert len(found) == len(set(found)) == 104


async def test_a_lost_answer_makes_no_second_session(emulator, own, provider):
    fault = {"provider": "stripe", "kind": "drop_response", "method": "POST /v1/checkout/sessions"}
    await emulator.post("/emulator/faults", fault)
    made = await provider.create(own, wish())
    (session,) = (await emulator.get("/emulator/payments"))["items"]
    assert session["id"] == made.provider_id
    await emulator.post("/emulator/faults", {"provider": "stripe", "kind": "500"})
    with pytest.raises(PaymentFailed) as failed:
        await provider.create(own, wish("cs:2"))
    assert failed.value.action == "renew"


async def test_a_link_outlives_a_restart(emulator, own, provider):
    made = await provider.create(own, wish())
    emulator.world_app.state.stripe.save()
    again = Played(emulator.world)
    again.load()
    books, events = again.happen(made.provider_id, "card")
    assert books.objects[made.provider_id]["payment_status"] == "paid"
    assert len(events) == 4
    assert emulator.world.stripe_file.stat().st_mode & 0o077 == 0


async def test_the_pay_page_speaks_the_sessions_language_and_its_buttons_pay(emulator, own, provider):
    made = await provider.create(own, wish())
    async with emulator.http.get(made.url) as page:
        html = await page.text()
    assert "Pagar en OXXO" in html
    assert "$1,250.00 MXN" in html
    assert "Factura F-1" in html
    steps = (("declined", "rechazada"), ("oxxo", "Referencia"), ("oxxo_paid", "Pagado"), ("card", "Pagado"))
    for action, shown in steps:
        async with emulator.http.post(made.url, data={"action": action}) as page:
            assert shown in await page.text(), action
    async with emulator.http.get(made.url[:-3]) as page:
        assert page.status == 404


async def test_the_objects_have_stripes_fields(emulator, own, provider):
    made = await provider.create(own, wish())
    await pay(emulator, made, "card")
    await pay(emulator, made, "refund", amount=100)
    sent = {event["type"]: event async for event in provider.events(own, datetime.now(UTC) - timedelta(hours=1))}
    for kind, name in (
        ("checkout.session.completed", "evt_checkout_completed_paid_card"),
        ("charge.succeeded", "evt_charge_succeeded"),
        ("payment_intent.succeeded", "evt_pi_succeeded"), ("charge.refunded", "evt_charge_refunded_partial"),
        ("refund.created", "evt_refund_created_partial"),
    ):  # fmt: skip
        real = recorded("stripe", name)
        assert set(sent[kind]) == set(real)
        assert set(sent[kind]["data"]["object"]) <= set(real["data"]["object"]), kind
