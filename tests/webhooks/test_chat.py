"""The web channel over HTTP: through the inbox and a real worker, and back."""

import asyncio
import json
from typing import Any

import aiohttp

from storage import tenants
from storage.resources import Resources


def asked(**more: Any) -> dict[str, Any]:
    return {"customer": "ana", "text": "hola", "wait_seconds": 20, **more}


async def test_a_message_is_answered_in_the_same_request(call, worker):
    status, answer = await call("POST", "/api/chat", asked())
    assert status == 200
    assert answer["conversation_id"] == "acme:web:web:ana"
    assert answer["outcome"] == "answered"
    assert answer["replies"]
    assert all(reply["text"] and reply["id"] and reply["author"] == "agent" for reply in answer["replies"])


async def test_without_waiting_the_answer_is_202_at_once_and_the_message_is_stored(call, resources):
    status, answer = await call("POST", "/api/chat", asked(wait_seconds=0))
    assert (status, answer["replies"]) == (202, [])
    assert await resources.pg.fetchval("SELECT text FROM messages WHERE id = $1", int(answer["message_id"])) == "hola"
    assert await resources.pg.fetchval("SELECT count(*) FROM todo") == 1


async def test_who_waits_in_vain_gets_202_and_may_ask_again_with_the_same_message_id(call, resources):
    status, answer = await call("POST", "/api/chat", asked(wait_seconds=0.05, message_id="m2"))
    assert (status, answer["replies"]) == (202, [])
    status, again = await call("POST", "/api/chat", asked(wait_seconds=0.05, message_id="m2"))
    assert (status, again["message_id"]) == (202, answer["message_id"])
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 1


async def test_the_same_message_id_is_the_same_message_with_the_same_replies(call, worker, resources):
    _, first = await call("POST", "/api/chat", asked(message_id="m-1"))
    _, second = await call("POST", "/api/chat", asked(message_id="m-1"))
    assert second == first
    assert await resources.pg.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'") == 1


async def test_another_customers_message_may_have_the_same_message_id(call, resources):
    for customer in ("ana", "luis"):
        status, _ = await call("POST", "/api/chat", asked(customer=customer, message_id="1", wait_seconds=0))
        assert status == 202
    assert await resources.pg.fetchval("SELECT count(*) FROM messages") == 2


async def test_a_message_id_used_for_another_text_is_a_conflict(call):
    await call("POST", "/api/chat", asked(message_id="1", wait_seconds=0))
    status, answer = await call("POST", "/api/chat", asked(message_id="1", text="otra cosa", wait_seconds=0))
    assert (status, answer["error"]["code"]) == (409, "conflict")


async def test_concurrent_messages_of_a_customer_are_answered_each_with_its_own_turn(call, worker):
    texts = [f"hola {n}" for n in range(8)]
    answers = await asyncio.gather(*(call("POST", "/api/chat", asked(text=text)) for text in texts))
    assert [status for status, _ in answers] == [200] * 8
    ids = [reply["id"] for _, answer in answers for reply in answer["replies"]]
    assert len(ids) == len(set(ids)) >= 8


async def test_history_is_paged_newest_last_by_before(call, resources):
    for n in range(7):
        await call("POST", "/api/chat", asked(text=f"t{n}", wait_seconds=0))
    _, newest = await call("GET", "/api/chat/history/ana?limit=3")
    assert [each["text"] for each in newest["messages"]] == ["t4", "t5", "t6"]
    _, older = await call("GET", f"/api/chat/history/ana?limit=3&before={newest['before']}")
    assert [each["text"] for each in older["messages"]] == ["t1", "t2", "t3"]
    _, oldest = await call("GET", f"/api/chat/history/ana?limit=3&before={older['before']}")
    assert [each["text"] for each in oldest["messages"]] == ["t0"]
    assert oldest["before"] is None


async def test_the_history_of_somebody_who_never_wrote_is_not_found(call):
    status, answer = await call("GET", "/api/chat/history/nobody")
    assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_a_reply_held_by_the_kill_switch_was_not_said(call, worker, resources):
    await resources.pg.execute("INSERT INTO kill_switches (scope, reason, actor) VALUES ('tenant:acme', 'x', 'x')")
    status, answer = await call("POST", "/api/chat", asked())
    assert (status, answer["outcome"], answer["replies"]) == (200, "answered", [])
    assert await resources.pg.fetchval("SELECT status FROM messages WHERE direction = 'out'") == "held"
    _, found = await call("GET", "/api/chat/history/ana")
    assert [each["author"] for each in found["messages"]] == ["customer"]


async def test_active_conversations_are_those_of_the_own_tenant(call, resources: Resources, api_url):
    await call("POST", "/api/chat", asked(wait_seconds=0))
    await tenants.create(resources, "other", name="Other")
    other = await tenants.new_api_key(resources, "other")
    _, mine = await call("GET", "/api/chat/active")
    assert [each["customer"] for each in mine["conversations"]] == ["ana"]
    assert mine["conversations"][0]["last_message_at"].endswith("Z")
    _, theirs = await call("GET", "/api/chat/active", headers={"X-API-Key": other})
    assert theirs == {"conversations": []}
    status, _ = await call("GET", "/api/chat/history/ana", headers={"X-API-Key": other})
    assert status == 404


async def test_the_stream_tells_each_reply_once_and_resumes_after_the_last_event(call, worker, api_url, key):
    async with aiohttp.ClientSession(headers={"X-API-Key": key}) as http:
        async with http.get(f"{api_url}/api/chat/stream/ana") as stream:
            assert stream.content_type == "text/event-stream"
            await stream.content.readuntil(b"\n\n")
            _, answer = await call("POST", "/api/chat", asked())
            first = await event(stream)
            assert first["id"] == answer["replies"][0]["id"]
        await call("POST", "/api/chat", asked(text="gracias"))
        headers = {"Last-Event-ID": str(first["seq"])}
        async with http.get(f"{api_url}/api/chat/stream/ana", headers=headers) as stream:
            await stream.content.readuntil(b"\n\n")
            assert (await event(stream))["seq"] > first["seq"]


async def event(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    block = (await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 20)).decode()
    fields = dict(line.split(": ", 1) for line in block.strip().splitlines())
    assert fields["event"] == "message"
    found: dict[str, Any] = json.loads(fields["data"])
    return found
