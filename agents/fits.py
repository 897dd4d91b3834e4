"""Says so when what is shown is the right kind of thing, but none for the car, the year, the brand or the code named.

Only words that the catalogue has, years and names of cars are told again: a customer's other words may be anything.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agents import years
from agents.base import Turn
from agents.reading import THESE, fold, lines
from agents.wording import Wording
from core.records import Product
from core.words import stem

say = Wording("catalog")
_FOR = re.compile(r"\b(?:para|pra|pro|pal?|for)\s+(?P<what>[^.,;!?\n]+)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CODE = re.compile(r"(?=(?:[a-z-]*\d){3})(?:[a-z]{2,}[a-z0-9]*-[a-z0-9-]{3,}|[a-z]{3}\d{3,})")
_NOUN = r"(?: (?:one|car|carro|coche|auto|vehiculo|camioneta|modelo|model|truck|veiculo))?"
_ENDS = r"(?=\s*(?:$|[?.!,;\n])| (?:y|e|and|por favor|please|tambien|tambem|too)\b)"
_FOR_IT = re.compile(
    r"\b(?:para|pal?|pra|pro|for) (?:(?:el |la |o |a |the )?(?:mism[oa]|mesm[oa]|same)" + _NOUN
    + rf"|(?:es[ea]|est[ea]|ess[ea]|that|this){_NOUN}{_ENDS}|(?:it|el|ele|ela){_ENDS})"
)  # fmt: skip
_PLUGS = re.compile(r"\bspark ?pl\w+")  # no Chevrolet Spark
_FEW = 4  # words that are told again
_CARS = frozenset(
    word
    for line in (Path(__file__).parent / "data" / "cars.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)


def intro(turn: Turn, products: Sequence[Product]) -> str:
    """The words before a list of which no product is for what the customer named; empty when one is."""
    asked = years.named(turn.text)
    if asked and not any(years.suits(item, asked) for item in products) and not _other_car(turn.text, products):
        return say(turn.locale, "none_for_year", year=years.told(asked), spans=years.spans(products))
    if unknown := code(turn.text, products):
        return say(turn.locale, "unknown_sku", sku=unknown.upper())
    return _none_for(turn, products, asked) or _nearest(turn, products)


def _none_for(turn: Turn, products: Sequence[Product], asked: tuple[int, ...]) -> str:
    """Names the car, the year or the brand that none of the products is for."""
    lacking = set(products[0].lacks).intersection(*(item.lacks for item in products))
    if not lacking:
        return ""
    words = fold(turn.text)
    meant = _FOR.search(words)
    suited = {str(year) for year in asked}  # whose span has the year is for it, though its name has not the figure
    named = [word for word in re.findall(r"\w+", meant["what"] if meant else words) if _absent(word, lacking)]
    named = [word for word in named if word not in suited or not years.spans(products)]
    if not named or not (meant or any(_YEAR.fullmatch(word) or word in _CARS for word in named)):
        return ""
    return say(turn.locale, "none_for", what=" ".join(list(dict.fromkeys(named))[:_FEW]))


def _nearest(turn: Turn, products: Sequence[Product]) -> str:
    """Each product lacks another word of the question, so that none is what was asked for."""
    each = [set(_known(item)) for item in products]
    return say(turn.locale, "not_exactly") if all(each) and not each[0].intersection(*each) else ""


def _known(item: Product) -> list[str]:
    """Words of the question that other products have, and this one has not; a year is told otherwise."""
    return [word for word in item.lacks if word.isalpha()]


def code(text: str, products: Sequence[Product]) -> str:
    """A code that is written out and that none of the products has, neither as its own nor in its name."""
    for word in re.findall(r"[\w-]+", fold(text)):
        if _CODE.fullmatch(word) and not any(word in fold(f"{item.sku} {item.name}") for item in products):
            return str(word)
    return ""


def car(text: str) -> str:
    """The car that a text names, with its year: `jetta 2015`; empty when it names none."""
    words = [word for word in re.findall(r"\w+", _PLUGS.sub(" ", fold(text))) if word in _CARS]
    return " ".join([*dict.fromkeys(words), *(str(year) for year in years.named(text))]) if words else ""


def for_it(turn: Turn) -> Turn:
    """The turn with `for it`, `para el mismo`, `pra ele` said in full: for the car that was named before."""
    known = str(turn.state.get("car") or "")
    words = fold(turn.text)
    if not known or not _FOR_IT.search(words) or car(turn.text):
        return turn
    if not any(name and not THESE.fullmatch(name) for _, name in lines(_FOR_IT.sub(" ", words))):
        return turn  # `2 para ese`: of what was shown
    return msgspec.structs.replace(turn, text=_FOR_IT.sub(f" para {known} ", words).strip())


def unfit(turn: Turn, product: Product) -> tuple[int, ...]:
    """The model years of the car that was named before, where the product is for that car and for other years."""
    known = str(turn.state.get("car") or "")
    asked, named = years.named(known), set(re.findall(r"\w+", fold(product.name)))
    same = any(word in named for word in known.split() if not word.isdigit())
    return asked if asked and same and not years.suits(product, asked) else ()


def reminder(turn: Turn, products: Sequence[Product]) -> str:
    """The words before what was shown already, and is not for the year that was named then; else empty."""
    asked = unfit(turn, products[0]) if len(products) == 1 else ()
    return say(turn.locale, "none_for_year", year=years.told(asked), spans=years.spans(products)) if asked else ""


def differs(phrase: str, product: Product) -> bool:
    """True when a phrase names a year, a car or a code that the product is not for."""
    others = not years.suits(product, years.named(phrase)) or _other_car(phrase, [product])
    return others or bool(code(phrase, [product]))


def _other_car(text: str, products: Sequence[Product]) -> bool:
    cars = {word for word in re.findall(r"\w+", _PLUGS.sub(" ", fold(text))) if word in _CARS and not word.isdigit()}
    return bool(cars) and not any(cars & set(re.findall(r"\w+", fold(item.name))) for item in products)


def _absent(word: str, lacking: set[str]) -> bool:
    unknown = f"?{stem(word)}" in lacking and (word in _CARS or bool(_YEAR.fullmatch(word)))
    return stem(word) in lacking or unknown
