"""A catalogue as a table (CSV): which column is what, and rows as items or as what is wrong with them."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from core.errors import Invalid
from core.fold import fold
from core.messages import Struct
from core.money import Money
from core.numbers import number
from core.records import CatalogItem
from core.units import unit_code

# Our name of a column, and what else it is called (folded).
COLUMNS = {
    "sku": "sku codigo clave code referencia part_number",
    "name": "name nombre nome producto produto descripcion descricao description",
    "price": "price precio preco valor",
    "currency": "currency moneda moeda",
    "unit": "unit unidad unidade um",
    "stock": "stock existencia existencias inventario estoque",
    "brand": "brand marca",
    "category": "category categoria linea linha",
    "aliases": "aliases alias sinonimos otros_nombres outros_nomes",
    "attributes": "attributes atributos",
    "active": "active activo ativo",
}
_NAMES = {name: column for column, names in COLUMNS.items() for name in names.split()}
_NEEDED = ("sku", "name", "price")
_LONGEST = {"sku": 100, "name": 500, "brand": 100, "category": 200, "aliases": 2000}
_YES, _NO = frozenset(["1", "true", "yes", "y", "si", "s", "sim", "x"]), frozenset(["0", "false", "no", "n", "nao"])
_LONGEST_WORD = 100  # longer ones cannot be indexed, nor searched by anybody
_MOST_PRICE, _MOST_STOCK = 10**12, Decimal(10**11)


class BadRow(Struct):
    """A row that cannot be used, and why."""

    line: int
    column: str
    message: str


def encoding_of(chunks: Iterable[bytes]) -> str:
    """UTF-8 when all of it is, otherwise what spreadsheets of Windows write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


class CatalogTable:
    """Reads lines; the header decides. `ignored` names the columns that mean nothing to us."""

    def __init__(self, lines: Iterable[str], currency: str) -> None:
        """Read the header; raises Invalid when a needed column is missing."""
        rest = iter(lines)
        self._above, header = next(((at, line) for at, line in enumerate(rest, 1) if line.strip()), (0, ""))
        self._currency = currency
        self._lines = rest
        self._delimiter = max(",;\t|", key=header.count)
        try:
            named = next(csv.reader([header], delimiter=self._delimiter), [])
        except csv.Error as error:
            raise Invalid(f"line {self._above}: {error}; is this a table?") from None
        found = [_NAMES.get(re.sub(r"[\s_]+", "_", fold(name).strip())) for name in named]
        self._columns = [None if column in found[:at] else column for at, column in enumerate(found)]
        self.ignored = [name for name, column in zip(named, self._columns, strict=True) if column is None]
        missing = [column for column in _NEEDED if column not in self._columns]
        if missing:
            raise Invalid(
                f"the first line names no column {', '.join(missing)}: it needs sku, name and price, "
                f"and may have {', '.join(column for column in COLUMNS if column not in _NEEDED)}"
            )

    def rows(self) -> Iterator[CatalogItem | BadRow]:
        """Give every row that is not blank; raises Invalid when the rest of the file cannot be read as a table."""
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        seen: dict[str, int] = {}
        line = self._above + 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield self._row(cells, line, seen)
                line = self._above + reader.line_num + 1
        except csv.Error as error:
            raise Invalid(f"line {line}: {error}; is a quote not closed?") from None

    def _row(self, cells: Sequence[str], line: int, seen: dict[str, int]) -> CatalogItem | BadRow:
        if len(cells) > len(self._columns) and any(cell.strip() for cell in cells[len(self._columns) :]):
            message = f"{len(cells)} cells under {len(self._columns)} columns: put quotes around a cell with a comma"
            return BadRow(line=line, column="", message=message)
        given = {
            column: " ".join(cell.replace("\x00", "").split())
            for column, cell in zip(self._columns, cells, strict=False)
            if column
        }
        try:
            item = _item(given, self._currency)
        except _Unusable as error:
            return BadRow(line=line, column=error.column, message=error.message)
        first = seen.setdefault(item.sku, line)
        if first != line:
            return BadRow(line=line, column="sku", message=f"{item.sku} is on line {first} already")
        return item


class _Unusable(Exception):
    def __init__(self, column: str, message: str) -> None:
        self.column, self.message = column, message


def _item(given: dict[str, str], currency: str) -> CatalogItem:
    for column in ("sku", "name", "price"):
        if not given.get(column):
            raise _Unusable(column, "is empty")
    for column, most in _LONGEST.items():
        if len(given.get(column, "")) > most:
            raise _Unusable(column, f"is longer than {most} characters")
        if any(len(word) > _LONGEST_WORD for word in given.get(column, "").split()):
            raise _Unusable(column, f"has a word of more than {_LONGEST_WORD} characters")
    aliases = (alias.strip() for alias in re.split(r"[|;]", given.get("aliases", "")))
    return CatalogItem(
        sku=given["sku"], name=given["name"], price=_price(given, currency),
        aliases=tuple(alias for alias in aliases if alias), brand=given.get("brand", ""),
        category=given.get("category", ""), unit=unit_code(given.get("unit") or "PZA", given.get("unit", "").upper()),
        stock=_stock(given.get("stock", "")), attributes=_attributes(given.get("attributes", "")),
        active=_active(given.get("active", "")),
    )  # fmt: skip


def _price(given: dict[str, str], default: str) -> Money:
    currency = given.get("currency", "").upper() or default
    if not re.fullmatch("[A-Z]{3}", currency):
        raise _Unusable("currency", f"{currency!r}: give the three letters of ISO 4217, such as MXN")
    amount = _number("price", given["price"])
    if not 0 <= amount <= _MOST_PRICE:
        raise _Unusable("price", f"{given['price']!r}: a price is not negative, and not that large")
    return Money.of(amount, currency)


def _stock(text: str) -> Decimal:
    stock = _number("stock", text) if text else Decimal(0)
    if abs(stock) >= _MOST_STOCK:
        raise _Unusable("stock", f"{text!r} is too large")
    return stock.quantize(Decimal("0.001"), rounding=ROUND_DOWN)


def _number(column: str, text: str) -> Decimal:
    try:
        return number(text)
    except ValueError as error:
        raise _Unusable(column, str(error)) from None


def _attributes(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text, type=dict[str, Any]) if text else {}
    except msgspec.DecodeError:
        raise _Unusable("attributes", 'write them as an object: {"size": "M8"}') from None
    if "\\u0000" in text or len(text) > 4000 or any(len(word) > _LONGEST_WORD for word in _spoken(found)):
        raise _Unusable("attributes", "hold what cannot be stored: shorten them")
    return found


def _spoken(attributes: dict[str, Any]) -> list[str]:
    return [word for value in attributes.values() if isinstance(value, str | int) for word in str(value).split()]


def _active(text: str) -> bool:
    word = fold(text)
    if word and word not in _YES | _NO:
        raise _Unusable("active", f"{text!r}: write yes or no")
    return word not in _NO
