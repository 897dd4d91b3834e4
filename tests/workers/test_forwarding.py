"""Tickets reach outside systems once, through a durable queue, whatever these answer."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from storage import forwarding
from storage.crypto import Cipher
from storage.resources import Resources
from tests.storage.business import make_customer, make_tenant
from workers.forwarding import forward_once
from workers.ticket_systems import sign


class Outside:
    """Plays both systems; `answers` are the statuses of the next requests, then 201."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.tasks: dict[str, str] = {}

    async def post(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts.append((request.path, dict(request.headers), body))
        if self.answers and self.answers[0] == 599:  # it arrives, and the answer says otherwise
            self.answers[0] = 503
            self.tasks[json.loads(body)["data"]["external"]["gid"]] = "77"
        status = self.answers.pop(0) if self.answers else 201
        return web.json_response({"data": {"gid": "77"}, "reference": "X-1", "retry_after": "soon"}, status=status)

    async def find(self, request: web.Request) -> web.Response:
        gid = self.tasks.get(request.match_info["key"])
        return web.json_response({"data": {"gid": gid}} if gid else {}, status=200 if gid else 404)


async def in_two_pieces(request: web.Request) -> web.StreamResponse:
    """An answer as a slow network brings it: the pause is long enough for the first half to be read alone."""
    await request.read()
    answer = web.StreamResponse(status=201)
    await answer.prepare(request)
    await answer.write(b'{"refer')
    await asyncio.sleep(0.1)
    await answer.write(b'ence": "X-2"}')
    await answer.write_eof()
    return answer


@pytest.fixture
async def outside() -> AsyncIterator[tuple[Outside, str]]:
    played, app = Outside(), web.Application()
    app.router.add_post("/hook", played.post)
    app.router.add_post("/slow", in_two_pieces)
    app.router.add_post("/asana/tasks", played.post)
    app.router.add_get("/asana/tasks/external:{key}", played.find)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield played, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def ticket(resources: Resources, kind: str, url: str, tenant: str = "acme") -> None:
    """A tenant with this system, and a ticket as a turn writes it."""
    await make_tenant(resources, tenant)
    customer = await make_customer(resources, tenant)
    secrets = {"secret": "s3cret", "token": "t0ken"}
    await forwarding.connect(resources, tenant, kind, url=url, secrets=secrets, project="5")
    data = {
        "number": "T-1001", "category": "billing", "priority": 7, "summary": "La factura está mal", "at":
        resources.clock.now().isoformat(),
    }  # fmt: skip
    await resources.pg.execute("SELECT write_ticket($1, $2, NULL, $3)", tenant, customer, data)


async def due_now(resources: Resources) -> None:
    await resources.pg.execute("UPDATE ticket_forwards SET due_at = now() WHERE status = 'pending'")


async def row(resources: Resources) -> dict[str, object]:
    return dict(await resources.pg.fetchrow("SELECT status, attempts, reference, reason FROM ticket_forwards"))


async def test_a_webhook_gets_the_ticket_signed_and_once(
    resources: Resources, outside: tuple[Outside, str]
) -> None:
    played, url = outside
    await ticket(resources, "webhook", f"{url}/hook")
    assert [await forward_once(resources) for _ in range(2)] == [1, 0]
    [(_, headers, body)] = played.posts
    assert headers["X-Orkesta-Signature"] == sign("s3cret", body)
    assert headers["Idempotency-Key"] == "orkesta-acme-T-1001"
    said = json.loads(body)
    assert (said["number"], said["category"], said["priority"]) == ("T-1001", "billing", 7)
    assert await row(resources) == {"status": "sent", "attempts": 1, "reference": "X-1", "reason": None}
    assert await resources.pg.fetchval("SELECT external_ref FROM tickets") == "webhook:X-1"
    secrets = await resources.pg.fetchval("SELECT secrets FROM ticket_systems")
    assert b"s3cret" not in secrets


async def test_an_answer_that_got_lost_makes_no_second_task(
    resources: Resources, outside: tuple[Outside, str]
) -> None:
    played, url = outside
    played.answers = [599]
    await ticket(resources, "asana", f"{url}/asana")
    await forward_once(resources)
    assert (await row(resources))["status"] == "pending"
    assert await forward_once(resources) == 0  # it waits
    await due_now(resources)
    await forward_once(resources)
    assert len(played.posts) == 1
    assert played.posts[0][1]["Authorization"] == "Bearer t0ken"
    assert await row(resources) == {"status": "sent", "attempts": 2, "reference": "77", "reason": None}


async def test_a_refusal_is_dead_at_once_and_retried_when_somebody_says_so(
    resources: Resources, outside: tuple[Outside, str]
) -> None:
    played, url = outside
    played.answers = [401]
    await ticket(resources, "webhook", f"{url}/hook")
    await forward_once(resources)
    assert await row(resources) == {"status": "dead", "attempts": 1, "reference": None, "reason": "webhook:401"}
    assert await forward_once(resources) == 0
    assert await forwarding.retry(resources, "acme", "T-1001") == 1
    await forward_once(resources)
    assert (await row(resources))["status"] == "sent"


async def test_after_the_last_attempt_it_is_dead(resources: Resources) -> None:
    await ticket(resources, "webhook", "http://127.0.0.1:9/nobody")
    for _ in range(forwarding.ATTEMPTS):
        await due_now(resources)
        assert await forward_once(resources) == 1
    found = await row(resources)
    assert (found["status"], found["reason"]) == ("dead", "ticket:no_connection")


async def test_an_answer_that_comes_in_pieces_is_read_to_its_end(
    resources: Resources, outside: tuple[Outside, str]
) -> None:
    await ticket(resources, "webhook", f"{outside[1]}/slow")
    await forward_once(resources)
    assert (await row(resources))["reference"] == "X-2"


async def test_a_ticket_that_ends_in_a_fault_of_ours_stops_no_other_and_is_dead_in_the_end(
    resources: Resources, outside: tuple[Outside, str]
) -> None:
    await ticket(resources, "webhook", f"{outside[1]}/hook")
    await forwarding.connect(resources, "acme", "webhook", url=f"{outside[1]}/hook", secrets={})  # nothing to sign with
    assert await forward_once(resources) == 1
    found = await row(resources)
    assert (found["status"], found["reason"]) == ("pending", "ticket:KeyError")
    for _ in range(forwarding.ATTEMPTS - 1):
        await due_now(resources)
        await forward_once(resources)
    assert (await row(resources))["status"] == "dead"


async def test_credentials_that_do_not_open_hold_up_their_own_tenant_only(
    resources: Resources, outside: tuple[Outside, str], caplog: pytest.LogCaptureFixture
) -> None:
    for tenant in ("acme", "other"):
        await ticket(resources, "webhook", f"{outside[1]}/hook", tenant)
    sealed = Cipher("a key that was lost").seal({"secret": "s3cret"})
    await resources.pg.execute("UPDATE ticket_systems SET secrets = $1 WHERE tenant_id = 'acme'", sealed)
    await forward_once(resources)
    found = await resources.pg.fetch("SELECT tenant_id, status, reason FROM ticket_forwards ORDER BY tenant_id")
    assert [tuple(each) for each in found] == [("acme", "pending", "ticket:credentials"), ("other", "sent", None)]
    [told] = [record for record in caplog.records if record.msg == "forwarding.unopened"]
    assert told.__dict__["tenant"] == "acme"
