"""The real Stripe SDK against recorded answers over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.errors import PaymentFailed
from core.money import Money
from core.payments import LinkWish, ProviderAccount
from payments.stripe import Stripe, session_params
from tests.payments.edge import Edge, serving
from tests.payments.recorded import recorded

WISH = LinkWish(
    id="cs:acme:invoice:F-1:1", tenant="acme", kind="invoice", number="F-1", attempt=1, amount=Money(125000, "MXN"),
    customer_id=7, locale="es", expires_at=datetime(2026, 11, 22, tzinfo=UTC), return_url="https://bot.example.test",
)  # fmt: skip


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with serving() as found:
        yield found


@pytest.fixture
async def provider() -> AsyncIterator[Stripe]:
    made = Stripe()
    yield made
    await made.close()


def account(edge: Edge, **settings: str) -> ProviderAccount:
    return ProviderAccount(
        tenant="acme", provider="stripe", secrets={"secret_key": "sk_test_1"}, settings=settings, api_base=edge.url
    )


def ok(edge: Edge, name: str) -> None:
    edge.answer(200, recorded("stripe", name)["body"])


async def test_a_link_is_a_checkout_session_under_our_own_key(edge, provider):
    ok(edge, "api_checkout_session_create_200")
    made = await provider.create(account(edge, connect_account="acct_9"), WISH)
    expected = recorded("stripe", "api_checkout_session_create_200")["body"]
    assert (made.provider_id, made.url) == (expected["id"], expected["url"])
    (asked,) = edge.asked
    assert (asked.method, asked.path) == ("POST", "/v1/checkout/sessions")
    assert asked.headers["idempotency-key"] == WISH.id
    assert asked.headers["stripe-version"] == "2026-10-28.endive"
    assert asked.headers["stripe-account"] == "acct_9"
    assert asked.headers["authorization"] == "Bearer sk_test_1"
    assert asked.form["line_items[0][price_data][unit_amount]"] == "125000"
    assert asked.form["line_items[0][price_data][currency]"] == "mxn"
    assert asked.form["payment_intent_data[metadata][link]"] == WISH.id


async def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(edge, provider):
    edge.answers.append(None)
    ok(edge, "api_checkout_session_create_200")
    await provider.create(account(edge), WISH)
    first, second = edge.asked
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == WISH.id


@pytest.mark.parametrize(
    ("name", "action", "asked"),
    [
        ("api_error_400_amount_too_small", "refused", 1),
        ("api_error_400_idempotency_mismatch", "renew", 1),
        ("api_error_404_resource_missing", "refused", 1),
        ("api_error_409_idempotency_in_use", "retry", 3),
        ("api_error_429_rate_limit", "retry", 3),
    ],
)
async def test_an_error_says_what_may_be_done_about_it(edge, provider, name, action, asked):
    known = recorded("stripe", name)
    edge.answer(known["status"], known["body"])
    with pytest.raises(PaymentFailed) as caught:
        await provider.create(account(edge), WISH)
    assert (caught.value.action, len(edge.asked)) == (action, asked)
    assert "sk_test_1" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, "account"),
        (403, {"error": {"type": "invalid_request_error", "message": "no"}}, "account"),
        (500, {"error": {"type": "api_error", "message": "down"}}, "renew"),
        (502, "<html>Bad Gateway</html>", "renew"),
        (200, "<html>captive portal</html>", "renew"),
    ],
)
async def test_trouble_of_the_provider_is_not_taken_for_an_answer(edge, provider, status, body, action):
    edge.answer(status, body)
    with pytest.raises(PaymentFailed) as caught:
        await provider.create(account(edge), WISH)
    assert (caught.value.action, len(edge.asked)) == (action, 1)


async def test_a_link_that_is_closed_already_stays_closed(edge, provider):
    edge.answer(404, recorded("stripe", "api_error_404_resource_missing")["body"])
    await provider.expire(account(edge), "cs_1")
    assert edge.asked[0].path == "/v1/checkout/sessions/cs_1/expire"


async def test_a_refund_names_the_payment_and_the_minor_units_once(edge, provider):
    edge.answer(200, recorded("stripe", "evt_refund_created_partial")["data"]["object"])
    made = await provider.refund(account(edge), "pi_1", Money(250, "MXN"), key="refund-1")
    (asked,) = edge.asked
    assert made.startswith("re_")
    assert asked.form == {"payment_intent": "pi_1", "amount": "250"}
    assert asked.headers["idempotency-key"] == "refund-1"


@pytest.mark.parametrize(
    ("amount", "unit", "methods"),
    [
        (Money(125000, "MXN"), 125000, ["card", "oxxo"]),
        (Money(999, "MXN"), 999, ["card"]),
        (Money(1_000_001, "MXN"), 1_000_001, ["card"]),
        (Money(45990, "CLP"), 45990, ["card"]),  # no minor unit
        (Money(5000, "JPY"), 5000, ["card"]),
        (Money(19_990, "KWD"), 19_990, ["card"]),  # three digits
    ],
)
def test_amounts_go_out_in_the_currencys_own_minor_unit(amount, unit, methods):
    params = session_params(LinkWish(**{**{f: getattr(WISH, f) for f in WISH.__struct_fields__}, "amount": amount}))
    (line,) = params["line_items"]
    assert line["price_data"]["unit_amount"] == unit
    assert params["payment_method_types"] == methods


def test_a_fils_that_stripe_does_not_know_is_refused():
    with pytest.raises(PaymentFailed):
        session_params(LinkWish(**{**{f: getattr(WISH, f) for f in WISH.__struct_fields__}, "amount": Money(1, "KWD")}))


def listed(event: str, *, more: bool) -> dict[str, object]:
    """One page of the list of events."""
    return {"object": "list", "url": "/v1/events", "has_more": more, "data": [{"id": event, "object": "event"}]}


async def test_a_later_page_of_events_is_asked_for_again_like_the_first(edge, provider):
    edge.answer(200, listed("evt_2", more=True))
    edge.answers.append(None)
    edge.answer(200, listed("evt_1", more=False))
    since = datetime(2026, 11, 20, tzinfo=UTC)
    assert [event["id"] async for event in provider.events(account(edge), since)] == ["evt_2", "evt_1"]
    assert "starting_after=evt_2" in edge.asked[-1].path


async def test_a_later_page_that_is_refused_is_an_error_of_ours(edge, provider):
    edge.answer(200, listed("evt_2", more=True))
    edge.answer(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
    with pytest.raises(PaymentFailed):
        [event async for event in provider.events(account(edge), datetime(2026, 11, 20, tzinfo=UTC))]
