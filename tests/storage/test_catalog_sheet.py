"""A workbook that cannot be read is said to be so, whatever is wrong with it: no worker may stumble over a file."""

import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from core.errors import Invalid
from storage import catalog_sheet


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["sku", "name", "price"])
    for number in range(200):
        book.active.append([f"A-{number}", f"cosa {number}", number])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook of which one part says something else."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            body = old.read(each.filename)
            new.writestr(each.filename, change(body) if each.filename == part else body)
    return data.getvalue()


def damaged() -> bytes:
    """The compressed sheet with some bytes turned over."""
    data, name = bytearray(workbook()), "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        begin = packed.getinfo(name).header_offset + 30 + len(name)
    data[begin + 40 : begin + 60] = bytes(byte ^ 0xFF for byte in data[begin + 40 : begin + 60])
    return bytes(data)


def encrypted() -> bytes:
    """Every part marked as encrypted."""
    data, at = bytearray(workbook()), -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    return bytes(data)


BROKEN = {
    "damaged": damaged,
    "encrypted": encrypted,
    "cut_off": lambda: workbook()[:-500],
    "a_font_of_no_size": lambda: changed("xl/styles.xml", lambda body: body.replace(b'val="11"', b'val="big"')),
    "an_odd_fill": lambda: changed("xl/styles.xml", lambda body: body.replace(b"<patternFill", b"<oddFill")),
    "no_workbook": lambda: changed("xl/workbook.xml", lambda _: b"<a/>"),
    "half_a_sheet": lambda: changed("xl/worksheets/sheet1.xml", lambda body: body[: len(body) // 2]),
}


def test_a_sound_workbook_is_read_whole() -> None:
    assert len(list(catalog_sheet.read(workbook()).lines)) == 201


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_workbook_is_refused_in_words(name: str) -> None:
    with pytest.raises(Invalid, match="save it again"):
        list(catalog_sheet.read(BROKEN[name]()).lines)
