"""A tenant's admin uploads its catalogue in the tower; nobody else does, and nobody else's is seen."""

import aiohttp
import pytest

from storage import catalog, users
from workers import imports as lane

CSV = b"sku,name,price\nA-1,Balata,10\nA-2,Filtro,\n"


@pytest.fixture
def upload(url, resources):
    """`await upload("boss", "acme")`: status and JSON."""

    async def send(who, tenant):
        user_id = await resources.pg.fetchval("SELECT id FROM users WHERE email = $1", f"{who}@x.mx")
        token = users.token(resources, await users.get(resources, user_id), "access")
        body = aiohttp.FormData({"tenant": tenant})
        body.add_field("file", CSV, filename="precios.csv")
        headers, path = {"Authorization": f"Bearer {token}"}, "/api/imports/upload?wait_seconds=0"
        async with aiohttp.ClientSession() as http, http.post(url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    return send


async def test_an_admins_file_is_imported_and_its_refused_rows_are_shown(upload, call, resources):
    status, put = await upload("boss", "acme")
    assert (status, put["status"], put["file"]) == (202, "waiting", "precios.csv")
    assert await lane.once(resources)
    status, told = await call("vic", "GET", f"/api/imports/{put['id']}")
    assert (status, told["status"], told["imported"], told["errors"][0]["line"]) == (200, "done", 1, 3)
    async with resources.tenant_connection("acme") as connection:
        assert await catalog.count(connection, "acme") == 1
    _, audited = await call("boss", "GET", "/api/audit?tenant=acme&action=catalog.import")
    assert [entry["actor"] for entry in audited["entries"]] == ["boss@x.mx"]


@pytest.mark.parametrize(("who", "status"), [("ana", 403), ("vic", 403), ("far", 404)])
async def test_who_is_no_admin_of_the_tenant_imports_nothing(who, status, upload, resources):
    assert (await upload(who, "acme"))[0] == status
    assert await resources.pg.fetchval("SELECT count(*) FROM imports") == 0


async def test_an_import_of_another_tenant_is_not_there(upload, call):
    _, put = await upload("boss", "acme")
    assert (await call("far", "GET", f"/api/imports/{put['id']}"))[0] == 404
    assert (await call("far", "GET", "/api/imports"))[1] == {"imports": []}
    _, listed = await call("vic", "GET", "/api/imports?tenant=acme")
    assert [each["id"] for each in listed["imports"]] == [put["id"]]
