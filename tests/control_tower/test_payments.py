"""Payments in the tower: links, played webhooks, transactions and the stream, for those who may."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

import tower
from app import Api
from control_tower import app
from core.settings import Settings
from orchestrator.payment_desk import PaymentDesk
from storage import users
from storage.resources import Resources
from tests.payments.edge import Edge, serving
from tests.payments.recorded import recorded
from tests.serving import serve
from tests.storage.business import make_customer
from tests.storage.money import account, owe
from workers import payments


@pytest.fixture
async def edge(resources: Resources, people: None) -> AsyncIterator[Edge]:
    """The sandbox tenant acme with an invoice F-1, its provider's edge, and a worker that settles."""
    await resources.pg.execute("UPDATE tenants SET environment = 'sandbox' WHERE id = 'acme'")
    async with serving() as found:
        await account(resources, found.url)
        await owe(resources, await make_customer(resources))
        settling = asyncio.create_task(payments.run(resources))
        yield found
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)


@pytest.fixture
async def url(resources: Resources, settings: Settings, people: None) -> AsyncIterator[str]:
    """The tower, knowing where the API is."""
    async with serve(Api(settings)) as api:
        settings.port = int(api.rpartition(":")[2])
        async with serve(app.create(settings, tower.cut, PaymentDesk)) as found:
            yield found


async def test_an_operator_makes_a_link_and_nobody_else(call, edge):
    body = recorded("stripe", "api_checkout_session_create_200")["body"]
    edge.answer(200, body)
    path, wish = "/api/payments/create-link", {"tenant": "acme", "invoice": "f-1"}
    status, link = await call("ana", "POST", path, wish)
    assert status == 200
    assert (link["url"], link["number"]) == (body["url"], "F-1")
    assert link["amount"] == {"amount_minor": 125000, "currency": "MXN"}
    assert [(await call(who, "POST", path, wish))[0] for who in ("vic", "far")] == [403, 404]
    assert (await call("ana", "POST", path, {"tenant": "acme", "invoice": "F-9"}))[0] == 404
    edge.answers.clear()
    edge.answer(401, {"error": {"message": "no", "type": "invalid_request_error"}})
    assert (await call("ana", "POST", path, {"tenant": "acme", "kind": "quote", "number": "C-1"}))[0] == 404


async def test_a_played_webhook_settles_and_the_same_one_a_hundred_times_only_once(call, edge, resources):
    path = "/api/payments/simulate-webhook"
    status, told = await call("ana", "POST", path, {"tenant": "acme", "invoice": "F-1"})
    assert (status, told["statuses"]) == (200, [200])
    assert (told["payment"]["status"], told["payment"]["number"]) == ("succeeded", "F-1")
    assert await resources.pg.fetchval("SELECT status FROM invoices") == "paid"
    path = "/api/webhooks/test-idempotency"
    status, told = await call("ana", "POST", path, {"tenant": "acme", "copies": 100})
    assert (status, told["idempotent"], told["stored"], told["duplicates"]) == (200, True, 1, 99)
    wish = {"tenant": "acme", "type": "payment_intent.succeeded", "invoice": "F-1", "copies": 20}
    status, told = await call("ana", "POST", path, wish)
    assert (told["idempotent"], told["trace"]["payments"]) == (True, 1)
    status, listed = await call("vic", "GET", "/api/payments/transactions?tenant=acme")
    assert [each["status"] for each in listed["transactions"]] == ["succeeded", "succeeded"]
    assert (await call("far", "GET", "/api/payments/transactions"))[1] == {"transactions": [], "before": None}
    assert (await call("far", "GET", "/api/payments/transactions?tenant=acme"))[0] == 404
    assert [(await call(who, "POST", path, wish))[0] for who in ("vic", "far")] == [403, 404]


