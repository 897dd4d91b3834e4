"""Units and quantities as people write them: `dos kilos y medio de clavo`, `1/2 pulg`, `x3`, `10-15 pzas`.

`parse_lines` reads an order message into what is wanted and how much of it.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from core import quantities
from core.fold import fold
from core.quantities import Quantity as Quantity
from core.unit_words import AND, ARTICLES, LABELS, MEASURES, OF, UNIT_CODES

_WORD = re.compile(
    r"[1-9]\d{0,2}(?:[.,]\d{3})+(?![\d.,\w])|\d+[.,/]\d+(?![^\W_])|[^\W\d_]+'[^\W\d_]+|[^\W_]+|[^\s\w]"
)
_GLUED = re.compile(r"(?<![\w./])(\d+(?:[.,]\d+)?)(x|[a-z]{1,6})(?=[\s,;.)]|$)", re.IGNORECASE)  # 3x, 2kg
_SEPARATOR = re.compile(r"[;\n\r•·]+|,(?!\d)|(?<!\d),|(?<=\d),\s+(?=\d)|(?:^|\s)[-*]\s+")
_ASKING = """
dame deme denme da me mandame mande manda quiero queremos quisiera necesito necesitamos ocupo ocupamos busco
ponme pon agrega agregame anade apunta cotiza cotizame cotizar cotizacion pido pedir pedido vendeme tienes tiene
comprar llevo hola buenas buenos dias tardes noches por favor porfa porfavor oi ola bom boa dia tarde noite
quero queria gostaria preciso precisamos envia coloca adiciona please i we want need would like give send add
also get us to hello hi solo tambien tambem unos unas uns umas
"""
_PLEASE = frozenset(_ASKING.split())
_CLOSING = frozenset(".,:;!?¡¿()[]{}-_*=/&+")
_PLEASE_AT_END = frozenset({"por", "favor", "porfa", "please"})
_SIGNS = frozenset("$#€£@")  # 500 behind one of these is no quantity
_NEAR = 80  # signs behind an `y` that tell whether it joins a number


class Line(NamedTuple):
    """One wanted thing."""

    query: str
    quantity: Quantity


def unit_code(name: str, default: str = "PZA") -> str:
    """The code of a unit however it is written: `Piezas` is PZA, `lts.` is L; unknown gives `default`."""
    return UNIT_CODES.get(fold(name).strip(" ."), default)


def unit_label(code: str, locale: str = "es") -> str:
    """A unit as customers read it: PZA is `pza`, `un` in Portuguese, `pc` in English."""
    return LABELS.get(locale[:2], {}).get(code, code.lower())


def parse_quantity(text: str) -> Quantity | None:
    """Read a quantity that is the whole text or its beginning; None when there is none."""
    found = quantities.leading(_words(text))
    return found[0] if found else None


def parse_lines(text: str) -> list[tuple[str, Decimal]]:
    """Read `dame 3 balatas y 2 filtros de aceite` as [(balatas, 3), (filtros de aceite, 2)]; no number is 1."""
    return [(line.query, line.quantity.amount) for line in lines(text)]


def lines(text: str) -> list[Line]:
    """As `parse_lines`, with units and ranges."""
    parts = [words for part in _SEPARATOR.split(text) for words in _at_ands(_words(part))]
    found = shared([_one(words, _PLEASE) for words in parts])
    return [Line(name, quantity or Quantity(Decimal(1))) for quantity, name in found if name]


def one(text: str, asking: frozenset[str]) -> tuple[Quantity | None, str]:
    """How much a text about one thing wants, if it says so, and of what; `asking` words may come first.

    An article alone (`una balata`) is no quantity here, with a measure (`un kilo de clavo`) it is.
    """
    words = _words(text)
    quantity, name = _one(words, asking, articles=False)
    if quantity and (not name or _after_asking(words, asking, articles=False) is None):
        quantity = quantity._replace(behind=True)
    return quantity, name


def joins(before: str, behind: str, asking: frozenset[str]) -> bool:
    """True when an `y` between two texts is part of a number: `treinta y cinco`, `dos kilos y medio`."""
    return _joined_by_and(_words(before), _words(behind[:_NEAR]), asking)


def shared(found: list[tuple[Quantity | None, str]]) -> list[tuple[Quantity | None, str]]:
    """Give a quantity of nothing its thing: the one before it that has none (`balatas, 4 piezas`), else, to a bare
    number, that of the next quantity (`15 y 20 filtros` are 15 filtros and 20 filtros)."""
    return _forward(_back(found))


def _back(found: list[tuple[Quantity | None, str]]) -> list[tuple[Quantity | None, str]]:
    given: list[tuple[Quantity | None, str]] = []
    for quantity, name in found:
        lacks = given and given[-1][1] and given[-1][0] is None
        if lacks and quantity and not name and (quantity.unit or quantity.amount % 1 == 0):  # 1.8 is an engine's size
            given[-1] = quantity, given[-1][1]
        else:
            given.append((quantity, name))
    return given


def _forward(found: list[tuple[Quantity | None, str]]) -> list[tuple[Quantity | None, str]]:
    given: list[tuple[Quantity | None, str]] = []
    name_behind = ""
    for quantity, name in reversed(found):
        if quantity and not name and not quantity.unit:
            name = name_behind
        name_behind = name if quantity else ""
        given.append((quantity, name))
    return given[::-1]


def _words(text: str) -> list[str]:
    for sign, plain in (("½", " 1/2"), ("¼", " 1/4"), ("¾", " 3/4"), ("’", "'")):
        text = text.replace(sign, plain)
    return _WORD.findall(_GLUED.sub(_unglue, text))


def _unglue(match: re.Match[str]) -> str:
    unit = fold(match[2])
    apart = unit == "x" or UNIT_CODES.get(unit) in ("PZA", "KG", "G", "L", "M", "CAJA")
    return f"{match[1]} {match[2]}" if apart else match[0]


def _at_ands(words: list[str]) -> list[list[str]]:
    """Cut at each `y` with a quantity of something behind it: `2 kilos y medio` stays whole."""
    parts: list[list[str]] = [[]]
    for at, word in enumerate(words):
        behind = words[at + 1 : at + 1 + _NEAR]
        if parts[-1] and fold(word) in AND and _starts_line(behind, parts[-1]):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _starts_line(behind: list[str], before: list[str]) -> bool:
    """True when a quantity of something comes and the `y` is no part of a number."""
    found = quantities.leading(behind)
    return bool(found and _rest(found[1])) and not _joined_by_and(before, behind, _PLEASE)


def _joined_by_and(before: list[str], behind: list[str], asking: frozenset[str]) -> bool:
    found = _after_asking([*before, "y", *behind], asking)
    return found is not None and len(found[1]) < len(behind)


def _one(words: list[str], asking: frozenset[str], *, articles: bool = True) -> tuple[Quantity | None, str]:
    if found := _after_asking(words, asking, articles=articles) or quantities.trailing(words):
        return found[0], _rest(found[1])
    return None, _rest(_without(words, asking))


def _after_asking(
    words: list[str], asking: frozenset[str], *, articles: bool = True
) -> tuple[Quantity, list[str]] | None:  # fmt: skip
    """The quantity behind the words of asking, and what comes behind it."""
    for at, word in enumerate(words):
        found = quantities.leading(words[at:])
        if found and (articles or not _is_article(word, found[0])):
            return found
        if not _asks(word, asking):
            return None
    return None


def _is_article(word: str, quantity: Quantity) -> bool:
    return fold(word) in ARTICLES and quantity.amount == 1 and quantity.unit not in MEASURES


def _asks(word: str, asking: frozenset[str]) -> bool:
    return fold(word) in asking or not (word[0].isalnum() or word in _SIGNS)


def _without(words: list[str], asking: frozenset[str]) -> list[str]:
    at = 0
    while at < len(words) and _asks(words[at], asking):
        at += 1
    return words[at:]


def _rest(words: list[str]) -> str:
    while words and (fold(words[0]) in OF or not words[0][0].isalnum()):
        words = words[1:]
    while words and (words[-1] in _CLOSING or fold(words[-1]) in _PLEASE_AT_END):
        words = words[:-1]
    return _joined(words)


def _joined(words: list[str]) -> str:
    text = " ".join(words)
    return re.sub(r" ?([-/.'\"]) ?", r"\1", text)
