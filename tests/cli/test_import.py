"""`orkesta import`: good rows into the catalogue, bad ones told, a dry run touches nothing."""

import json
from pathlib import Path

import openpyxl

from core.money import Money
from storage import catalog, tenants
from storage.resources import Resources
from tests.cli.command import as_json, orkesta

TABLE = "sku,nombre,precio\nB-1,Balata delantera,450.00\nF-2,Filtro de aceite,caro\nL-3,Llanta 195/65 R15,1900\n"


def workbook(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


async def count(resources: Resources) -> int:
    async with resources.tenant_connection("acme") as connection:
        return await catalog.count(connection, "acme")


async def test_good_rows_are_found_in_the_catalogue_and_bad_ones_fail_the_command(
    resources: Resources, environment: dict[str, str], tmp_path: Path
) -> None:
    await tenants.create(resources, "acme", name="Acme")
    await tenants.create(resources, "other", name="Other")
    file = tmp_path / "catálogo.csv"
    file.write_bytes(TABLE.encode("utf-8-sig"))
    importing = ("import", str(file), "--tenant", "acme", "--json")

    status, output = await orkesta(*importing, "--dry-run", environment=environment)
    assert (status, json.loads(output)["refused"], await count(resources)) == (1, 1, 0)

    status, output = await orkesta(*importing, environment=environment)
    told = json.loads(output)
    assert (status, told["rows"], told["imported"], told["refused"]) == (1, 3, 2, 1)
    assert told["errors"] == [{"line": 3, "column": "price", "message": "'caro' is no number"}]
    async with resources.tenant_connection("acme") as connection:
        (found, *_) = await catalog.search(connection, "acme", "balatas", 3)
    assert (found.sku, found.price) == ("B-1", Money(45000, "MXN"))
    async with resources.tenant_connection("other") as connection:
        assert await catalog.search(connection, "other", "balatas", 3) == []


async def test_the_same_file_again_replaces_and_many_rows_go_through(
    resources: Resources, environment: dict[str, str], tmp_path: Path
) -> None:
    await tenants.create(resources, "acme", name="Acme")
    file = tmp_path / "many.csv"
    for price in (5, 6):
        lines = [f"S{number},Tornillo M{number},{price}" for number in range(2_500)]
        file.write_text("\n".join(["sku,name,price", *lines]))
        told = await as_json("import", str(file), "--tenant", "acme", environment=environment)
        assert (told["imported"], await count(resources)) == (2_500, 2_500)
    async with resources.tenant_connection("acme") as connection:
        product = await catalog.get(connection, "acme", "s2499")
    assert product
    assert product.price == Money(600, "MXN")


async def test_a_file_that_is_not_there_or_no_table_is_refused(
    resources: Resources, environment: dict[str, str], tmp_path: Path
) -> None:
    await tenants.create(resources, "acme", name="Acme")
    (tmp_path / "x").write_bytes(bytes(range(256)))
    for name, reason in {"gone.csv": "there is no file", "x": "names no column sku"}.items():
        status, output = await orkesta("import", str(tmp_path / name), "--tenant", "acme", environment=environment)
        assert (status, reason in output) == (1, True), output


async def test_a_workbook_goes_in_as_a_csv_does(
    resources: Resources, environment: dict[str, str], tmp_path: Path
) -> None:
    await tenants.create(resources, "acme", name="Acme")
    file = workbook(tmp_path / "catalogo.xlsx", ["Clave", "Nombre", "Precio"], ["B-1", "Balata", 450.5])
    status, output = await orkesta("import", str(file), "--tenant", "acme", "--json", environment=environment)
    assert (status, json.loads(output)["imported"], await count(resources)) == (0, 1, 1)
