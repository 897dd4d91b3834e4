"""Says so when what is shown is the right kind of thing, but none for the car, the year or the brand that was named."""

import re
from collections.abc import Sequence

from agents.base import Turn
from agents.reading import fold
from agents.wording import Wording
from core.records import Product
from core.words import stem

say = Wording("catalog")
_FOR = re.compile(r"\b(?:para|pra|pro|pal?|for|del|do|da|p/)\s+(?P<what>.+)")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def intro(turn: Turn, products: Sequence[Product]) -> str:
    """The words before a list of which no product is for what the customer named; empty when one is."""
    lacking = set(products[0].lacks).intersection(*(item.lacks for item in products))
    if not lacking:
        return ""
    words = fold(turn.text)
    meant = _FOR.search(words)
    named = [word for word in re.findall(r"\w+", meant["what"] if meant else words) if stem(word) in lacking]
    if not named or not (meant or _YEAR.search(" ".join(named))):
        return ""
    return say(turn.locale, "none_for", what=" ".join(dict.fromkeys(named)))
