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


_THE_RETURN = (
    r"(?:devolucion(?:es)?|devolucao|devolucoes|troca|cambio|returns?|refunds?|rma|d-\d+)"
)
_ARTICLES = (
    r"(?: (?:lo|de|del?|da|do|la|el|mi|esa|esta|esse|essa|a|o|minha|about|the|my|this|that|all|todo|toda|hacer|of))*"
)
_CALLS_OFF = re.compile(
    rf"\b(?:cancel\w*|anul\w*|olvid\w+|dej[ae]\w*|desist\w+|esque[cq]\w*|deix\w+|forget|drop|scrap|stop|never ?mind)"
    rf"{_ARTICLES} {_THE_RETURN}\b(?! (?:de|of) (?:dinero|money))"
    r"|\b(?:no|nao)(?: (?:l[oa]s?|me|ya|mais|voy a|vamos a|quiero|queremos|vou|vamos|quero|preciso|necesito"
    r"|hacer|fazer))+"
    rf" (?:(?:devolver|regresar)(?:l[oa]s?)?|(?:ninguna |nenhuma |la |a |una |uma )?{_THE_RETURN})\b"
    r"|\bno l[oa]s? (?:devuelvo|regreso)\b|\bnao (?:[oa]s? )?devolvo\b"
    r"|\b(?:don'?t|do not|no longer|not)(?: (?:longer|want|wanna|going|need|to|any ?more|a|the))+"
    rf" (?:return|send(?: (?:it|them|that))? back|{_THE_RETURN})\b(?! (?:of|my|our)\b)"
    r"|\b(?:i'?m|i am|we'?re) not (?:returning|sending)\b"
)
_KEEPS = re.compile(  # only while a return is talked over: in a sale, who keeps it buys it
    r"\b(?:me l[oa]s? quedo|me quedo con|quedarmel[oa]s?|quedarme con|mejor me l[oa]s? quedo"
    r"|(?:i'?ll|i will|i'?m|let me|rather|want to) (?:keep(?:ing)?)|vou ficar com|fico com|ficar com)\b"
    r"|^(?:(?:mejor|ok|bueno|no|sabes que|actually|melhor) )*(?:olvidal[oa]|olvidate|dejal[oa](?: asi)?|never ?mind"
    r"|forget (?:it|about it)|esquece|deixa(?: (?:pra|para) la)?|desisto|cancelal[oa]|cancela|cancel(?: it)?|cancele)"
    r"(?: (?:gracias|thanks|obrigad[oa]|por favor|please|ya|mejor|entonces))*[ .!]*$"
)
_UPHELD = re.compile(
    r"\b(?:no|nao|don'?t|do not|never)(?: \w+){0,2} (?:cancel|anul|olvid|forget|esque[cq]|dej[ae]|deix|drop)\w*"
)
_NUMBER = re.compile(r"\bd-\d+\b")
_ADDS = re.compile(
    r"\b(?:tambien|tambem|also|too|as well|ademas|alem disso)\b"
    r"|^(?:si|sim|yes|ok|oye|ah|oh)?[ ,]*(?:y|e|and|mas|mais|plus) (?:el|la|los|las|lo|o|a|os|as|the|my|mi|mis"
    r"|meu|minha)\b"
    r"|^(?:agreg\w+|anad\w+|inclu\w+|suma\w*|add|acrescent\w+|ponle|mete\w*)\b"
)
_ASKS = re.compile(
    r"\b(?:como (?:va|esta|van)|cuand?t?o\w*|donde|how|when|where|quando|quanto\w*|onde|cade|status|estado|precio|price"
    r"|preco|compr\w+|buy|cotiz\w+|quote)\b"
)
_LISTED = re.compile(rf"(?:(?:si|sim|yes|only|solo|so|just|son|sao)[ ,]+)*{_N.format('a')} ")
_THE_REST = re.compile(
    r"\b(?:lo demas|(?:el|lo) resto|l[oa]s demas|everything else|the (?:rest|others?)|o resto|[oa]s demais"
    r"|o restante)\b"
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


def calls_off(text: str, *, talked: bool = False) -> bool:
    """True for `cancela la devolución`, `ya no quiero devolverlo`; for `me lo quedo` while one is `talked` over."""
    folded = reading.fold(text).strip()
    if _UPHELD.search(folded) or _NOT_ALL.search(folded):
        return False
    return bool(_CALLS_OFF.search(folded) or (talked and _KEEPS.search(folded)))


def number(text: str) -> str | None:
    """The number of a return that a text names: `D-1002`."""
    match = _NUMBER.search(reading.fold(text))
    return match[0].upper() if match else None


def adds(text: str) -> bool:
    """True for `y también el tambor`, `and the filter`, `mais o disco`: what goes back besides."""
    folded = reading.fold(text).strip()
    return bool(_ADDS.search(folded)) and "?" not in text and not _ASKS.search(folded)


def lists(text: str) -> bool:
    """True for `1 tape measure and 1 lock`, and nothing else."""
    found = reading.counted(text)
    named = len(found) > 1 and all(line.amount is not None and line.phrase for line in found)
    return named and bool(_LISTED.match(reading.fold(text).strip())) and "?" not in text


def count_of_more(text: str) -> Count | None:
    """So many of what goes back besides: `y también 2 tambores`."""
    found = [line for line in reading.counted(text) if line.amount is not None]
    return Count(found[0].amount, found[0].phrase) if len(found) == 1 and found[0].amount else None


def the_rest(text: str) -> bool:
    """True for `y lo demás también`, `everything else`."""
    return bool(_THE_REST.search(reading.fold(text)))


def kept(notes: object, lines: Sequence[int]) -> dict[int, Decimal]:
    """The pieces in the notes of these lines."""
    if not isinstance(notes, dict):
        return {}
    return {int(line): Decimal(some) for line, some in notes.items() if int(line) in lines}
