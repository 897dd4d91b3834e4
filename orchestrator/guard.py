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
# Somebody of the house, and what one does to bring the customer and that person together; in any order.
_PERSON = (
    r"(?:asesor\w*|agentes?|ejecutiv[oa]s?|personas?|human[oa]?s?|companer[oa]s?|equip[oe]|representantes?|colegas?"
    r"|especialistas?|supervisor\w*|gerentes?|atendentes?|pessoas?|consultor\w*|alguien|alguem|person|people|agents?"
    r"|team|teammates?|colleagues?|representatives?|specialists?|managers?|advis[oe]rs?|someone|somebody)"
)
_REACHES = (
    r"(?:comuni(?:c|qu)\w*|transf[ei]\w*|conect\w*|connect\w*|pas(?:o|e|a|are|ara|amos|ando|aremos|sar|so|sarei)"
    r"|pass(?:ing)?|deriv\w*|contact\w*|contat\w*|at(?:i?en)d\w*|escrib\w*|escrev\w*|llam\w*|lig(?:ar|ara|ue)"
    r"|call\w*|encaminh\w*|canaliz\w*|escal[ao]\w*|reach\w*|touch|hand(?:ing)?|respond\w*|repl(?:y|ies)|avis\w*"
    r"|help|assist\w*|ayud\w*|ajud\w*|write)"
)
# The same promise without saying who.
_SOON = (
    r"\b(?:pondr\w+|entrar\w+) e[mn] contac?to\b|\bte (?:paso|comunico|conecto|transfiero) con\b"
    r"|\bte (?:contactar|llamar|escribir|buscar)(?:emos|an?)\b|\bget(?:ting)? (?:back to|in touch with) you\b"
    r"|\b(?:contact|call) you\b|\bte (?:passo|transfiro) para\b"
)
# Claims that move money or people without a digit: they must stand in the draft in the same kind of word.
_CLAIMS = {
    "free": re.compile(r"\b(?:gratis|gratuit\w*|free|sin costo|sem custo|cortesia)\b"),
    "discount": re.compile(r"\b(?:descuento\w*|desconto\w*|discount\w*|rebaja\w*|promoc\w+|off)\b"),
    "refund": re.compile(r"\b(?:reembols\w*|refund\w*|estorno\w*|devolveremos)\b"),
    "percent": re.compile(r"%|\b(?:por ciento|percent|por cento|mitad|metade|half|doble|dobro|double)\b"),
    "person": re.compile(
        rf"\b{_REACHES}\b[^.!?\n]{{0,40}}\b{_PERSON}\b|\b{_PERSON}\b[^.!?\n]{{0,40}}\b{_REACHES}\b|{_SOON}"
    ),
    "number word": re.compile(
        r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|veinte|treinta|cien|ciento|doscient\w+|quinient\w+|mil"
        r"|millon\w*|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|hundred|thousand|million"
        r"|dois|duas|quatro|sete|oito|nove|dez|vinte|trinta|cem|cento|milhao|milhoes)\b"
    ),
}  # fmt: skip
_LONGER = 2.5  # times the draft, and some words more


def objection(
    text: str, draft: str, sources: Sequence[str], locale: str, colleagues: Sequence[str] = ()
) -> str | None:
    """Why `text` may not be sent in place of `draft`; None: it may. `sources` are facts and the customer's words.

    What `colleagues` told this customer is as good as the draft, except that their promise of a person was theirs.
    """
    if _LEAK.search(text) and not _LEAK.search(draft):
        return "markup"
    if len(text) > len(draft) * _LONGER + 120:
        return "too long"
    known = " ".join([draft, *sources, *colleagues])
    if not set(_links(text)) <= set(_links(known)):
        return "unknown link"
    figures, ours = list(_figures(text)), list(_figures(draft))
    if not set(figures) <= set(_figures(known)):
        return "unknown figure"
    if not _in_order(ours, figures):
        return "figures left out or moved"
    if claim := _unfounded(fold(text), fold(draft), fold(" ".join(colleagues))):
        return f"unfounded {claim}"
    heard = read(text).language
    return f"wrong language: {heard}" if heard and heard != locale and len(text) > 40 else None


def _unfounded(said: str, draft: str, colleagues: str) -> str | None:
    """The kind of a claim that nobody made but the model."""
    for name, pattern in _CLAIMS.items():
        if name == "person":
            if pattern.search(said) and not pattern.search(draft):
                return name
        elif set(pattern.findall(said)) - set(pattern.findall(f"{draft} {colleagues}")):
            return name
    return None


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
