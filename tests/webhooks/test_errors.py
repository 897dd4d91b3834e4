"""Every wrong request to the client API gets its status and the one error shape."""

import asyncio
import io
from urllib.parse import urlsplit

import aiohttp
import pytest

CHAT = {"customer": "ana", "text": "hola", "wait_seconds": 0}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("GET", "/nothing", None, 404, "not_found"),
        ("GET", "/api/chat", None, 405, "method_not_allowed"),
        ("DELETE", "/api/route", None, 405, "method_not_allowed"),
        ("POST", "/api/chat", {}, 422, "invalid"),
        ("POST", "/api/chat", [], 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "text": ""}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "text": 5}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "text": "x" * 10_001}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "customer": ""}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "customer": "a\x00b"}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "customer": "a\nb"}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "wait_seconds": 31}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "wait_seconds": -1}, 422, "invalid"),
        ("POST", "/api/chat", {**CHAT, "message_id": "a/b"}, 422, "invalid"),
        ("GET", "/api/chat/history/ana?before=x", None, 422, "invalid"),
        ("GET", "/api/chat/history/ana?limit=100000", None, 422, "invalid"),
        ("GET", "/api/chat/history/a%00b", None, 422, "invalid"),
        ("POST", "/api/route", {"text": ""}, 422, "invalid"),
        ("POST", "/api/catalog/search", {"query": "x", "limit": 0}, 422, "invalid"),
        ("GET", "/api/catalog/NO-SUCH", None, 404, "not_found"),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(call, method, path, body, status, code):
    got, answer = await call(method, path, body)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]


async def test_a_body_that_is_no_json_is_422(call, key):
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    status, answer = await call("POST", "/api/chat", headers=headers, data=b'{"customer": ')
    assert (status, answer["error"]["code"]) == (422, "invalid")


async def test_a_body_that_is_not_called_json_is_told_so(call, key):
    status, answer = await call("POST", "/api/chat", headers={"X-API-Key": key}, data={"customer": "ana"})
    assert status == 422
    assert "Content-Type: application/json" in answer["error"]["message"]


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "ork_wrong"}, {"X-API-Key": "ñ€"}, {"X-API-Key": ""}])
@pytest.mark.parametrize("path", ["/api/chat/active", "/api/chat/history/ana", "/api/catalog/X1"])
async def test_without_a_valid_key_nothing_is_answered(call, path, headers):
    status, answer = await call("GET", path, headers=headers)
    assert (status, answer["error"]["code"]) == (401, "unauthorized")


async def test_a_body_over_the_limit_is_refused_by_its_announced_length(call, key):
    large = io.BytesIO(b"x" * 1_100_000)
    status, answer = await call("POST", "/api/chat", headers={"X-API-Key": key}, data=large)
    assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_a_body_without_length_is_cut_off_at_the_limit(api_url, key):
    async def endless():
        for _ in range(64):
            yield b"x" * 65_536

    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{api_url}/api/chat", data=endless(), headers={"X-API-Key": key}) as answer,
    ):
        assert answer.status == 413
        assert (await answer.json())["error"]["code"] == "too_large"


async def test_a_lone_surrogate_and_nul_in_a_text_are_stored_as_text(call, key, resources):
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    raw = b'{"customer": "ana", "wait_seconds": 0, "text": "a\\u0000b"}'
    status, _ = await call("POST", "/api/chat", headers=headers, data=raw)
    assert status == 202
    assert await resources.pg.fetchval("SELECT text FROM messages") == "ab"
    raw = b'{"customer": "ana", "wait_seconds": 0, "text": "a\\ud800b"}'
    status, _ = await call("POST", "/api/chat", headers=headers, data=raw)
    assert status in (202, 422)


@pytest.mark.parametrize("path", ["/webhooks/telegram/acme", "/webhooks/stripe/acme", "/api/chat"])
async def test_who_sends_too_much_and_then_closes_hears_413_and_no_broken_connection(api_url, path):
    parts = urlsplit(api_url)
    body = b"x" * (12 * 1024 * 1024)  # more than fits into the buffers between the two
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head.encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"too_large"' in answer
