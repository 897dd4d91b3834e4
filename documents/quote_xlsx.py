"""A quote as a spreadsheet: the figures are numbers, so that the customer can calculate on."""

from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from core.money import Money, digits
from core.records import Quote
from core.units import unit_label
from documents.words import day, words

_WIDTHS = (16, 48, 10, 10, 16, 16, 18)
_BLUE = "1F4E79"


def render(quote: Quote, *, business: str, customer: str, locale: str) -> bytes:
    """The bytes of the file."""
    said = words(locale)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = quote.number[:31]
    _put(sheet, 1, [business], font=Font(bold=True, size=16, color=_BLUE))
    _put(sheet, 2, [f"{said['title']} {quote.number}"], font=Font(bold=True, size=13))
    facts = [
        (said["version"], quote.version), (said["date"], day(quote.created_on, locale)),
        (said["valid"], day(quote.valid_until, locale)), (said["customer"], customer),
    ]  # fmt: skip
    for at, fact in enumerate(facts, 3):
        _put(sheet, at, list(fact))
    heads = [said[name] for name in ("sku", "name", "quantity", "unit", "price", "discount_column", "amount")]
    _put(sheet, 8, heads, font=Font(bold=True, color="FFFFFF"), fill=PatternFill("solid", fgColor=_BLUE))
    last = _lines(sheet, quote, locale)
    _sums(sheet, quote, locale, last + 2)
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A9"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(sheet: Any, quote: Quote, locale: str) -> int:
    at = 8
    for at, line in enumerate(quote.sums.lines, 9):
        off = line.discount or Money(0, line.total.currency)
        product = line.product
        _put(sheet, at, [
            product.sku, product.name, line.quantity, unit_label(product.unit, locale), product.price, off,
            line.total,
        ])  # fmt: skip
    return at


def _sums(sheet: Any, quote: Quote, locale: str, row: int) -> None:
    said, sums = words(locale), quote.sums
    off = Money(-sums.discount.amount_minor, sums.discount.currency)
    tax = f"{said['tax']} ({(sums.tax_rate * 100).normalize():f} %)" if sums.tax_rate else said["tax"]
    entries = [(said["subtotal"], sums.subtotal), (said["discount"], off), (tax, sums.tax)]
    for name, value in entries:
        _put(sheet, row, [None] * 5 + [name, value])
        row += 1
    _put(sheet, row, [None] * 5 + [said["total"], sums.total], font=Font(bold=True, color=_BLUE))


def _put(sheet: Any, row: int, values: list[Any], *, font: Font | None = None, fill: PatternFill | None = None) -> None:
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row=row, column=column)
        if isinstance(value, Money):
            cell.value = value.major
            decimals = digits(value.currency)
            cell.number_format = f'#,##0{"." + "0" * decimals if decimals else ""} "{value.currency}"'
        else:
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a name that begins with = stays a name and is no formula
        if font:
            cell.font = font
        if fill:
            cell.fill = fill
            cell.alignment = Alignment(horizontal="center")
