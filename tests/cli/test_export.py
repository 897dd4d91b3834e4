"""`orkesta export`: a tenant's own rows only, in three formats; a catalogue comes back as it was."""

import csv
import json
import stat
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from core.messages import Envelope, Sender
from storage import catalog, seed, tenants
from storage.accounts import Accounts
from storage.export import QUERIES
from storage.inbox import Arrival, Inbox
from storage.resources import Resources
from tests.cli.command import as_json, orkesta

FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
async def acme(resources: Resources) -> None:
    """Two tenants, each with a customer who wrote on the web channel."""
    for tenant, text in {"acme": FORMULA, "other": "not yours"}.items():
        await tenants.create(resources, tenant, name=tenant)
        account = await Accounts(resources).get(f"{tenant}:web:web")
        envelope = Envelope(dedupe="1", sender=Sender(id="ana", name="Ana"), text=text)
        await Inbox(resources).put([Arrival(account=account, envelope=envelope)])


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("acme")
async def test_only_rows_of_the_tenant_are_written_and_a_formula_is_disarmed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "messages.csv"
    told = await as_json("export", "messages", "--tenant", "acme", "-o", str(file), environment=environment)
    (row,) = rows_of(file)
    assert told["rows"] == 1
    assert (row["conversation_id"], row["text"]) == ("acme:web:web:ana", f"'{FORMULA}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["messages.csv"]


@pytest.mark.usefixtures("acme")
async def test_a_spreadsheet_holds_the_text_as_text(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "messages.xlsx"
    options = ("--tenant", "acme", "--format", "xlsx", "-o", str(file))
    await as_json("export", "messages", *options, environment=environment)
    with zipfile.ZipFile(file) as book:
        for name in book.namelist():
            ElementTree.fromstring(book.read(name))
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = [list(row) for row in sheet.findall(".//{*}row")]
    header = ["".join(cell.itertext()) for cell in rows[0]]
    cell = rows[1][header.index("text")]
    assert ("".join(cell.itertext()), cell.get("t")) == (FORMULA, "inlineStr")
    assert len(rows) == 2


@pytest.mark.usefixtures("acme")
async def test_days_limit_what_is_written_and_no_rows_still_have_a_header(environment: dict[str, str]) -> None:
    for options, expected in ((("--until", "2001-01-01"), 0), (("--since", "2001-01-01"), 1)):
        command = ("export", "conversations", "--tenant", "acme", *options)
        status, output = await orkesta(*command, environment=environment)
        assert status == 0, output
        assert len(output.splitlines()) == expected + 1
        assert "last_message_at" in output.splitlines()[0]
    usage, day = [("orders",), ("messages", "--format", "pdf")], ("messages", "--since", "yesterday")
    for wrong, expected in (*((each, 2) for each in usage), (day, 1)):
        status, output = await orkesta("export", *wrong, "--tenant", "acme", environment=environment)
        assert status == expected, output


@pytest.mark.timeout(120)
async def test_everything_of_a_demo_tenant_is_written_as_json_and_its_catalogue_comes_back(
    resources: Resources, environment: dict[str, str], tmp_path: Path
) -> None:
    await seed.load(resources)
    for what in QUERIES:
        file = tmp_path / f"{what}.json"
        options = ("--tenant", "refamex", "--format", "json", "-o", str(file))
        told = await as_json("export", what, *options, environment=environment)
        assert len(json.loads(file.read_text())) == told["rows"]
    invoices = json.loads((tmp_path / "invoices.json").read_text())
    assert invoices[0]["total"].keys() == {"amount_minor", "currency"}

    table = tmp_path / "catalog.csv"
    await as_json("export", "catalog", "--tenant", "refamex", "-o", str(table), environment=environment)
    before = rows_of(table)
    async with resources.tenant_connection("refamex") as connection:
        await connection.execute("DELETE FROM catalog_items")
    told = await as_json("import", str(table), "--tenant", "refamex", environment=environment)
    assert told["imported"] == len(before) > 900
    await as_json("export", "catalog", "--tenant", "refamex", "-o", str(table), environment=environment)
    assert [row | {"updated_at": ""} for row in rows_of(table)] == [row | {"updated_at": ""} for row in before]
    async with resources.tenant_connection("refamex") as connection:
        assert await catalog.count(connection, "refamex") == len(before)
