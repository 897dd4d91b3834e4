"""Units and quantities as people write them: `dos kilos y medio de clavo`, `1/2 pulg`, `x3`, `10-15 pzas`.

`parse_lines` reads an order message into what is wanted and how much of it.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from core.fold import fold
from core.unit_words import (
    AND,
    ARTICLES,
    CONVERSIONS,
    COUNTS,
    HALVES,
    LABELS,
    NO_THINGS,
    NUMBERS,
    OF,
    RATINGS,
    SIZES,
    UNIT_CODES,
)  # fmt: skip

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
_TOO_LATE = 2035  # 1950..2035 in front of a name is a model year
_LONGEST = 6  # figures; more are a telephone or a bar code
_SIGNS = frozenset("$#€£@")  # 500 behind one of these is no quantity
_TO = frozenset({"-", "a", "to", "ate", "o", "ou", "or"})
_BETWEEN = frozenset({"entre", "between"})
_MEASURES = frozenset({"KG", "G", "LB", "L", "GAL", "M"})
_NEAR = 80  # signs behind an `y` that tell whether it joins a number


class Quantity(NamedTuple):
    """How much: `upper` is the end of a range (`10-15`), `unit` a code such as PZA, KG, M, L, or empty."""

    amount: Decimal
    unit: str = ""
    upper: Decimal | None = None

    def in_unit(self, unit: str) -> Decimal:
        """The amount counted in `unit`: 500 G is 0.5 KG; units that do not convert stay as they are."""
        if factor := CONVERSIONS.get((self.unit, unit)):
            return self.amount * factor
        if factor := CONVERSIONS.get((unit, self.unit)):
            return self.amount / factor
        return self.amount


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
    found = _leading(_words(text))
    return found[0] if found else None


def parse_lines(text: str) -> list[tuple[str, Decimal]]:
    """Read `dame 3 balatas y 2 filtros de aceite` as [(balatas, 3), (filtros de aceite, 2)]; no number is 1."""
    return [(line.query, line.quantity.amount) for line in lines(text)]


def lines(text: str) -> list[Line]:
    """As `parse_lines`, with units and ranges."""
    return [
        Line(name, quantity or Quantity(Decimal(1)))
        for part in _SEPARATOR.split(text)
        for quantity, name in shared([_one(words, _PLEASE) for words in _at_ands(_words(part))])
        if name
    ]


def one(text: str, asking: frozenset[str]) -> tuple[Quantity | None, str]:
    """How much a text about one thing wants, if it says so, and of what; `asking` words may come first.

    An article alone (`una balata`) is no quantity here, with a measure (`un kilo de clavo`) it is.
    """
    return _one(_words(text), asking, articles=False)


def joins(before: str, behind: str, asking: frozenset[str]) -> bool:
    """True when an `y` between two texts is part of a number: `treinta y cinco`, `dos kilos y medio`."""
    return _joined_by_and(_words(before), _words(behind[:_NEAR]), asking)


def shared(found: list[tuple[Quantity | None, str]]) -> list[tuple[Quantity | None, str]]:
    """Give a bare number the thing of the next quantity: `15 y 20 filtros` are 15 filtros and 20 filtros."""
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
    found = _leading(behind)
    return bool(found and _rest(found[1])) and not _joined_by_and(before, behind, _PLEASE)


def _joined_by_and(before: list[str], behind: list[str], asking: frozenset[str]) -> bool:
    found = _after_asking([*before, "y", *behind], asking)
    return found is not None and len(found[1]) < len(behind)


def _one(words: list[str], asking: frozenset[str], *, articles: bool = True) -> tuple[Quantity | None, str]:
    if found := _after_asking(words, asking, articles=articles) or _trailing(words):
        return found[0], _rest(found[1])
    return None, _rest(_without(words, asking))


def _after_asking(
    words: list[str], asking: frozenset[str], *, articles: bool = True
) -> tuple[Quantity, list[str]] | None:  # fmt: skip
    """The quantity behind the words of asking, and what comes behind it."""
    for at, word in enumerate(words):
        found = _leading(words[at:])
        if found and (articles or not _is_article(word, found[0])):
            return found
        if not _asks(word, asking):
            return None
    return None


def _is_article(word: str, quantity: Quantity) -> bool:
    return fold(word) in ARTICLES and quantity.amount == 1 and quantity.unit not in _MEASURES


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


def _leading(words: list[str]) -> tuple[Quantity, list[str]] | None:
    """A quantity at the front and what comes behind; None when the number is a size, a code or a year."""
    between = bool(words) and fold(words[0]) in _BETWEEN
    if len(words) > 1 and (between or fold(words[0]) == "x"):
        words = words[1:]
    amount, at = _amount(words)
    if amount is None:
        return _bare_unit(words)
    upper, at = _range(words, at, between)
    half = _half(words, at)
    if half > at and _unit(words, half)[0]:  # dos y medio kilos
        amount, at = amount + Decimal("0.5"), half
    unit, at = _unit(words, at)
    if at < len(words) and fold(words[at]) == "x" and not unit:
        at += 1
    amount, at = _and_half(words, at, amount, unit)
    if _is_size(words, at, amount, unit):
        return None
    factor = COUNTS.get(unit)
    if factor:
        return Quantity(amount * factor, "PZA", upper and upper * factor), words[at:]
    return Quantity(amount, unit, upper), words[at:]


def _bare_unit(words: list[str]) -> tuple[Quantity, list[str]] | None:
    """`kilo y medio de clavo`, `docena de focos`: the unit alone counts as one."""
    unit, at = _unit(words, 0)
    if not unit or (unit not in COUNTS and unit not in ("KG", "M", "L")) or at >= len(words) or len(words[0]) < 3:
        return None
    amount, end = _and_half(words, at, Decimal(1), unit)
    if end == at and fold(words[at]) not in OF and COUNTS.get(unit, 0) < 12:
        return None
    if _is_size(words, end, amount, unit if unit not in COUNTS else ""):
        return None
    factor = COUNTS.get(unit)
    return Quantity(amount * (factor or 1), "PZA" if factor else unit), words[end:]


def _is_size(words: list[str], at: int, amount: Decimal, unit: str) -> bool:
    """`1/2 pulg`, `10 mm`, `195 65 r15`, `2015 jetta`, `3/4 codo` name a thing; `1/2 kg`, `3 codos` count one."""
    if unit in SIZES or at <= 0:
        return True
    if unit:
        return False
    behind = fold(words[at]) if at < len(words) else ""
    if behind in RATINGS or behind in NO_THINGS or (len(words[at - 1]) > _LONGEST and words[at - 1].isdigit()):
        return True
    if behind == "por" and at + 1 < len(words) and fold(words[at + 1]) in ("ciento", "cien", "cento"):
        return True
    if "/" in words[at - 1] or behind[:1] in ("/", "-", "%", '"', "°") or words[at : at + 1] == ["."] != words[at:]:
        return True
    if behind.isdigit() and (len(behind) < 4 or amount > 20):  # 2 6203: two of a thing that is called so
        return True
    if (words[at - 1].isdigit() and 1950 <= amount <= _TOO_LATE):
        return True
    return bool(behind) and len(behind) == 1 and behind.isalpha() and behind not in AND | {"x"}


def _trailing(words: list[str]) -> tuple[Quantity, list[str]] | None:
    """A quantity at the end that says so: `balatas x 3`, `foco: 2`, `filtro (4)`, `clavo 2 kg`, `balata 3 pzas`."""
    end = len(words)
    while end and not words[end - 1][-1].isalnum():
        end -= 1
    unit = UNIT_CODES.get(fold(words[end - 1]), "") if end else ""
    at = end - 2 if unit else end - 1
    if at < 1 or (number := _number(words[at])) is None or unit in SIZES or "/" in words[at]:
        return None
    marked = fold(words[at - 1]) in ("x", ":", "(", "=", "cantidad", "cant", "qty")
    if not marked and unit not in ("PZA", "KG", "M", "JGO", "CAJA", "ROLLO", "BOLSA", "SACO", "PAQ", "LATA", "CUBETA"):
        return None
    rest = words[: at - 1] if marked else words[:at]
    return (Quantity(number, unit), rest) if rest else None


def _amount(words: list[str]) -> tuple[Decimal | None, int]:
    """A number in figures or words at the front, and where it ends."""
    if not words:
        return None, 0
    first = _number(words[0])
    if first is None:
        return _spoken(words)
    if len(words) > 2 and "/" in words[1] and "/" not in words[0] and (part := _number(words[1])) and part < 1:
        return (first + part, 2) if UNIT_CODES.get(fold(words[2])) else (first, 1)
    return first, 1


def _number(word: str) -> Decimal | None:
    if not word[0].isdigit():
        return None
    if re.fullmatch(r"[1-9]\d{0,2}([.,]\d{3})+", word):
        return Decimal(re.sub("[.,]", "", word))
    top, _, bottom = word.partition("/")
    try:
        if not bottom:
            return Decimal(top.replace(",", "."))
        return Decimal(top) / Decimal(bottom) if 0 < int(top) < int(bottom) <= 64 else None
    except (InvalidOperation, ValueError, ZeroDivisionError):
        return None


def _spoken(words: list[str]) -> tuple[Decimal | None, int]:
    """`treinta y cinco`, `dos mil`, `media`: words until something that is no number."""
    total, part, at = Decimal(0), Decimal(0), 0
    while at < len(words):
        word = fold(words[at])
        if word in HALVES and at == 0:
            return HALVES[word], 2 if len(words) > 1 and fold(words[1]) in ("a", "an") else 1
        joint = (word in AND or word == "-") and at + 1 < len(words)
        if at and joint and part >= 20 and NUMBERS.get(fold(words[at + 1]), 100) < part:
            at += 1
            continue
        value = NUMBERS.get(word)
        if value is None or (part and value < 1000 and not (part >= 20 and value < part and part % 10 == 0)):
            break
        if value == 1000:
            total, part = total + max(part, Decimal(1)) * 1000, Decimal(0)
        else:
            part += value
        at += 1
    return (total + part, at) if at else (None, 0)


def _range(words: list[str], at: int, between: bool) -> tuple[Decimal | None, int]:
    """`10-15`, `2 a 4`, `entre 5 y 10`: the second number, when it is the larger."""
    first = _number(words[at - 1])
    if first is None or at + 1 >= len(words) or fold(words[at]) not in (AND if between else _TO):
        return None, at
    second = _number(words[at + 1])
    if second is None or second <= first or "/" in words[at + 1]:
        return None, at
    return second, at + 2


def _unit(words: list[str], at: int) -> tuple[str, int]:
    """A unit or a count word (docena) here, and where it ends."""
    if at >= len(words):
        return "", at
    word = fold(words[at])
    if word in COUNTS:
        return word, at + 1
    unit = UNIT_CODES.get(word, "")
    if not unit:
        return "", at
    end = at + 1
    return unit, end + 1 if end < len(words) and words[end] == "." else end


def _and_half(words: list[str], at: int, amount: Decimal, unit: str) -> tuple[Decimal, int]:
    """`dos kilos y medio`; in `dos kilos y media docena` the half is of something else."""
    end = _half(words, at)
    if unit and end > at and not _unit(words, end)[0]:
        return amount + Decimal("0.5"), end
    return amount, at


def _half(words: list[str], at: int) -> int:
    """Where `y medio`, `and a half` ends; `at` when it is not here."""
    if at + 1 >= len(words) or fold(words[at]) not in AND:
        return at
    end = at + 2 if fold(words[at + 1]) in ARTICLES else at + 1
    return end + 1 if end < len(words) and fold(words[end]) in HALVES else at
