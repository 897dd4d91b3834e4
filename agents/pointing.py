"""Reads which of the things just listed is meant: `la primera`, `the second one`, `opção 3`, `la más barata`."""

import re
from typing import Literal, NamedTuple

_PLACES = (
    r"primer(?:[oa]s?)?|primeir[oa]s?|first|1(?:[oa]|r[oa]|st)",
    r"segund[oa]s?|second|2(?:[oa]|nd)",
    r"tercer(?:[oa]s?)?|terceir[oa]s?|third|3(?:[oa]|r[oa]|rd)",
    r"cuart[oa]s?|quart[oa]s?|fourth|4(?:[oa]|t[oa]|th)",
    r"quint[oa]s?|fifth|5(?:[oa]|t[oa]|th)",
)
MOST = len(_PLACES)
_LAST = r"ultim[oa]s?|last"
_THING = r"(?:opcion|option|opcao|numero|number)"
_POINTS = re.compile(
    "(?:" + "|".join(f"(?P<p{n}>{words})" for n, words in enumerate(_PLACES))
    + rf"|(?P<last>{_LAST}))(?: (?:ones?|{_THING}))?"
)  # fmt: skip
_FIGURE = re.compile(rf"(?P<thing>{_THING} )?(?P<n>[1-9])")

_LINK = re.compile(
    r"\b(?:(?:payment |pay(?:ing)? )?links?|ligas?|enlaces?)\b(?: de pag\w+| (?:para|pra) pagar| to pay)?"
)

_CHEAP = r"(?:barat[oa]s?|economic[oa]s?|accesibles?|em conta)"
_DEAR = r"(?:car[oa]s?|costos[oa]s?)"
_THE = (
    r"\b(?:(?:las?|los?|el|as?|os?|d[oa]s?|del|cual|qual|cual es|qual e)"
    r"(?: (?!precio|preco|price)(?P<what>[a-z]{3,}))?) "
)
_BEST_PRICED = re.compile(
    rf"{_THE}(?:ma[is]s? (?:(?P<least>{_CHEAP})|(?P<most>{_DEAR}))"
    r"|de (?P<lower>menor) (?:precio|preco|costo|custo|valor))\b"
    r"|(?:\bthe )?\b(?:(?P<cheapest>cheapest|least expensive|lowest[- ]priced?)|most expensive|priciest)(?: one)?\b"
)
_CHEAPER = re.compile(
    rf"\b(?:mas {_CHEAP}|mais {_CHEAP}|cheaper|less expensive|menos {_DEAR}"
    rf"|(?:muy|mucho|muito|demasiad[oa]|bien) {_DEAR}|(?:too|so|very) expensive|otro precio|caritos?|caritas?)\b"
)


class Extreme(NamedTuple):
    """The end of a list sorted by price that a text points to, and the text without the words that say so."""

    end: Literal["least", "most"]
    rest: str
    said: str


def without_link(words: str) -> str | None:
    """A folded text that asks for a link, without that: `the first one`; None when it asks for none."""
    return " ".join(_LINK.sub(" ", words).split()) if _LINK.search(words) else None


def extreme(words: str) -> Extreme | None:
    """Read `la más barata`, `the cheapest one`, `o mais caro` in a folded text; None when it says no such thing."""
    match = _BEST_PRICED.search(words)
    if match is None:
        return None
    least = match["least"] or match["lower"] or match["cheapest"]
    rest = f"{words[: match.start()]} {match['what'] or ''} {words[match.end() :]}"
    return Extreme("least" if least else "most", " ".join(rest.split()), match[0])


def cheaper(words: str) -> bool:
    """True when a folded text wants something that costs less: `algo más barato`, `too expensive`."""
    return bool(_CHEAPER.search(words)) and extreme(words) is None


def place(phrase: str, count: int, *, bare: bool = False) -> int | None:
    """The place, from 0, among `count` things that a product phrase points to; None when it names something else.

    `bare`: a figure alone is a place, not a quantity.
    """
    figure, match = _FIGURE.fullmatch(phrase), _POINTS.fullmatch(phrase)
    if figure and (bare or figure["thing"]):
        found = int(figure["n"]) - 1
    elif match and count:
        found = count - 1 if match["last"] else int(str(match.lastgroup)[1:])
    else:
        return None
    return found if found < count else None
