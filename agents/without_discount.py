"""Hears that somebody goes on without the discount that was refused: `ok, sin descuento`, `fine, full price`, `ni modo,
la llevo`; and the contrary, `sin descuento no`; pure functions."""

import re
from typing import Literal

from agents import changes, reading, taking

_DISCOUNT = r"(?:descuentos?|rebajas?|discounts?|descontos?|abatimentos?)"
_THE = r"(?: (?:el|la|los|las|lo|del?|do|ese|esa|ningun|the|that|about|any|an?|o|esse|mi|my|meu|nenhum|mas|more|mais))*"
_NAMED = re.compile(  # the discount
    rf"\b(?:sin|without|sem){_THE} {_DISCOUNT}(?: alguno)?"
    rf"|\b(?:olvid\w+|dej[ae]\w*|forget|never ?mind|skip|leave|drop|scrap|esque[cq]\w*|deix\w+){_THE} {_DISCOUNT}"
    r"(?: (?:pra|para) la| de lado| quieto| out)?"
    rf"|\b(?:ya )?(?:no|nao|don'?t|do not) (?:quiero|necesito|ocupo|quero|preciso|want|need){_THE} {_DISCOUNT}"
    r"(?: anymore| ya| mais)?"
    r"|\bno discount\b"
)
_PRICE = (
    r"(?:(?:a|al|the|at|for|o|ao|por|el|com|con) )*(?:(?:precio|preco) (?:completo|normal|regular|de lista"
    r"|cheio|original"
    r"|entero|integral|de tabela)|(?:full|regular|normal|list|original) price)(?: it is)?"
)
_AS_IT_IS = re.compile(  # only while a discount is talked about
    rf"\b(?:{_PRICE}|de tod[oa]s (?:modos|formas|maneras)|de qualquer (?:jeito|forma|modo)|anyway|ni modo|ni hablar"
    r"|no importa|(?:it )?(?:doesn'?t|does not) matter|nao (?:importa|tem problema|faz mal)|tanto faz"
    r"|no (?:hay|tem) (?:problema|bronca)|no (?:worries|problem|pasa nada)|(?:me )?da igual|igual"
    r"|sin nada|tal cual|as (?:it )?is|like (?:that|this)|como (?:esta|estaba|ta)|without it|(?:sin|sem) (?:el"
    r"|eso|ele|isso)"
    r"|dej(?:al[oa]s?|emosl[oa]s?|a|ame?l[oa]) asi|asi dej(?:al[oa]s?|emosl[oa]s?|a)|leave it|assim mesmo"
    r"|mesmo assim|asi mismo"
    r"|(?:asi|assim) (?:esta|ta) (?:bien|bom|ok)|asi nomas|asi|assim)\b"
)
_FULL = re.compile(rf"\b{_PRICE}\b")
_QUIET_NO = re.compile(  # a no to our smaller offer, before what is said
    r"^(?:no+|nao|nope|nah)(?:[ ,.!]+(?:gracias|thanks|thank you|obrigad[oa])\b[ ,.!]*|[,.!]+ *)"
)
_FORGET = re.compile(r"^(?:olvidal[oa]|olvidate|never ?mind|forget it|esquece|esqueca|deixa pra la)[ ,.;]+(?=\w)")
_NOT = re.compile(
    r"\b(?:no|nao|not|nunca|never|tampoco|ni|sin|sem|without|don'?t|won'?t|can'?t|cannot|wouldn'?t|isn'?t"
    r"|unless|if|until"
    r"|hasta|ate|se|si no|si me|si hay|a menos|mejor|melhor|rather|instead|cancel\w*|anul\w*)\b"
)
_LEADS = re.compile(r"^(?:(?:ok|okay|bueno|pues|entonces|entao|then|pero|but|mas|y|e|and|beleza|fine)\b[ ,.]*)+")
_TAKES = re.compile(
    r"\b(?:llevo|llevamos|compro|compramos|tomo|tomamos|quiero|queremos|pido|cierr\w+|cerr\w+|fech\w+|levo"
    r"|levar|levamos"
    r"|quero|confirm\w*|take|buy|order|pag\w+|pay|mand\w+|envi\w+|send|orden\w*|pide\w*)\b"
)
_MORE_WORDS = """
cierra cierralo cierrala cierralos cierralas cierrame cierren cerramos cerralo confirmala confirmalo confirmalas procede
procedan proceed mandalo mandala mandalos mandalas mandamelo mandamela enviamelo hazlo hagale hagalo pidelo pidela
carry s t fine worries problem really too bad shame it's its we we'll ni pero but entiendo understood got sigue sigamos
seguimos siga sera sea pues bien tudo bem ai entonces vai nada mais
"""
_KNOWN = taking.WORDS | frozenset(_MORE_WORDS.split())
Said = Literal["", "on", "take", "change", "not"]


def said(text: str, *, talked: bool) -> Said:
    """`on` for going on without, `take` when it is taken so, `change` with figures, `not` for the contrary; `talked`
    when a discount was spoken of last, and `así está bien` is about it. Empty for a question, and all else."""
    words = reading.fold(text)
    named = bool(_NAMED.search(words))
    so = named or (talked and bool(_AS_IT_IS.search(words)))
    if not (so or (talked and _FORGET.match(words))) or "?" in text:
        return ""
    left = _left(words)
    if re.search(r"\d", left):
        return "change" if named else ""
    if _NOT.search(left):
        return "not"
    if not all(word in _KNOWN for word in re.findall(r"[^\W\d_]+", left)):
        if not named:
            return ""
        if changes.tells(left):
            return "change"  # `sin descuento, y agrega un filtro`
    if _TAKES.search(left):
        return "take"
    return "on" if so else ""  # `olvídalo` alone may be of the quote


def asks(text: str, *, talked: bool) -> bool:
    """True for `¿y sin descuento cuánto era?`; while a discount is `talked` about, for `what is the full price?`."""
    words = reading.fold(text)
    return "?" in text and bool(_NAMED.search(words) or (talked and _FULL.search(words)))


def rest(text: str) -> str:
    """The text without what goes on without: `lo llevo` of `no importa, lo llevo`."""
    left = _left(reading.fold(text))
    return _LEADS.sub("", left) or left


def _left(words: str) -> str:
    without = _AS_IT_IS.sub(" ", _NAMED.sub(" ", _FORGET.sub("", _QUIET_NO.sub("", words.strip()))))
    return re.sub(r"\s+", " ", re.sub(r"^[\s,.;!]+|[\s,.;!]+$", "", without))
