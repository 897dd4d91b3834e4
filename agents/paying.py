"""Reads into how many parts a customer would like to split a debt; pure functions."""

import re

from agents import days
from core.fold import fold

_TIMES = re.compile(r"\b(?:en|em|in) (\d{1,2}) ?x\b")
_IN_PARTS = re.compile(
    r"\b(\w+) (?:pagos|partes|veces|vezes|parcelas|cuotas|mensualidades|exhibiciones|payments|parts|instal+ments)\b"
)
_SPLIT_IN = re.compile(r"\b(?:split|divid\w+|partir\w*|parcel\w+)\b.*\b(?:in|into|en|em|por) (\w+)\b")
# `pagar todo en 3`, `pay it all in 3`, `pagar tudo em três`
_PAY_IN = re.compile(r"\b(?:pag\w+|pay\w*|quitar|liquidar)\b.*\b(?:en|in|em) (\w+)(?= ?$|[,.;])")
_TAKES = (
    r"(?:ok(?:ay|i)?|si|sim|yes|va|dale|bueno|claro|sale|vale|listo|perfecto|great|pues|entonces|entao|then|mejor"
    r"|let'?s do|que sean|pode ser)"
)
# A bare figure, as an answer to the question in how many: `3`, `ok 3`, `en 3`, `em três, por favor`.
_COUNT_ALONE = re.compile(
    rf"(?:{_TAKES}[, ]+)*(?:(?:en|in|em|into) )?(?P<n>\w+)"
    r"(?:[, ]+(?:por favor|please|porfa|entonces|then|entao|gracias|thanks))*"
)
_ASKED = re.compile(
    r"\b(?:parcialidades|a plazos|en pagos|plan de pagos?|cuotas|instal+ments?|payment plan|parcel\w+"
    r"|divid(?:ir\w*|e(?:me|se)?(?:l[oa]s?)?)|split (?:it|them|that|this|the \w+)|partelo)\b"
)
_OWED = r"\b(?:pag\w+|pay\w*|divid\w+|split\w*|parcel\w+|plan\w*|deuda|divida|debt)\b.*"
_SPAN = (
    r"\b(?:por|en|durante|a|in|over|for|em|ao longo de|dentro de) (?P<n>\w+) "
    r"(?P<unit>meses|mes|months?|anos?|years?|quincenas?|semestres?)\b"
)
_OVER, _JUST_OVER = re.compile(_OWED + _SPAN), re.compile(_SPAN)  # the second answers our question in how many
_PAST = re.compile(r"\b(?:cuanto|quanto|how much|pague|paguei|paid|pagado|did)\b")
_ASKS = re.compile(
    r"\b(?:puedo|podria|podemos|podriamos|se puede|se podria|es posible|hay (?:forma|manera|chance|modo)|aceptan"
    r"|aceitam|can (?:i|we)|could (?:i|we)|may i|is it possible|do you (?:accept|allow|take)"
    r"|posso|poderia|da (?:pra|para)|tem como|e possivel|seria posible|seria possivel|que tal|how about|y si"
    r"|what if|e se)\b"
)
_MONTHS = {"m": 1, "a": 12, "y": 12, "s": 6, "q": 1}
_ONE = ("un", "una", "um", "uma", "a", "one", "uno")
MANY = 99  # more parts than any rule allows


def parts(text: str, *, asked: bool = False) -> int | None:
    """Read into how many parts a debt is to be split: `en 3 pagos`, `em duas vezes`, a bare `3`; 0: it does not say.

    None: it is about something else. `asked`: we asked how many, so `ok 3`, `en 3`, `em 3` are the answer.
    """
    words = fold(text).strip(" .!?¿¡")
    alone = _COUNT_ALONE.fullmatch(words)
    if alone and (asked or alone["n"] == words) and (alone["n"].isdigit() or alone["n"] in days.NUMBER_WORDS):
        return _count(alone["n"])
    for pattern in (_TIMES, _IN_PARTS, _SPLIT_IN, _PAY_IN):
        # `minha dívida em aberto` and `pagar en efectivo` name no number
        if (match := pattern.search(words)) and (_count(match[1]) or pattern in (_TIMES, _IN_PARTS)):
            return _count(match[1])
    if (match := (_JUST_OVER if asked else _OVER).search(words)) and not _PAST.search(words):
        count = 1 if match["n"] in _ONE else _count(match["n"])
        return min(MANY, count * _MONTHS[match["unit"][0]]) if count > 1 or match["unit"][0] in "ays" else None
    return 0 if _ASKED.search(words) else None


def asks(text: str) -> bool:
    """True for a question whether one may pay in parts: `¿puedo pagar en 3 partes?`, `dá pra dividir em 2`."""
    return "?" in text or bool(_ASKS.search(fold(text)))


def _count(word: str) -> int:
    return int(word) if word.isdigit() and len(word) < 4 else int(days.NUMBER_WORDS.get(word, 0))
