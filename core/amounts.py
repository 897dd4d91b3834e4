"""Numbers in figures or words at the front of some words: `treinta y cinco`, `2 1/2`, `10 a 15`, `y medio`."""

import re
from decimal import Decimal, InvalidOperation

from core.fold import fold
from core.unit_words import AND, ARTICLES, HALVES, NUMBERS, UNIT_CODES

_ENGLISH = """
i you we it they he she this that these those the my your our his her their more again and is are was were a an paid
received
"""
_BEHIND_ONCE = frozenset(_ENGLISH.split())
_TO = frozenset({"-", "a", "to", "ate", "o", "ou", "or"})


def leading(words: list[str]) -> tuple[Decimal | None, int]:
    """A number in figures or words at the front, and where it ends."""
    if not words:
        return None, 0
    first = number(words[0])
    if first is None:
        return _spoken(words)
    if len(words) > 2 and "/" in words[1] and "/" not in words[0] and (part := number(words[1])) and part < 1:
        return (first + part, 2) if UNIT_CODES.get(fold(words[2])) else (first, 1)
    return first, 1


def number(word: str) -> Decimal | None:
    """One number in figures: `12`, `1,000`, `1/2`; None for anything else."""
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
        value = None if _is_another_word(words, at) else NUMBERS.get(word)
        if value is None or (part and value < 1000 and not (part >= 20 and value < part and part % 10 == 0)):
            break
        if value == 1000:
            total, part = total + max(part, Decimal(1)) * 1000, Decimal(0)
        else:
            part += value
        at += 1
    return (total + part, at) if at else (None, 0)


def _is_another_word(words: list[str], at: int) -> bool:
    """True for the English `once` of `once I get it`."""
    return fold(words[at]) == "once" and at + 1 < len(words) and fold(words[at + 1]) in _BEHIND_ONCE


def upper(words: list[str], at: int, between: bool) -> tuple[Decimal | None, int]:
    """`10-15`, `2 a 4`, `entre 5 y 10`: the second number, when it is the larger."""
    first = number(words[at - 1])
    if first is None or at + 1 >= len(words) or fold(words[at]) not in (AND if between else _TO):
        return None, at
    second = number(words[at + 1])
    if second is None or second <= first or "/" in words[at + 1]:
        return None, at
    return second, at + 2


def half(words: list[str], at: int) -> int:
    """Where `y medio`, `and a half` ends; `at` when it is not here."""
    if at + 1 >= len(words) or fold(words[at]) not in AND:
        return at
    end = at + 2 if fold(words[at + 1]) in ARTICLES else at + 1
    return end + 1 if end < len(words) and fold(words[end]) in HALVES else at
