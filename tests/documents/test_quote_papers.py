"""A quote on paper says what the quote says, in the customer's language, whatever is in a product's name."""

import re
import zlib
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from core.money import Money
from core.records import Product, Quote
from documents import quote_pdf, quote_xlsx
from storage import quotes

D = Decimal


def quote(lines: int = 2, **changes) -> Quote:
    sold = [
        (Product(sku=f"A-{at}", name=f"Balata ñandú № {at} – 「日」", price=Money(10000 + at, "MXN")), D(at + 1))
        for at in range(lines)
    ]
    sums = quotes.price(sold, (), D("0.16"), "MXN", D("0.05"))
    given = {"number": "C-1001", "version": 2, "status": "sent", "sums": sums, "created_on": date(2026, 11, 21),
             "valid_until": date(2026, 12, 6)}  # fmt: skip
    return Quote(**(given | changes))


def told(pdf: bytes) -> str:
    """The text that a PDF's pages show, as far as it is written in one piece."""
    pages = [zlib.decompress(found) for found in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)]
    shown = re.findall(rb"\((.*?)(?<!\\)\) Tj", b"\n".join(pages), re.S)
    return "\n".join(piece.decode("cp1252") for piece in shown)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("es", ("Cotización C-1001", "21/11/2026", "06/12/2026", "Impuestos", "Descuento")),
        ("en", ("Quote C-1001", "Nov 21, 2026", "Dec 06, 2026", "Tax", "Discount")),
        ("pt", ("Orçamento C-1001", "21/11/2026", "06/12/2026", "Impostos", "Desconto")),
    ],
)
def test_the_pdf_says_who_what_when_and_how_much(locale, words):
    made = quote()
    pdf = quote_pdf.render(made, business="Refacciones Ñ", customer="Ana (López)", locale=locale)
    assert pdf.startswith(b"%PDF-")
    text = told(pdf)
    for expected in (*words, "Refacciones Ñ", "A-0", "A-1", made.sums.total.text(locale), made.sums.tax.text(locale)):
        assert expected in text, text


def test_a_long_quote_goes_on_on_further_pages_and_loses_no_line():
    made = quote(120)
    pdf = quote_pdf.render(made, business="B", customer="", locale="es")
    text = told(pdf)
    assert pdf.count(b"/Type /Page\n") >= 3
    assert all(f"A-{at}" in text for at in range(120))


def test_the_spreadsheet_has_numbers_that_add_up():
    made = quote()
    book = openpyxl.load_workbook(BytesIO(quote_xlsx.render(made, business="B", customer="Ana", locale="pt")))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    lines = [row for row in rows if str(row[0]).startswith("A-")]
    assert [row[2] for row in lines] == [1, 2]
    (total,) = [row[6] for row in rows if row[5] == "Total"]
    (subtotal,) = [row[6] for row in rows if row[5] == "Subtotal"]
    (discount,) = [row[6] for row in rows if row[5] == "Desconto" and row[0] is None]
    (tax,) = [row[6] for row in rows if row[5] == "Impostos (16 %)"]
    assert round(sum(row[6] for row in lines), 2) == subtotal
    assert round(-sum(row[5] for row in lines), 2) == discount < 0
    assert round(subtotal + discount + tax, 2) == total == float(made.sums.total.major)


def test_a_name_that_looks_like_a_formula_stays_a_name():
    sums = quotes.price([(Product(sku="=1+1", name="=HYPERLINK(1)", price=Money(1, "MXN")), D(1))], (), D(0), "MXN")
    book = openpyxl.load_workbook(BytesIO(quote_xlsx.render(quote(sums=sums), business="=2", customer="", locale="es")))
    cells = [cell for row in book.active.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert len(cells) == 3
    assert {cell.data_type for cell in cells} == {"s"}
