"""An uploaded catalogue file, CSV or XLSX, as the text lines that core.catalog_table reads; told apart by its bytes."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from core.catalog_table import encoding_of
from core.errors import Invalid
from core.numbers import unmistakable

LARGEST_BYTES = 20 * 1024 * 1024
_LARGEST_UNPACKED = 400 * 1024 * 1024  # a workbook is a zip file: a small one may hold a very large sheet
_XLSX, _XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# What openpyxl lets through of a damaged, an encrypted or an oddly written workbook.
_UNREADABLE = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, ValueError, TypeError,
    AttributeError, RuntimeError,
)  # fmt: skip


class Lines(NamedTuple):
    """The lines, and about how many rows they make, the header not counted."""

    lines: Iterator[str]
    rows: int


def read(data: bytes) -> Lines:
    """Open the file; raises Invalid for what is neither, or too large. Lines are made while they are taken."""
    if len(data) > LARGEST_BYTES:
        raise Invalid(f"the file is over {LARGEST_BYTES >> 20} MiB: split it, or use `orkesta import`")
    if data.startswith(_XLS):
        raise Invalid("this is an old Excel file (.xls): save it as .xlsx or CSV")
    if data.startswith(_XLSX):
        return _workbook(data)
    text = data.decode(encoding_of([data]), "replace")
    return Lines(iter(io.StringIO(text, newline="")), max(0, text.count("\n") - (1 if text.endswith("\n") else 0)))


def _workbook(data: bytes) -> Lines:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED:
                raise Invalid("the workbook is too large once unpacked: save it as CSV")
        sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    except (*_UNREADABLE, IndexError) as error:
        raise Invalid(f"the workbook cannot be read ({type(error).__name__}): save it again as .xlsx or CSV") from None
    return Lines(_rows(sheet), max(0, (sheet.max_row or 1) - 1))


def _rows(sheet: Any) -> Iterator[str]:
    """One line for each row of the sheet, also for a blank one: so an error names the row that people see."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter="\t", lineterminator="\n")
    try:
        for row in sheet.iter_rows(values_only=True):
            writer.writerow([_text(value) for value in row])
            yield written.getvalue()
            written.seek(0)
            written.truncate()
    except _UNREADABLE as error:
        raise Invalid(f"the sheet breaks off ({type(error).__name__}): save it again as .xlsx or CSV") from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return unmistakable(Decimal(repr(value)))  # what the cell shows: 0.1, never 0.1000000000000000055
    if isinstance(value, datetime | date):
        return value.isoformat()
    return " ".join(str(value).split())
