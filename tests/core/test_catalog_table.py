"""Catalogue tables as people export them: any order, language and delimiter; each bad row with its line and reason."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.catalog_table import BadRow, CatalogTable, encoding_of
from core.errors import Invalid
from core.money import Money
from core.records import CatalogItem


def read(text: str) -> list[CatalogItem | BadRow]:
    return list(CatalogTable(text.splitlines(keepends=True), "MXN").rows())


def test_columns_come_in_any_order_language_and_delimiter() -> None:
    (item,) = read(
        "Marca;Precio;Código;Nombre;Unidad;Existencia;Sinónimos\nWagner;1.234,50;B-1;Balata;Piezas;7,5;pastilla|freno\n"
    )
    assert isinstance(item, CatalogItem)
    assert (item.sku, item.name, item.price, item.unit) == ("B-1", "Balata", Money(123450, "MXN"), "PZA")
    assert (item.brand, item.stock, item.aliases) == ("Wagner", Decimal("7.5"), ("pastilla", "freno"))


def test_a_cell_may_hold_delimiters_quotes_and_line_breaks_and_lines_are_counted_through_them() -> None:
    item, bad = read('\nsku,name,price\nA,"Tubo 1/2"", de\ncobre",5\nB,,5\n')
    assert isinstance(item, CatalogItem)
    assert item.name == 'Tubo 1/2", de cobre'
    assert bad == BadRow(line=5, column="name", message="is empty")


BAD = {
    "A,x,": "price is empty", "A,x,cheap": "price 'cheap' is no number", "A,x,-1": "price '-1': a price",
    "A,x,1.234": "price '1.234' can be read in two ways", ",x,1": "sku is empty", f"{'A' * 101},x,1": "sku is longer",
    "A,x,1,5": "4 cells under 3 columns", f"A,{'y' * 101},1": "name has a word", "A,x,9999999999999": "price '99999",
}  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), BAD.items())
def test_a_bad_row_says_what_is_wrong(row: str, reason: str) -> None:
    (bad,) = read(f"sku,name,price\n{row}\n")
    assert isinstance(bad, BadRow)
    assert f"{bad.column} {bad.message}".strip().startswith(reason)


def test_a_sku_comes_once_and_names_its_first_line() -> None:
    assert read("sku,name,price\nA,x,1\n\nA,y,2\n")[1] == BadRow(line=4, column="sku", message="A is on line 2 already")


def test_a_table_without_a_needed_column_or_with_an_open_quote_is_refused() -> None:
    with pytest.raises(Invalid, match="no column price"):
        read("sku,name\n")
    with pytest.raises(Invalid, match="no column sku, name, price"):
        read("")
    with pytest.raises(Invalid, match=r"line 2: .*quote"):
        read('sku,name,price\nA,"x,1\n' + "B,y,2\n" * 50_000)


def test_unknown_columns_are_ignored_and_named() -> None:
    table = CatalogTable(["sku,name,price,color,nombre\n", "A,x,1,red,y\n"], "MXN")
    assert table.ignored == ["color", "nombre"]
    assert [item.name for item in table.rows() if isinstance(item, CatalogItem)] == ["x"]


def test_the_encoding_of_windows_is_recognised() -> None:
    assert encoding_of([b"caf\xc3", b"\xa9"]) == "utf-8-sig"
    assert encoding_of(["café".encode("cp1252"), b" con leche"]) == "cp1252"


@given(some.text(max_size=300))
def test_no_text_raises_anything_but_our_refusal(text: str) -> None:
    with suppress(Invalid):
        assert all(isinstance(row, CatalogItem | BadRow) for row in read(f"sku,name,price,stock,attributes\n{text}"))
