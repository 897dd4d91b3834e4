"""Reads how much of an order goes back: `todo`, `2 de las 5 bujías`, `just one of them, not all`; pure functions."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from agents import days, reading
from core.unit_words import NUMBERS

_MOST = 31  # number words up to here; larger counts are written in figures
_WORDS = {word: value for word, value in NUMBERS.items() if value <= _MOST and word not in ("a", "an")}
_N = r"(?P<{}>\d{{1,4}}(?:[.,]\d{{1,3}})?|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
_MANY = r"(?!(?:un[oa]?|uma?|one)\b)" + _N  # `devolver una balata` does not count
_ORDER = r"(?:pedidos?|orden(?:es)?|orders?|compras?|purchases?|lista|list|veces|vezes|times)"
_THE = (
    r"(?:las?|los?|the|those|them|these|ell[oa]s|el[ea]s|es[oa]s|est[oa]s|ess[ea]s|as|os|mis?|my|minhas|meus|all|el"
    r"|total)"
)
_PIECES = r"(?:piezas?|pzas?|unidad(?:es)?|unidades?|pcs?|pieces?|units?|pecas?)"
_COUNT = re.compile(
    # `2 de las 5 bujías`, `one of them`, `dos de ellas`; not `uno de mis pedidos`, `5 de enero`
    rf"\b{_N.format('a')} (?:de|of|d[aeo]s?)\b(?! (?:{_THE} )*(?:{_ORDER}|{'|'.join(days.MONTHS)})\b)"
    rf"(?: {_THE}\b)*(?: \d{{1,4}}\b)?"
    rf"|\b(?:solo|solamente|nomas|unicamente|only|just|so|somente|apenas|nada mas) (?:a |an )?{_N.format('b')}\b"
    rf"(?! {_ORDER}\b)"
    rf"|\b{_N.format('c')} {_PIECES}\b"
    rf"|\b(?:devolver|devuelv\w+|regres\w+|return(?:ing)?|devolv\w+|send back|mandar de vuelta) {_MANY.format('d')}\b"
    rf"(?! (?:{_THE} )?(?:{_ORDER}|dias?|days?)\b)"
)
_OF_SO_MANY = re.compile(rf"^ (?:de|of|d[aeo]s?)\b(?: {_THE}\b)*(?: \d{{1,4}}\b)?")
_ALONE = re.compile(
    rf"(?:(?:que sean?|sejam?|make it|mejor|melhor|better|son|sao|si|sim|yes|no|nao|pero|but|mas)[ ,]+)*"
    rf"{_N.format('a')}"
    rf"(?:[ ,]+(?:{_PIECES}|nada mas|nomas|solamente|solo|only|just|so|por favor|please|mejor|better|melhor))*"
)
_ALL = r"(?:todo|toda|todos|todas|tudo|all|everything)"
_NOT_ALL = re.compile(
    r"\b(?:no|nao|not|ni|nem|don'?t|sin|sem)(?: (?:quiero|quero|voy|vou|want|need|a|to|devolver|regresar|return|send"
    rf"|back|es|son|sao|of|de|las?|los?|os?|as?|me|i|it|is))*,? (?:{_ALL}|el total|completo)\b"
    rf"|\b{_ALL}\b.{{0,12}}\b(?:menos|except\w*|exceto|but|salvo)\b|\b{_ALL}[ ,]+(?:no|nao)\s*$"
)
_ALL_BUT = re.compile(
    rf"\b{_ALL}\b.{{0,12}}\b(?:menos|except\w*|exceto|but|salvo)\b(?P<rest>.*)"
)
_PARTLY = re.compile(
    r"\b(?:algun[oa]s?|unas cuantas|unos cuantos|some of|a few|alguns|algumas|una parte|uma parte|part of)\b"
)
_BUT = re.compile(
    r"\b(?:pero|but|mas|menos|less|fewer|except\w*|exceto|salvo|sin|sem|without|solo|only|just|apenas|espera|wait)\b"
)


class Count(NamedTuple):
    """So many pieces, and the text without the words that say so: `bujías` of `2 de las 5 bujías`."""

    pieces: Decimal
    rest: str


def count(text: str, *, alone: bool = False) -> Count | None:
    """The pieces that a text speaks of; with `alone` also a bare figure, where we asked for one."""
    folded = reading.fold(text).strip(" .!¡¿?")
    match = (_ALONE.fullmatch(folded) if alone else None) or _COUNT.search(folded)
    if match is None:
        return None
    said = next(word for word in match.groupdict().values() if word)
    pieces = Decimal(_WORDS[said]) if said in _WORDS else Decimal(said.replace(",", "."))
    return Count(pieces, f"{folded[: match.start()]} {_OF_SO_MANY.sub('', folded[match.end() :])}".strip())


def everything(text: str) -> bool:
    """True for `todo`, `all of it`; not for `no todas`, `not all`, `todo menos el filtro`."""
    return reading.everything(text) and not _NOT_ALL.search(reading.fold(text))


def all_but(text: str) -> str:
    """What stays, of a text that gives all else back: `el filtro` of `todo menos el filtro`; else empty."""
    match = _ALL_BUT.search(reading.fold(text))
    return match["rest"].strip() if match else ""


def partly(text: str) -> bool:
    """True for `no todas`, `solo una`, `some of them`: a no in it leaves nothing."""
    folded = reading.fold(text)
    return bool(_NOT_ALL.search(folded) or _PARTLY.search(folded) or count(text))


def qualified(text: str) -> bool:
    """True when a yes comes with a but: `sí, pero sin el filtro` authorises nothing."""
    return bool(_BUT.search(reading.fold(text)))


def kept(notes: object, lines: Sequence[int]) -> dict[int, Decimal]:
    """The pieces in the notes of these lines."""
    if not isinstance(notes, dict):
        return {}
    return {int(line): Decimal(some) for line, some in notes.items() if int(line) in lines}
