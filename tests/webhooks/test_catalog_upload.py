"""A catalogue file comes in over HTTP: good rows are found at once, bad ones are told, nothing is done twice."""

import asyncio
from io import BytesIO

import aiohttp
import openpyxl
import pytest

from storage import catalog, imports, tenants
from workers import imports as lane

CSV = "sku,nombre,precio,existencia\nB-1,Balata delantera,450.00,7\nF-2,Filtro de aceite,caro,1\nL-3,Llanta,1900,2\n"


@pytest.fixture
async def importing(resources):
    task = asyncio.create_task(lane.run(resources))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def upload(api_url, key):
    """`await upload(data)`: status and JSON, once the import is over."""

    async def send(data, path="/api/catalog/upload?wait_seconds=30", **headers):
        sent = {"X-API-Key": key, **headers}
        data = BytesIO(data) if isinstance(data, bytes) else data
        async with (
            aiohttp.ClientSession() as http, http.post(api_url + path, data=data, headers=sent) as answer,
        ):  # fmt: skip
            return answer.status, await answer.json()

    return send


def form(data, name="catalogo.csv", **fields):
    made = aiohttp.FormData(fields)
    made.add_field("file", data, filename=name)
    return made


def workbook(*rows):
    book, made = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(made)
    return made.getvalue()


async def count(resources):
    async with resources.tenant_connection("acme") as connection:
        return await catalog.count(connection, "acme")


@pytest.mark.parametrize("multipart", [False, True])
async def test_good_rows_go_in_and_bad_ones_are_told_by_line(multipart, upload, importing, call):
    status, told = await upload(form(CSV.encode()) if multipart else CSV.encode())
    assert (status, told["status"], told["progress"]) == (200, "done", 1.0)
    assert (told["rows"], told["imported"], told["refused"]) == (3, 2, 1)
    assert told["errors"] == [{"line": 3, "column": "price", "message": "'caro' is no number"}]
    assert told["file"] == ("catalogo.csv" if multipart else "catalog")
    _, found = await call("POST", "/api/catalog/search", {"query": "balatas"})
    assert [(item["sku"], item["price"]["amount_minor"]) for item in found["items"]] == [("B-1", 45000)]
    assert (await call("GET", f"/api/catalog/imports/{told['id']}")) == (200, told)


async def test_a_workbook_is_read_as_its_cells_show(upload, importing, call):
    book = workbook(
        ["Código", "Descripción", "Precio", "Existencia", "Marca"], ["T-1", "Tornillo 1/4", 1.125, 12.5, "ACME"],
        [], ["T-2", "Tuerca\n1/4", "1,234.50", 3, None], ["T-3", "Rondana", None, 1, None],
    )  # fmt: skip
    status, told = await upload(form(book, "catalogo.xlsx"))
    assert (status, told["imported"], told["refused"]) == (200, 2, 1)
    assert told["errors"] == [{"line": 5, "column": "price", "message": "is empty"}]
    _, item = await call("GET", "/api/catalog/T-1")
    assert (item["price"]["amount_minor"], item["stock"], item["brand"]) == (113, 12.5, "ACME")
    _, item = await call("GET", "/api/catalog/T-2")
    assert (item["name"], item["price"]["amount_minor"]) == ("Tuerca 1/4", 123450)


async def test_a_dry_run_tells_the_same_and_changes_nothing(upload, importing, resources):
    _, told = await upload(form(CSV.encode(), dry_run="true"))
    assert (told["status"], told["dry_run"], told["imported"], told["refused"]) == ("done", True, 2, 1)
    assert await count(resources) == 0


async def test_the_same_request_is_the_same_import_and_another_file_under_it_a_conflict(upload, importing, resources):
    first = await upload(CSV.encode(), **{"Idempotency-Key": "k1"})
    assert await upload(CSV.encode(), **{"Idempotency-Key": "k1"}) == first
    status, told = await upload(b"sku,name,price\nX,Y,1\n", **{"Idempotency-Key": "k1"})
    assert (status, told["error"]["code"]) == (409, "conflict")
    await upload(CSV.encode())  # without a key it is done once more, and changes nothing
    assert await count(resources) == 2


async def test_without_a_worker_it_waits_and_is_not_put_twice(upload, resources, call):
    status, first = await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    assert (status, first["status"], first["progress"]) == (202, "waiting", 0.0)
    _, again = await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    assert again["id"] == first["id"]
    assert await lane.once(resources)
    _, told = await call("GET", f"/api/catalog/imports/{first['id']}")
    assert told["status"] == "done"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"nombre,color\nBalata,rojo\n", "no column sku, price"),
        (b"PK\x03\x04 no workbook at all", "cannot be read"),
        (b"\xd0\xcf\x11\xe0 an old one", "save it as .xlsx"),
        (b"sku,name,price\nA,B,1\n" + b"x" * 200_000, "line 3"),
        (b"x" * 1_500_000, "is this a table?"),  # and larger than other bodies may be
    ],
)
async def test_a_file_that_is_no_catalogue_fails_with_the_reason(data, words, upload, importing, resources):
    status, told = await upload(data)
    assert (status, told["status"]) == (200, "failed")
    assert words in told["error"]
    assert await count(resources) <= 1


async def test_an_empty_upload_is_refused(upload):
    status, told = await upload(b" ")
    assert (status, told["error"]["code"]) == (422, "invalid")


async def test_another_tenants_import_is_not_seen(upload, call, resources):
    _, told = await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    await tenants.create(resources, "other", name="Other")
    headers = {"X-API-Key": await tenants.new_api_key(resources, "other")}
    assert (await call("GET", f"/api/catalog/imports/{told['id']}", headers=headers))[0] == 404


async def test_an_import_whose_worker_died_is_done_by_another(upload, resources, call):
    _, told = await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    dead = await imports.claim(resources, lease_seconds=0)
    assert dead.id == told["id"]
    assert await lane.once(resources)
    await imports.finish(resources, dead, None, "the dead worker comes back")
    assert (await imports.get(resources, "acme", told["id"])).status == "done"


async def test_a_file_that_ends_its_worker_every_time_is_given_up(upload, resources):
    _, told = await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    for _ in range(imports.ATTEMPTS):
        assert await imports.claim(resources, lease_seconds=0)
    assert await imports.claim(resources, lease_seconds=0) is None
    assert (await imports.get(resources, "acme", told["id"])).status == "failed"


async def test_two_files_of_a_tenant_are_not_worked_off_at_the_same_time(upload, resources):
    await upload(CSV.encode(), "/api/catalog/upload?wait_seconds=0")
    await upload(CSV.replace("450", "500").encode(), "/api/catalog/upload?wait_seconds=0")
    assert await imports.claim(resources, lease_seconds=60)
    assert await imports.claim(resources, lease_seconds=60) is None
