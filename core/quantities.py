"""A quantity at the beginning or the end of some words, and what is none: sizes, codes, ratings, model years."""

import re
from decimal import Decimal
from typing import NamedTuple

from core import amounts
from core.fold import fold
from core.unit_words import AND, CONVERSIONS, COUNTS, NO_THINGS, OF, RATINGS, SIZES, UNIT_CODES

_TOO_LATE = 2035  # 1950..2035 in front of a name is a model year
# Inches, millimetres or a metric thread, not a part's number: what follows an x behind it is another measure.
_SIZE = re.compile(r"\d+/\d+|m?\d{1,3}(?:[.,]\d+)?")
_LONGEST = 6  # figures; more are a telephone or a bar code
_BETWEEN = frozenset({"entre", "between"})


class Quantity(NamedTuple):
    """How much: `upper` is the end of a range (`10-15`), `unit` a code such as PZA, KG, M, L, or empty."""

    amount: Decimal
    unit: str = ""
    upper: Decimal | None = None
    behind: bool = False  # it stands behind what it is of, as a size does: `cemento 50 kg`

    def in_unit(self, unit: str) -> Decimal:
        """The amount counted in `unit`: 500 G is 0.5 KG; units that do not convert stay as they are."""
        if factor := CONVERSIONS.get((self.unit, unit)):
            return self.amount * factor
        if factor := CONVERSIONS.get((unit, self.unit)):
            return self.amount / factor
        return self.amount


def leading(words: list[str]) -> tuple[Quantity, list[str]] | None:
    """A quantity at the front and what comes behind; None when the number is a size, a code or a year."""
    between = bool(words) and fold(words[0]) in _BETWEEN
    if len(words) > 1 and (between or fold(words[0]) == "x"):
        words = words[1:]
    amount, at = amounts.leading(words)
    if amount is None:
        return _bare_unit(words)
    upper, at = amounts.upper(words, at, between)
    half = amounts.half(words, at)
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


def trailing(words: list[str]) -> tuple[Quantity, list[str]] | None:
    """A quantity at the end that says so: `balatas x 3`, `foco: 2`, `filtro (4)`, `clavo 2 kg`, `balata 3 pzas`."""
    end = len(words)
    while end and not words[end - 1][-1].isalnum():
        end -= 1
    unit = UNIT_CODES.get(fold(words[end - 1]), "") if end else ""
    at = end - 2 if unit else end - 1
    if at < 1 or (number := amounts.number(words[at])) is None or unit in SIZES or "/" in words[at]:
        return None
    marked = fold(words[at - 1]) in ("x", ":", "(", "=", "cantidad", "cant", "qty")
    if not unit and at > 1 and fold(words[at - 1]) == "x" and _SIZE.fullmatch(fold(words[at - 2])):
        return None  # 3/8 x 2, M8 x 50: the second measure of the thing
    if not marked and unit not in ("PZA", "KG", "M", "JGO", "CAJA", "ROLLO", "BOLSA", "SACO", "PAQ", "LATA", "CUBETA"):
        return None
    rest = words[: at - 1] if marked else words[:at]
    return (Quantity(number, unit), rest) if rest else None


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
    end = amounts.half(words, at)
    if unit and end > at and not _unit(words, end)[0]:
        return amount + Decimal("0.5"), end
    return amount, at
