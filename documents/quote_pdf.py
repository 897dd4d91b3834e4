"""A quote as a PDF of one or more pages."""

from decimal import Decimal

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from core.money import Money
from core.records import Quote
from core.units import unit_label
from documents.words import day, words

_INK, _GREY, _BLUE, _PALE = (33, 37, 41), (108, 117, 125), (31, 78, 121), (234, 240, 246)
_WIDTHS = (24, 66, 16, 18, 27, 25, 30)


class _Paper(FPDF):
    """A4 with page numbers; the built-in font writes Windows-1252, which has every letter of our languages."""

    def __init__(self, page: str) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "cp1252"
        self._page_word = page
        self.set_margins(12, 14, 12)
        self.set_auto_page_break(True, 18)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """Page n of m."""
        self.set_y(-12)
        self.set_font("Helvetica", size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, f"{self._page_word} {self.page_no()} / {{nb}}", align="R")


def render(quote: Quote, *, business: str, customer: str, locale: str) -> bytes:
    """The bytes of the file."""
    said = words(locale)
    paper = _Paper(said["page"])
    paper.set_title(f"{said['title']} {quote.number}")
    _head(paper, quote, business, customer, locale)
    _lines(paper, quote, locale)
    _sums(paper, quote, locale)
    paper.ln(6)
    paper.set_font("Helvetica", size=8)
    paper.set_text_color(*_GREY)
    paper.multi_cell(0, 4, said["note"].format(currency=quote.sums.total.currency))
    return bytes(paper.output())


def _head(paper: _Paper, quote: Quote, business: str, customer: str, locale: str) -> None:
    said = words(locale)
    paper.set_text_color(*_BLUE)
    paper.set_font("Helvetica", "B", 18)
    paper.multi_cell(0, 9, _clean(business), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_draw_color(*_BLUE)
    paper.set_line_width(0.6)
    paper.line(12, paper.get_y() + 1, 198, paper.get_y() + 1)
    paper.ln(5)
    title = f"{said['title']} {quote.number}" + (f" - {said['void']}" if quote.status == "void" else "")
    paper.set_text_color(*_INK)
    paper.set_font("Helvetica", "B", 13)
    paper.cell(0, 7, _clean(title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    facts = [
        (said["version"], str(quote.version)), (said["date"], day(quote.created_on, locale)),
        (said["valid"], day(quote.valid_until, locale)), (said["customer"], customer),
    ]  # fmt: skip
    for name, value in facts:
        if value:
            paper.set_font("Helvetica", "B", 9)
            paper.cell(30, 5, _clean(name) + ":")
            paper.set_font("Helvetica", size=9)
            paper.cell(0, 5, _clean(value)[:90], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(4)


def _lines(paper: _Paper, quote: Quote, locale: str) -> None:
    said = words(locale)
    heads = [said[name] for name in ("sku", "name", "quantity", "unit", "price", "discount_column", "amount")]
    paper.set_font("Helvetica", size=8.5)
    paper.set_line_width(0.1)
    heading = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=_BLUE)
    aligned = ("LEFT", "LEFT", "RIGHT", "CENTER", "RIGHT", "RIGHT", "RIGHT")
    with paper.table(
        col_widths=_WIDTHS, text_align=aligned, headings_style=heading, line_height=5.5,
        cell_fill_color=_PALE, cell_fill_mode="ROWS", borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        table.row([_clean(head) for head in heads])
        for line in quote.sums.lines:
            off = line.discount or Money(0, line.total.currency)
            table.row([
                _clean(line.product.sku), _clean(line.product.name), _number(line.quantity),
                _clean(unit_label(line.product.unit, locale)), _money(line.product.price, locale),
                _money(off, locale) if off.amount_minor else "", _money(line.total, locale),
            ])  # fmt: skip


def _sums(paper: _Paper, quote: Quote, locale: str) -> None:
    said, sums = words(locale), quote.sums
    rows = [(said["subtotal"], _money(sums.subtotal, locale))]
    if sums.discount.amount_minor:
        rows.append((said["discount"], f"-{_money(sums.discount, locale)}"))
    if sums.tax.amount_minor:
        rows.append((f"{said['tax']} ({_number(sums.tax_rate * 100)} %)", _money(sums.tax, locale)))
    paper.ln(3)
    paper.set_text_color(*_INK)
    for name, value in rows:
        paper.set_font("Helvetica", size=10)
        paper.cell(146, 6, _clean(name), align="R")
        paper.cell(40, 6, value, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font("Helvetica", "B", 12)
    paper.set_text_color(*_BLUE)
    paper.cell(146, 8, _clean(said["total"]), align="R")
    paper.cell(40, 8, _money(sums.total, locale), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _money(value: Money, locale: str) -> str:
    return _clean(value.text(locale))


def _clean(text: str) -> str:
    """What the built-in font can write: a letter of another alphabet becomes a question mark."""
    return text.encode("cp1252", "replace").decode("cp1252")
