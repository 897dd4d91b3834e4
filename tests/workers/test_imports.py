"""The import lane outlives whatever one file does to it."""

from typing import Any

import pytest

from storage import catalog_sheet, imports
from storage.resources import Resources
from tests.storage.business import make_tenant
from workers import imports as lane

CSV = b"sku,name,price\nA-1,Balata,10\n"


async def put(resources: Resources, data: bytes) -> imports.Import:
    return await imports.put(resources, "acme", by="boss", file_name="precios.csv", data=data)


async def test_a_file_that_ends_in_a_fault_of_ours_fails_and_the_next_goes_in(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_tenant(resources)
    read, bad = catalog_sheet.read, CSV + b"A-2,Filtro,20\n"

    def stumbling(data: bytes) -> Any:
        if data == bad:
            raise RecursionError("as a reader of somebody else's may")
        return read(data)

    monkeypatch.setattr(catalog_sheet, "read", stumbling)
    first, second = await put(resources, bad), await put(resources, CSV)
    assert [await lane.once(resources) for _ in range(3)] == [True, True, False]
    failed = await imports.get(resources, "acme", first.id)
    assert (failed.status, failed.error) == ("failed", "the import ended in a fault of ours: RecursionError")
    assert (await imports.get(resources, "acme", second.id)).status == "done"
