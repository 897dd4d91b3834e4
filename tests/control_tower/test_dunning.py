"""Collecting in the tower: the pipeline in figures, rules that people change, reminding now, disputes decided."""

from collections.abc import AsyncIterator
from datetime import date

import aiohttp
import pytest

import tower
from bench.sink import Sink
from control_tower import app
from orchestrator.payment_desk import PaymentDesk
from storage import users
from tests.control_tower.conftest import PASSWORD
from tests.serving import serve, work
from tests.workers import debts
from workers.dunning import remind

RULES = "/api/dunning/rules"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.fixture
async def people(resources, sink) -> None:
    """Acme is owed four invoices; it is 10 December there."""
    await debts.tenant(resources, sink)
    for email, role in (("boss@x.mx", "admin"), ("ana@x.mx", "operator"), ("vic@x.mx", "viewer")):
        await users.create(resources, email, PASSWORD, role, "acme")
    customer = await debts.debtor(resources)
    await debts.invoice(resources, customer, "F-1")
    await debts.invoice(resources, customer, "F-2", due=date(2026, 12, 1), promised_for=date(2026, 12, 20))
    await debts.invoice(resources, customer, "F-3", due=date(2026, 12, 1), status="disputed")
    await debts.invoice(resources, customer, "F-4", due=date(2027, 1, 1), total=50_00)
    await debts.at(resources, "2026-12-10T16:01")


@pytest.fixture
async def url(resources, settings, people) -> AsyncIterator[str]:
    async with serve(app.create(settings, tower.cut, PaymentDesk, remind)) as found:
        yield found


async def test_the_pipeline_tells_what_is_owed_where_and_what_reminders_bring_in(call, resources):
    async with work(resources):
        assert (await call("ana", "POST", "/api/dunning/send", {"tenant": "acme"}))[0] == 200
        await debts.drained(resources)
    await debts.pay(resources)
    status, found = await call("vic", "GET", "/api/dunning/pipeline?tenant=acme")
    assert status == 200
    assert {each["stage"]: (each["count"], each["amount_minor"]) for each in found["stages"]} == {
        "UPCOMING": (1, 50_00), "PROMISE": (1, 100_00), "DISPUTED": (1, 100_00), "PAID": (1, 100_00),
    }  # fmt: skip
    (effect,) = found["effectiveness"]
    assert (effect["stage"], effect["channel"], effect["sent"], effect["settled"]) == ("DUE", "whatsapp_cloud", 1, 1)
    (totals,) = found["totals"]
    assert (totals["owed_minor"], totals["overdue_minor"]) == (250_00, 200_00)
    assert totals["collection_rate"] == 0.3333
    assert totals["days_outstanding"] == 64.3  # 250 owed of 350 billed in 90 days
    assert {each["number"] for each in found["invoices"]} == {"F-1", "F-2", "F-3", "F-4"}


async def test_what_is_not_due_is_not_sent_for_anybody(call, resources, sink):
    one = {"tenant": "acme", "invoice": "F-1"}
    assert (await call("vic", "POST", "/api/dunning/send", one))[0] == 403
    async with work(resources):
        status, found = await call("ana", "POST", "/api/dunning/send", one)
        assert status == 200
        assert [(each["invoice"], each["result"]) for each in found["steps"]][-1] == ("F-1", "reminded")
        for number in ("F-1", "F-2", "F-3", "F-4", "F-9"):
            status, error = await call("boss", "POST", "/api/dunning/send", {"tenant": "acme", "invoice": number})
            assert (status, error["error"]["code"]) == (409, "not_due")
        await debts.drained(resources)
    assert len(sink.sent) == 1


async def test_changed_rules_count_at_once(call, resources, sink):
    _, before = await call("vic", "GET", f"{RULES}?tenant=acme")
    assert before["rules"][0]["stage"] == "T-3"
    wish = {"tenant": "acme", "rules": [{"stage": "DUE", "channel": "sms", "hour": 9}], "policy": {"closes": 18}}
    assert (await call("ana", "PUT", RULES, wish))[0] == 403
    status, after = await call("boss", "PUT", RULES, wish)
    assert status == 200
    assert next(rule for rule in after["rules"] if rule["stage"] == "DUE")["channel"] == "sms"
    assert after["policy"]["closes"] == 18
    async with work(resources):
        await call("ana", "POST", "/api/dunning/send", {"tenant": "acme"})
        await debts.drained(resources)
    assert [sent.channel for sent in sink.sent] == ["sms"]
    _, audit = await call("boss", "GET", "/api/audit?action=dunning")
    assert audit["entries"][0]["actor"] == "boss@x.mx"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"stage": "T+2", "channel": "sms"}]},
        {"rules": [{"stage": "DUE", "channel": "pigeon"}]},
        {"rules": [{"stage": "DUE", "channel": "sms", "hour": 24}]},
        {"policy": {"opens": "early"}},
    ],
)
async def test_a_rule_that_cannot_be_is_refused(call, wrong):
    assert (await call("boss", "PUT", RULES, {"tenant": "acme", **wrong}))[0] == 422


async def test_a_dispute_is_decided_by_a_person_with_a_reason(call, resources):
    wish = {"tenant": "acme", "invoice": "F-3", "decision": "owed", "reason": "the delivery note is signed"}
    assert (await call("ana", "POST", "/api/dunning/decide", wish))[1]["status"] == "open"
    assert (await call("ana", "POST", "/api/dunning/decide", wish))[0] == 409
    await resources.pg.execute("UPDATE invoices SET status = 'disputed' WHERE number = 'F-3'")
    given_up = {**wish, "decision": "written_off", "reason": "it never arrived"}
    assert (await call("ana", "POST", "/api/dunning/decide", given_up))[0] == 403
    assert (await call("boss", "POST", "/api/dunning/decide", given_up))[1]["status"] == "uncollectible"
    assert await resources.pg.fetchval("SELECT sum(amount_minor) FROM ledger_entries") == 0


async def test_the_page_shows_the_pipeline_to_whoever_may_look(url, resources):
    user = await resources.pg.fetchval("SELECT id FROM users WHERE email = 'vic@x.mx'")
    token = users.token(resources, await users.get(resources, user), "access")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.get(f"{url}/dunning?tenant=acme") as answer:
            assert answer.status == 200
            html = await answer.text()
        async with http.get(f"{url}/dunning?tenant=other") as answer:
            assert answer.status == 404
    wanted = ("F-1", "F-2", "F-3", "F-4", "$350.00", "2026-12-20", "en disputa", 'href="/dunning"')
    assert [each for each in wanted if each not in html] == []
