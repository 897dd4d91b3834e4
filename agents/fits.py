"""Says so when what is shown is the right kind of thing, but none for the car, the year or the brand that was named.

Only words that the catalogue has, years and names of cars are told again: a customer's other words may be anything.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from agents.base import Turn
from agents.reading import fold
from agents.wording import Wording
from core.records import Product
from core.words import stem

say = Wording("catalog")
_FOR = re.compile(r"\b(?:para|pra|pro|pal?|for)\s+(?P<what>[^.,;!?\n]+)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FEW = 4  # words that are told again
_CARS = frozenset(
    word
    for line in (Path(__file__).parent / "data" / "cars.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)


def intro(turn: Turn, products: Sequence[Product]) -> str:
    """The words before a list of which no product is for what the customer named; empty when one is."""
    lacking = set(products[0].lacks).intersection(*(item.lacks for item in products))
    if not lacking:
        return ""
    words = fold(turn.text)
    meant = _FOR.search(words)
    named = [word for word in re.findall(r"\w+", meant["what"] if meant else words) if _absent(word, lacking)]
    if not named or not (meant or any(_YEAR.fullmatch(word) or word in _CARS for word in named)):
        return ""
    return say(turn.locale, "none_for", what=" ".join(list(dict.fromkeys(named))[:_FEW]))


def _absent(word: str, lacking: set[str]) -> bool:
    unknown = f"?{stem(word)}" in lacking and (word in _CARS or bool(_YEAR.fullmatch(word)))
    return stem(word) in lacking or unknown
