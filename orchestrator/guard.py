"""The number guard: a model's wording goes out only when all its figures, links and claims are ours or the customer's.

What it cannot prove it refuses: the draft, which says the same, goes out instead.
"""

import re
from collections.abc import Iterator, Sequence

from orchestrator.intents import read
from orchestrator.normal import fold

_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")
_FIGURE = re.compile(r"\d(?:[\d.,/:-]*\d)?")
_LEAK = re.compile(r"<\|?\w+|commentary\s+to=|```|\bfunctions\.\w+|\{\s*\"")
# Claims that move money or people without a digit: they must stand in the draft in the same kind of word.
_CLAIMS = {
    "free": re.compile(r"\b(?:gratis|gratuit\w*|free|sin costo|sem custo|cortesia)\b"),
    "discount": re.compile(r"\b(?:descuento\w*|desconto\w*|discount\w*|rebaja\w*|promoc\w+|off)\b"),
    "refund": re.compile(r"\b(?:reembols\w*|refund\w*|estorno\w*|devolveremos)\b"),
    "percent": re.compile(r"%|\b(?:por ciento|percent|por cento|mitad|metade|half|doble|dobro|double)\b"),
    "person": re.compile(
        r"\b(?:te|le|lo|la|voce|you|vou|i'll|will|ya|ja)\b.{0,25}"
        r"\b(?:comunic\w+|transfer\w+|conect\w+|connect\w*|paso|passar|pass)\b.{0,30}"
        r"\b(?:persona|asesor\w*|agente|humano|person|agent|human|pessoa|atendente|team|equipo|equipe)\b"
    ),
    "number word": re.compile(
        r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|veinte|treinta|cien|ciento|doscient\w+|quinient\w+|mil"
        r"|millon\w*|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|hundred|thousand|million"
        r"|dois|duas|quatro|sete|oito|nove|dez|vinte|trinta|cem|cento|milhao|milhoes)\b"
    ),
}  # fmt: skip
_LONGER = 2.5  # times the draft, and some words more


def objection(text: str, draft: str, sources: Sequence[str], locale: str) -> str | None:
    """Why `text` may not be sent in place of `draft`; None: it may. `sources` are facts and the customer's words."""
    if _LEAK.search(text) and not _LEAK.search(draft):
        return "markup"
    if len(text) > len(draft) * _LONGER + 120:
        return "too long"
    known = " ".join([draft, *sources])
    if not set(_links(text)) <= set(_links(known)):
        return "unknown link"
    figures, ours = list(_figures(text)), list(_figures(draft))
    if not set(figures) <= set(_figures(known)):
        return "unknown figure"
    if not _in_order(ours, figures):
        return "figures left out or moved"
    said, told = fold(text), fold(draft)
    for name, pattern in _CLAIMS.items():
        if set(pattern.findall(said)) - set(pattern.findall(told)) and (name != "person" or not pattern.search(told)):
            return f"unfounded {name}"
    heard = read(text).language
    return f"wrong language: {heard}" if heard and heard != locale and len(text) > 40 else None


def _links(text: str) -> Iterator[str]:
    return (link.rstrip(".,;:!?)»\"'") for link in _LINK.findall(text))


def _figures(text: str) -> Iterator[str]:
    """Numbers in one form: 1,234.50 and 1.234,50 are both 1234.5; dates and times stay as they are."""
    for figure in _FIGURE.findall(_LINK.sub(" ", text)):
        yield figure if re.search(r"[/:-]", figure) else _plain(figure)


def _plain(figure: str) -> str:
    parts = re.split(r"[.,]", figure)
    if len(parts) > 1 and len(parts[-1]) != 3:  # a decimal part; three digits are thousands
        whole, decimals = "".join(parts[:-1]), parts[-1].rstrip("0")
    else:
        whole, decimals = "".join(parts), ""
    return f"{whole.lstrip('0') or '0'}{'.' + decimals if decimals else ''}"


def _in_order(needed: Sequence[str], given: Sequence[str]) -> bool:
    """True when all of `needed` occur in `given` in the same order: no amount is dropped or moved to another line."""
    rest = iter(given)
    return all(any(figure == other for other in rest) for figure in needed)
