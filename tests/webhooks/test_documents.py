"""A quote made in conversation arrives as a document whose link anybody can open, and nobody can guess."""

from decimal import Decimal
from io import BytesIO
from urllib.parse import urlsplit

import aiohttp
import openpyxl
import pytest

from core.money import Money
from core.records import CatalogItem
from storage import catalog


@pytest.fixture
async def quoted(resources, call, worker):
    item = CatalogItem(sku="BAL-100", name="Balata delantera", price=Money(45_990, "MXN"), stock=Decimal(12))
    async with resources.tenant_connection("acme") as connection:
        await catalog.put(connection, "acme", [item])
    _, answer = await call(
        "POST", "/api/chat", {"customer": "ana", "text": "dame 3 balatas delanteras", "wait_seconds": 30}
    )
    return answer


async def read(url):
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_the_chat_carries_the_pdf_and_its_link_opens_without_a_key(quoted, api_url):
    (attached,) = quoted["replies"][0]["attachments"]
    assert attached["kind"] == "document"
    assert attached["mime"] == "application/pdf"
    assert attached["name"].endswith("-v1.pdf")
    status, headers, body = await read(api_url + urlsplit(attached["url"]).path)
    assert (status, headers["content-type"]) == (200, "application/pdf")
    assert attached["name"] in headers["content-disposition"]
    assert body.startswith(b"%PDF-")


async def test_the_same_link_gives_a_spreadsheet_of_the_same_quote(quoted, api_url):
    path = urlsplit(quoted["replies"][0]["attachments"][0]["url"]).path
    status, _, body = await read(api_url + path.replace(".pdf", ".xlsx"))
    assert status == 200
    cells = [cell for row in openpyxl.load_workbook(BytesIO(body)).active.iter_rows(values_only=True) for cell in row]
    assert "BAL-100" in cells


async def test_a_link_that_was_changed_in_one_place_opens_nothing(quoted, api_url):
    token = urlsplit(quoted["replies"][0]["attachments"][0]["url"]).path.split("/")[2]
    for at in (0, len(token) // 2, len(token) - 2):
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        status, _, body = await read(f"{api_url}/documents/{forged}/quote.pdf")
        assert (status, b"BAL-100" in body) == (404, False)


async def test_history_shows_the_document_again(quoted, call):
    _, history = await call("GET", "/api/chat/history/ana")
    (with_document,) = [said for said in history["messages"] if said.get("attachments")]
    assert with_document["attachments"] == quoted["replies"][0]["attachments"]
