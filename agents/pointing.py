"""Reads which of the things just listed is meant: `la primera`, `the second one`, `opção 3`, `el último`."""

import re

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