async def test_the_page_shows_payments_and_makes_links_without_its_script(call, edge, url, resources):
    edge.answer(200, recorded("stripe", "api_checkout_session_create_200")["body"])
    user = await resources.pg.fetchval("SELECT id FROM users WHERE email = 'ana@x.mx'")
    token = users.token(resources, await users.get(resources, user), "access")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.post(f"{url}/payments", data={"tenant": "acme", "number": "F-1"}) as answer:
            assert "checkout.stripe.com" in await answer.text()
        async with http.post(f"{url}/payments", data={"tenant": "acme", "number": "F-9"}) as answer:
            assert "there is no invoice F-9" in await answer.text()
        await call("ana", "POST", "/api/payments/simulate-webhook", {"tenant": "acme", "invoice": "F-1"})
        async with http.get(f"{url}/payments?tenant=acme", headers={"X-Fragment": "payments"}) as answer:
            html = await answer.text()
        assert "$1,250.00 MXN" in html
        assert "checkout.session.completed" in html
        async with http.get(f"{url}/payments?tenant=other") as answer:
            assert answer.status == 404


async def test_an_admin_gives_money_back_once(call, edge, resources):
    _, told = await call("ana", "POST", "/api/payments/simulate-webhook", {"tenant": "acme", "invoice": "F-1"})
    edge.answer(200, {"id": "re_1", "object": "refund", "amount": 500, "status": "succeeded"})
    wish = {"tenant": "acme", "payment_id": told["payment"]["id"], "amount_minor": 500}
    status, made = await call("boss", "POST", "/api/payments/refund", wish)
    assert (status, made["refund_id"], made["amount"]["amount_minor"]) == (200, "re_1", 500)
    await call("boss", "POST", "/api/payments/refund", wish)
    assert len({asked.headers["idempotency-key"] for asked in edge.asked}) == 1
    assert edge.asked[0].form == {"payment_intent": told["payment"]["provider_id"], "amount": "500"}
    assert (await call("boss", "POST", "/api/payments/refund", {**wish, "amount_minor": 125001}))[0] == 422
    assert (await call("boss", "POST", "/api/payments/refund", {**wish, "payment_id": "pi_x"}))[0] == 404
    assert [(await call(who, "POST", "/api/payments/refund", wish))[0] for who in ("ana", "far")] == [403, 404]
    assert await resources.pg.fetchval("SELECT count(*) FROM audit_log WHERE action = 'payment.refund'") == 2


async def test_nothing_is_played_for_a_production_tenant(call, edge, resources):
    await resources.pg.execute("UPDATE tenants SET environment = 'production' WHERE id = 'acme'")
    for path in ("/api/payments/simulate-webhook", "/api/webhooks/test-idempotency"):
        assert (await call("boss", "POST", path, {"tenant": "acme", "invoice": "F-1"}))[0] == 409
    assert await resources.pg.fetchval("SELECT count(*) FROM webhook_events") == 0


async def test_the_stream_tells_each_event_of_the_users_tenants(call, edge, url, resources):
    await call("ana", "POST", "/api/payments/simulate-webhook", {"tenant": "acme", "invoice": "F-1"})
    user = await resources.pg.fetchval("SELECT id FROM users WHERE email = 'vic@x.mx'")
    headers = {"Authorization": f"Bearer {users.token(resources, await users.get(resources, user), 'access')}"}
    path = f"{url}/api/webhooks/stream?tenant=acme"
    async with asyncio.timeout(60), aiohttp.ClientSession() as http, http.get(path, headers=headers) as stream:
        assert stream.content_type == "text/event-stream"
        async for line in stream.content:
            if line.startswith(b"data: "):
                told = json.loads(line[6:])
                break
    assert (told["name"], told["status"], told["tenant"]) == ("checkout.session.completed", "handled", "acme")
    assert (await call("far", "GET", "/api/webhooks/stream?tenant=acme"))[0] == 404
    assert [each["tenant"] for each in (await call("vic", "GET", "/api/webhooks/events"))[1]["events"]] == ["acme"]
