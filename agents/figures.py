"""Writes sums that are said in words as figures: `quinientos el viernes` is `500 el viernes`; pure functions."""

import re

from agents import currencies
from core.unit_words import NUMBERS

_MORE = {  # hundreds that no quantity of goods is counted in
    name: value
    for value, names in {
        600: "seiscientos seiscientas seiscentos seiscentas", 700: "setecientos setecientas setecentos setecentas",
        800: "ochocientos ochocientas oitocentos oitocentas", 900: "novecientos novecientas novecentos novecentas",
    }.items()
    for name in names.split()
}  # fmt: skip
_TIMES = {"hundred": 100, "mil": 1000, "thousand": 1000, "grand": 1000, "millon": 10**6, "milhao": 10**6,
          "million": 10**6, "millones": 10**6, "milhoes": 10**6}  # fmt: skip
_VALUES = {word: value for word, value in NUMBERS.items() if word not in ("a", "an", "mil")} | _MORE
_WORD = "|".join(sorted([*_VALUES, *_TIMES], key=len, reverse=True))
_SAID = re.compile(rf"(?<!\d )\b(?:(?:a|um|un) )?(?P<said>(?:{_WORD})(?:(?:[ -]| (?:y|e|and) )(?:{_WORD}))*)\b")
_MAYBE = re.compile(rf"\b(?:{_WORD})\b")
_COUNTED = re.compile(rf" ?(?:{currencies.COIN}\b|%)")
_PERCENT, _OF_HUNDRED = re.compile(r"\b(?:por ?ciento|por ?cento|per ?cent)\b"), re.compile(r"(\d) %")
_DAYS = 31  # what is no more may be a day


def in_figures(words: str) -> str:
    """Folded words with their sums and percentages in figures; numbers that may be days only when money follows."""
    words = _PERCENT.sub("%", words)
    found = _SAID.sub(_figures, words) if _MAYBE.search(words) else words
    return _OF_HUNDRED.sub(r"\1%", found)


def _figures(match: re.Match[str]) -> str:
    told = re.split(r"[ -]", match["said"])
    value = _value([word for word in told if word not in ("y", "e", "and")])
    money = _COUNTED.match(match.string, match.end()) is not None
    return str(value) if value > _DAYS or (money and value) else match[0]


def _value(told: list[str]) -> int:
    """`dos mil quinientos`, `twelve hundred`, `mil e duzentos`; 0 when the words do not make one number."""
    whole, part, last = 0, 0, 10**9
    for word in told:
        if times := _TIMES.get(word):
            if times == 100:
                part = max(1, part) * times
            else:
                whole, part = whole + max(1, part) * times, 0
            last = times
        elif (value := _VALUES[word]) >= last:
            return 0  # `quinientos trescientos`
        else:
            part, last = part + value, _unit(value)
    return whole + part


def _unit(value: int) -> int:
    """What the next word must be less than."""
    return 100 if value >= 100 else 10 if value >= 20 and value % 10 == 0 else 1
