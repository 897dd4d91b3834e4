"""Units and quantities as people write them: `dos kilos y medio de clavo`, `1/2 pulg`, `x3`, `10-15 pzas`.

`parse_lines` reads an order message into what is wanted and how much of it.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from core.fold import fold
from core.unit_words import AND, CONVERSIONS, COUNTS, HALVES, LABELS, NUMBERS, OF, SIZES, UNIT_CODES

_WORD = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+(?![\d.,\w])|\d+[.,/]\d+(?![^\W_])|[^\W_]+|[^\s\w]")
_GLUED = re.compile(r"(?<![\w./])(\d+(?:[.,]\d+)?)(x|[a-z]{1,6})(?=[\s,;.)]|$)", re.IGNORECASE)  # 3x, 2kg
_SEPARATOR = re.compile(r"[;\n\r•·]+|,(?!\d)|(?<!\d),|(?<=\d),\s+(?=\d)|(?:^|\s)[-*]\s+")
_ASKING = """
dame deme denme da me mandame mande manda quiero queremos quisiera necesito necesitamos ocupo ocupamos busco
ponme pon agrega agregame anade apunta cotiza cotizame cotizar cotizacion pido pedir pedido vendeme tienes tiene
comprar llevo hola buenas buenos dias tardes noches por favor porfa porfavor oi ola bom boa dia tarde noite
quero queria gostaria preciso precisamos envia coloca adiciona please i we want need would like give send add
also get us to hello hi solo tambien tambem entre unos unas uns umas
"""
_PLEASE = frozenset(_ASKING.split())
_CLOSING = frozenset(".,:;!?¡¿()[]{}-_*=/&+")
_PLEASE_AT_END = frozenset({"por", "favor", "porfa", "please"})
_TOO_LATE = 2035  # 1950..2035 in front of a name is a model year


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
    found: list[Line] = []
    for part in _SEPARATOR.split(text):
        found.extend(line for words in _at_ands(_words(part)) if (line := _line(words)))
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(_GLUED.sub(_unglue, text.replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4")))


def _unglue(match: re.Match[str]) -> str:
    unit = fold(match[2])
    apart = unit == "x" or UNIT_CODES.get(unit) in ("PZA", "KG", "G", "L", "M", "CAJA")
    return f"{match[1]} {match[2]}" if apart else match[0]


def _at_ands(words: list[str]) -> list[list[str]]:
    """Cut at each `y` with a quantity of something behind it: `2 kilos y medio` stays whole."""
    parts: list[list[str]] = [[]]
    for at, word in enumerate(words):
        behind = words[at + 1 :]
        if parts[-1] and fold(word) in AND and _starts_line(behind, parts[-1]):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _starts_line(behind: list[str], before: list[str]) -> bool:
    """True unless the `y` joins a number: `treinta y cinco`, `entre 5 y 10`, `dos kilos y medio de clavo`."""
    if behind and fold(behind[0]) in HALVES and not _unit(behind, 1)[0]:
        return False
    found = _leading(behind)
    if not found or not _rest(found[1]):
        return False
    joined = _leading(_without_please(before))
    return not (joined and not joined[1] and not joined[0].unit)


def _line(words: list[str]) -> Line | None:
    words = _without_please(words)
    if found := _leading(words):
        quantity, rest = found
        if name := _rest(rest):
            return Line(name, quantity)
        return None
    if found := _trailing(words):
        return Line(_rest(found[1]), found[0])
    name = _rest(words)
    return Line(name, Quantity(Decimal(1))) if name else None


def _without_please(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and (fold(words[at]) in _PLEASE or not words[at][0].isalnum()):
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
    if words and fold(words[0]) == "x" and len(words) > 1:
        words = words[1:]
    amount, at = _amount(words)
    if amount is None:
        return _bare_unit(words)
    upper, at = _range(words, at)
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
    if end == at and fold(words[at]) not in OF:
        return None
    factor = COUNTS.get(unit)
    return Quantity(amount * (factor or 1), "PZA" if factor else unit), words[end:]


def _is_size(words: list[str], at: int, amount: Decimal, unit: str) -> bool:
    """`1/2 pulg`, `10 mm`, `195 65 r15`, `2015 jetta`, `3/4 codo` name a thing; `1/2 kg`, `3 codos` count one."""
    if unit in SIZES or at <= 0:
        return True
    if unit:
        return False
    behind = words[at] if at < len(words) else ""
    if "/" in words[at - 1] or behind[:1] in ("/", "-", "%", '"', "°", "."):
        return True
    if behind.isdigit() or (words[at - 1].isdigit() and 1950 <= amount <= _TOO_LATE):
        return True
    return bool(behind) and len(behind) == 1 and behind.isalpha() and fold(behind) not in AND | {"x"}


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
    if not marked and unit not in ("PZA", "KG", "CAJA", "ROLLO", "BOLSA", "SACO", "PAQ"):
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
        if word in AND and at and at + 1 < len(words) and part >= 20 and NUMBERS.get(fold(words[at + 1]), 100) < part:
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


def _range(words: list[str], at: int) -> tuple[Decimal | None, int]:
    """`10-15`, `2 a 4`, `entre 5 y 10`: the second number, when it is the larger."""
    first = _number(words[at - 1])
    if first is None or at + 1 >= len(words) or fold(words[at]) not in ("-", "a", "to", "ate", "o", "ou", "or", "y"):
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
    """`dos kilos y medio`."""
    if unit and at + 1 < len(words) and fold(words[at]) in AND and fold(words[at + 1]) in HALVES:
        return amount + Decimal("0.5"), at + 2
    return amount, at
