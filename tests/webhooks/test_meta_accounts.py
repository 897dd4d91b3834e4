"""Meta has one webhook for an app: one payload may be for several tenants, and each gets its own part only."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from storage import accounts
from storage.resources import Resources
from webhooks.inbound import InboundWebhooks

SECRET = "meta_test_app_secret_0001"


@pytest.fixture
async def app(resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("a", "b"):
        await resources.pg.execute(
            """INSERT INTO tenants (id, name, environment, currency, timezone, locale)
               VALUES ($1, $1, 'sandbox', 'MXN', 'UTC', 'es')""",
            tenant,
        )
        secrets = {"app_secret": SECRET, "verify_token": "verify-me", "access_token": "t"}
        for channel in ("whatsapp_cloud", "instagram"):
            await accounts.connect(
                resources, tenant=tenant, channel=channel, address={"a": "111", "b": "222"}[tenant], secrets=secrets
            )
    transport = httpx.ASGITransport(app=InboundWebhooks(resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def post(app: httpx.AsyncClient, path: str, payload: Any, secret: str = SECRET) -> int:
    body = json.dumps(payload).encode()
    signed = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    return (await app.post(path, content=body, headers={"X-Hub-Signature-256": signed})).status_code


def whatsapp(*numbers: str) -> dict[str, Any]:
    changes = [
        {
            "field": "messages",
            "value": {
                "metadata": {"phone_number_id": number},
                "messages": [{"from": "52155", "id": f"w{number}", "type": "text", "text": {"body": f"to {number}"}}],
            },
        }
        for number in numbers
    ]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def instagram(*owners: str) -> dict[str, Any]:
    entries = [{"id": owner, "messaging": [direct_message(owner)]} for owner in owners]
    return {"object": "instagram", "entry": entries}


def direct_message(owner: str) -> dict[str, Any]:
    message = {"mid": f"w{owner}", "text": f"to {owner}"}
    return {"sender": {"id": "9"}, "recipient": {"id": owner}, "message": message}


async def stored(resources: Resources) -> set[tuple[str, str]]:
    rows = await resources.pg.fetch("SELECT tenant_id, text FROM messages")
    return {(row["tenant_id"], row["text"]) for row in rows}


@pytest.mark.parametrize(("word", "payload"), [("whatsapp", whatsapp), ("instagram", instagram)])
async def test_each_tenant_gets_its_own_part(
    app: httpx.AsyncClient, resources: Resources, word: str, payload: Any
) -> None:
    assert await post(app, f"/webhooks/{word}", payload("111", "222", "999")) == 200
    assert await stored(resources) == {("a", "to 111"), ("b", "to 222")}
    rows = await resources.pg.fetch("SELECT name, body FROM webhook_events")
    assert rows, "the part for nobody is recorded"
    assert not [row for row in rows if "to " in row["body"]]  # but never its content


@pytest.mark.parametrize(("word", "payload"), [("whatsapp", whatsapp), ("instagram", instagram)])
async def test_the_webhook_of_a_tenant_takes_nothing_of_another(
    app: httpx.AsyncClient, resources: Resources, word: str, payload: Any
) -> None:
    assert await post(app, f"/webhooks/{word}/a", payload("111", "222")) == 200
    assert await stored(resources) == {("a", "to 111")}


@pytest.mark.parametrize(("word", "payload"), [("whatsapp", whatsapp), ("instagram", instagram)])
async def test_a_foreign_app_is_refused(app: httpx.AsyncClient, resources: Resources, word: str, payload: Any) -> None:
    assert await post(app, f"/webhooks/{word}", payload("111"), secret="another") == 403
    assert await stored(resources) == set()


@pytest.mark.parametrize("path", ["whatsapp", "whatsapp/a", "instagram", "instagram/b"])
async def test_meta_is_given_its_challenge(app: httpx.AsyncClient, path: str) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201444"}
    answer = await app.get(f"/webhooks/{path}", params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (await app.get(f"/webhooks/{path}", params=query | {"hub.verify_token": "nope"})).status_code == 403
