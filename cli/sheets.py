"""Rows written as CSV, JSON or a spreadsheet (XLSX), one after the other: an export is never whole in memory."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from core.clock import rfc3339
from core.errors import Invalid
from core.money import Money, digits
from core.numbers import unmistakable

Row = Mapping[str, Any]
Write = Callable[[Row], Any]

# What a table program would take for a formula; a number or phone with a sign is none.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s().-]*$)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_SHEET_ROWS, _CELL_LETTERS = 1_048_576, 32_767


@contextmanager
def csv_sheet(binary: BinaryIO, columns: Sequence[str]) -> Iterator[Write]:
    """CSV as spreadsheets read it: UTF-8 with its mark, amounts in major units beside their currency."""
    text = io.TextIOWrapper(binary, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    yield lambda row: writer.writerow([_guarded(value) for value in row.values()])
    text.flush()
    text.detach()


@contextmanager
def json_sheet(binary: BinaryIO, _columns: Sequence[str]) -> Iterator[Write]:
    """One JSON array, a row on each line; money is {"amount_minor", "currency"}."""
    before = b"[\n"

    def write(row: Row) -> None:
        nonlocal before
        binary.write(before + json.dumps(row, default=_as_json, ensure_ascii=False).encode("utf-8", "replace"))
        before = b",\n"

    yield write
    binary.write(b"[]\n" if before == b"[\n" else b"\n]\n")


@contextmanager
def xlsx_sheet(binary: BinaryIO, columns: Sequence[str]) -> Iterator[Write]:
    """A workbook of one sheet; texts are texts, never formulas. Raises Invalid when a sheet has no more rows."""
    with zipfile.ZipFile(binary, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _BOOK.items():
            book.writestr(name, _XML + content)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((_XML + _SHEET).encode())
            sheet.write(_line(columns))
            count = 1

            def write(row: Row) -> None:
                nonlocal count
                count += 1
                if count > _SHEET_ROWS:
                    raise Invalid(f"a sheet has {_SHEET_ROWS} rows: choose --format csv, or fewer with --since")
                sheet.write(_line(row.values()))

            yield write
            sheet.write(b"</sheetData></worksheet>")


FORMATS = {"csv": csv_sheet, "json": json_sheet, "xlsx": xlsx_sheet}


def _guarded(value: Any) -> str:
    text = _text(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _text(value: Any) -> str:
    if isinstance(value, Money):
        places = digits(value.currency)
        return f"{value.major:.{4 if places == 3 else places}f}"  # three would read as thousands
    if isinstance(value, Decimal):
        return unmistakable(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, list):
        return "|".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _as_json(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return rfc3339(value) if isinstance(value, datetime) else value.isoformat()


def _line(values: Any) -> bytes:
    return f"<row>{''.join(map(_cell, values))}</row>\n".encode()


def _cell(value: Any) -> str:
    if isinstance(value, Money | Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"<c><v>{_text(value)}</v></c>"
    text = _LOOKS_ESCAPED.sub("_x005F_", _NOT_XML.sub("", _text(value)))[:_CELL_LETTERS]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = f'<worksheet xmlns="{_MAIN}"><sheetData>'
_BOOK = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="orkesta" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
