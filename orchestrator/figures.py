"""Figures, amounts and links of a text, each in one form, so that two texts can be compared."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_LINK = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\w+|(?<![\w.])(?:[a-z0-9-]+\.)+(?:[a-z]{2,})(?:/\S*)?(?![\w])", re.IGNORECASE
)
_FIGURE = re.compile(r"\d(?:[\d.,/:-]*\d)?")
_SIGN = r"(?:us\$|r\$|mx\$|s/\.?|\$|€|£)"
_WORD = r"(?:mxn|usd|cop|brl|eur|clp|pen|ars|pesos?|d[oó]lar(?:es)?|dollars?|reais|real|euros?|soles)"
_NUMBER = r"\d(?:[\d.,]*\d)?"
_AMOUNT = re.compile(
    rf"(?P<before>{_SIGN}|{_WORD})\s?(?P<a>{_NUMBER})"
    rf"|(?P<b>{_NUMBER})\s?(?P<after>{_SIGN}(?!\s?\d)|{_WORD}\b|%)",  # in `F-1023 $350` the sign is the next one's
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufe00-\ufe0f\U000e0000-\U000e007f]"
)


def without_hidden(text: str) -> str:
    """The text without its invisible characters."""
    return _HIDDEN.sub("", text)


def visible(text: str) -> str:
    """The text as a reader sees it: no invisible characters, full-width and circled digits as plain ones."""
    return unicodedata.normalize("NFKC", without_hidden(text)).replace("\u2044", "/")


def links(text: str) -> Iterator[str]:
    """Addresses of the web and of mail, without the mark after them."""
    return (link.rstrip(".,;:!?)»\"'") for link in _LINK.findall(text))


def figures(text: str) -> Iterator[str]:
    """Numbers in one form: 1,234.50 and 1.234,50 are both 1234.5; dates and times stay as they are."""
    for figure in _FIGURE.findall(_LINK.sub(" ", text)):
        yield figure if re.search(r"[/:-]", figure) else _plain(figure)


def amounts(text: str) -> Iterator[str]:
    """The numbers that are money or a percentage."""
    for match in _AMOUNT.finditer(_LINK.sub(" ", text)):
        yield _plain(match["a"] or match["b"])


def currencies(text: str) -> set[str]:
    """How the money of a text is called: `$100 MXN` said as `$100 USD` is another amount."""
    return {word.lower() for match in _AMOUNT.finditer(text) for word in (match["before"], match["after"]) if word} | {
        word.lower() for word in re.findall(r"\b(?:MXN|USD|COP|BRL|EUR|CLP|PEN|ARS)\b", text)
    }


def in_order(needed: Sequence[str], given: Sequence[str]) -> bool:
    """True when all of `needed` occur in `given` in the same order: no amount is dropped or moved to another line."""
    rest = iter(given)
    return all(any(figure == other for other in rest) for figure in needed)


def _plain(figure: str) -> str:
    parts = re.split(r"[.,]", figure)
    if len(parts) > 1 and len(parts[-1]) != 3:  # a decimal part; three digits are thousands
        whole, decimals = "".join(parts[:-1]), parts[-1].rstrip("0")
    else:
        whole, decimals = "".join(parts), ""
    return f"{whole.lstrip('0') or '0'}{'.' + decimals if decimals else ''}"
