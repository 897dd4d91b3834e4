"""Who gets in, and how far."""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from storage import users
from storage.first_user import FIRST
from tests.control_tower.conftest import PASSWORD

ANA = {"email": "ana@x.mx", "password": PASSWORD}


async def post(url: str, path: str, json: object, **headers: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.post(url + path, json=json, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_tokens_of_a_login_open_the_api_and_can_be_renewed(url):
    status, tokens = await post(url, "/api/auth/login", ANA)
    assert status == 200
    for _ in range(2):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/api/overview") as answer:
            assert answer.status == 200
        status, tokens = await post(url, "/api/auth/refresh", {"refresh_token": tokens["refresh_token"]})
        assert status == 200


@pytest.mark.parametrize("who", [{**ANA, "password": "wrong"}, {"email": "nobody@x.mx", "password": "wrong"}])
async def test_a_wrong_password_and_an_unknown_user_are_told_the_same(url, who):
    status, answer = await post(url, "/api/auth/login", who)
    assert (status, answer["error"]["message"]) == (401, "the e-mail or the password is wrong")


async def test_after_ten_wrong_passwords_even_the_right_one_must_wait(url):
    wrong = {**ANA, "password": "wrong"}
    tried = [(await post(url, "/api/auth/login", wrong))[0] for _ in range(11)]
    assert tried == [401] * 10 + [429]
    assert (await post(url, "/api/auth/login", ANA))[0] == 429


async def test_a_token_opens_only_what_its_kind_is_for(url, resources):
    user = await users.sign_in(resources, **ANA, address="t")
    for kind in ("refresh", "session"):
        headers = {"Authorization": f"Bearer {users.token(resources, user, kind)}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/api/overview") as answer:
            assert answer.status == 401
    access = users.token(resources, user, "access")
    assert (await post(url, "/api/auth/refresh", {"refresh_token": access}))[0] == 401


async def test_what_is_sealed_for_another_use_is_no_token(url, resources):
    for bad in (resources.cipher.seal({"token": "secret of a channel"}).decode(), "x", "ñ", ""):
        headers = {"Authorization": f"Bearer {quote(bad)}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/api/overview") as answer:
            assert answer.status == 401


async def test_a_token_of_a_removed_user_opens_nothing(call, resources):
    assert (await call("vic", "GET", "/api/overview"))[0] == 200
    user = await resources.pg.fetchval("SELECT id FROM users WHERE email = 'vic@x.mx'")
    token = users.token(resources, await users.get(resources, user), "access")
    await resources.pg.execute("DELETE FROM memberships WHERE user_id = $1", user)
    status, answer = await call("vic", "GET", "/api/tenants")
    assert (status, answer) == (200, {"tenants": []})
    await resources.pg.execute("DELETE FROM users WHERE id = $1", user)
    with pytest.raises(users.Unauthorized):
        await users.of_token(resources, token, "access")


async def test_another_tenants_things_do_not_exist(call, write):
    conversation = quote(await write("luis", "hola"), safe="")
    asked = [
        ("GET", f"/api/conversations/{conversation}/messages", None),
        ("POST", f"/api/conversations/{conversation}/takeover", {}),
        ("POST", f"/api/conversations/{conversation}/release", {}),
        ("POST", f"/api/conversations/{conversation}/reply", {"text": "x"}),
        ("GET", "/api/tenants/acme", None),
        ("GET", "/api/tenants/nothing", None),
        ("GET", "/api/conversations?tenant=acme", None),
        ("GET", "/api/audit?tenant=acme", None),
        ("POST", "/api/kill-switch", {"scope": "tenant:acme", "state": "on", "reason": "because"}),
        ("POST", "/api/kill-switch", {"scope": "channel:acme/web", "state": "off"}),
    ]
    for method, path, body in asked:
        assert (await call("far", method, path, body))[0] == 404, path
    _, lists = await call("far", "GET", "/api/conversations")
    assert lists == {"conversations": []}


async def test_a_viewer_looks_but_changes_nothing(call, write):
    conversation = quote(await write("luis", "hola"), safe="")
    assert (await call("vic", "GET", f"/api/conversations/{conversation}/messages"))[0] == 200
    for step, body in (("takeover", {}), ("release", {}), ("reply", {"text": "x"})):
        assert (await call("vic", "POST", f"/api/conversations/{conversation}/{step}", body))[0] == 403
    assert (await call("vic", "GET", "/api/audit"))[0] == 403


@pytest.mark.parametrize(
    ("who", "scope", "status"),
    [
        ("root", "global", 200), ("root", "tenant:acme", 200), ("boss", "tenant:acme", 200), ("boss", "global", 403),
        ("ana", "tenant:acme", 403), ("vic", "tenant:acme", 403), ("boss", "tenant:other", 404),
        ("root", "tenant:nothing", 404), ("root", "nonsense", 422), ("root", "channel:acme/fax", 422),
    ],
)  # fmt: skip
async def test_a_switch_is_turned_by_admins_of_its_scope(call, who, scope, status):
    body = {"scope": scope, "state": "on", "reason": "a test of the switch"}
    assert (await call(who, "POST", "/api/kill-switch", body))[0] == status


async def test_a_form_of_another_site_is_refused_although_the_cookie_comes_along(url, resources):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        own = {"Sec-Fetch-Site": "same-origin"}
        form = {"email": "root@x.mx", "password": PASSWORD}
        async with http.post(f"{url}/login", data=form, headers=own, allow_redirects=False) as answer:
            assert answer.status == 303
            cookie = answer.headers["set-cookie"].lower()
            assert "httponly" in cookie
            assert "samesite=lax" in cookie
        switch = {"scope": "global", "state": "on", "reason": "forged request"}
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}, {"Origin": "https://evil"}):
            async with http.post(f"{url}/kill-switch", data=switch, headers=headers) as answer:
                assert answer.status == 403
            async with http.post(f"{url}/api/kill-switch", json=switch, headers=headers) as answer:
                assert answer.status == 403
        assert await resources.pg.fetchval("SELECT count(*) FROM kill_switches") == 0
        async with http.post(f"{url}/kill-switch", data=switch, headers=own, allow_redirects=False) as answer:
            assert answer.status == 303
        assert await resources.pg.fetchval("SELECT count(*) FROM kill_switches") == 1


async def test_every_answer_carries_the_security_headers(url):
    async with aiohttp.ClientSession() as http:
        for path in ("/login", "/api/overview", "/static/tower.css", "/nothing"):
            async with http.get(url + path) as answer:
                assert "default-src 'self'" in answer.headers["content-security-policy"], path
                assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_first_start_makes_one_admin_whose_password_only_the_owner_reads(resources):
    first, second = await asyncio.gather(users.ensure_first(resources), users.ensure_first(resources))
    assert first == second
    assert first.stat().st_mode & 0o777 == 0o600
    user = await users.sign_in(resources, FIRST, first.read_text().strip(), "t")
    assert user.everywhere == 2
    assert await resources.pg.fetchval("SELECT count(*) FROM users") == 1
    assert await users.ensure_first(resources) == first
    first.unlink()
    assert await users.ensure_first(resources) is None
