"""Notices that somebody else's account is asked about: it says that only the own one can be shown, before it is."""

import re
from itertools import dropwhile

import msgspec

from agents import reading
from agents.base import Answer, HandOff, Turn
from agents.days import MONTHS
from agents.wording import Wording, choices
from core.messages import Reply

say = Wording("common")
_NAME = r"(?P<name>[^\W\d_]+(?:\s+[^\W\d_]+){0,3})"
_TITLE = r"(?:(?:el|la|al?|o|os|as|the|don|doña|dona|señora?|senhora?|sra?\.?|mrs?\.?|cliente|customer)\s+)*"
_OWES = (  # whoever stands here is somebody else, also in small letters
    rf"\bcu[aá]nto\s+(?:(?:me|te|nos|les?)\s+)?(?:debe|adeuda)\s+{_TITLE}{_NAME}",
    rf"\bquanto\s+(?:deve\s+{_TITLE}{_NAME}|(?:o|a)\s+(?P<name2>[^\W\d_]+(?:\s+[^\W\d_]+){{0,2}}?)\s+deve\b)",
    r"\bquanto\s+(?P<name>[^\W\d_]+(?:\s+[^\W\d_]+){0,2}?)\s+deve\b",
    rf"\b(?:how much|what)\s+(?:does|do)\s+{_TITLE}(?P<name>[^\W\d_]+(?:\s+[^\W\d_]+){{0,2}}?)\s+owe\b",
)
_ACCOUNT = r"(?:deuda|adeudo|saldo|balance|cuenta|conta|d[ií]vida|d[eé]bito|debt|account|retiro|saque|withdrawal)"
_PAPERS = r"(?:facturas?|faturas?|pedidos?|invoices?|orders?|boletos?|regal[ií]as|ganancias|royalties|earnings|ganhos)"
_OF = r"(?:de|del|de la|do|da|of|for)"
_CAPITAL = r"(?-i:[A-ZÁÉÍÓÚÂÊÔÃÑÇ])[^\W\d_]*"
_OF_NAMED = (  # here only a name or a relation tells a person from a thing
    rf"\b{_ACCOUNT}\s+{_OF}\s+{_TITLE}{_NAME}",
    rf"\b{_PAPERS}\s+{_OF}\s+(?P<full>[^\W\d_]+(?:\s+[^\W\d_]+){{0,3}})",
    rf"\b(?:cu[aá]nto|quanto)\s+(?:tiene|gan[oó]|tem|ganhou)\s+{_TITLE}{_NAME}",
    rf"\bhow much\s+(?:does|did)\s+{_TITLE}(?P<name>[^\W\d_]+(?:\s+[^\W\d_]+){{0,2}}?)\s+(?:have|earn|make)\b",
    rf"\b(?:(?P<name>{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}})|(?:my|his|her)\s+(?P<name2>\w+))['’]s\s+(?:\w+\s+){{0,2}}(?:{_ACCOUNT}|{_PAPERS})\b",
)
_NUMBERED = re.compile(r"\b(?:cuenta|conta|account|cliente|customer)\s+(?:n[uú]mero\s+|number\s+)?\+?\d{6,}", re.I)
_OWES_ANY = tuple(re.compile(each, re.I) for each in _OWES)
_NAMED_ANY = tuple(re.compile(each, re.I) for each in _OF_NAMED)
_RELATIONS_WORDS = """
esposo esposa marido mama papa madre padre hijo hija tio tia amigo amiga vecino vecina socio socia jefe jefa
compadre comadre compa cunado cunada suegro suegra abuelo abuela colega sobrino sobrina ex
novio novia hermano hermana primo prima brother sister wife husband mother father mom dad son daughter friend neighbour
neighbor boss partner cousin irmao irma mae pai filho filha vizinho vizinha chefe namorado namorada he she ele ela
"""
_NO_PERSON_WORDS = """
yo usted ustedes uds mi mis tu su nosotros nos i we you my your our me s eu voce voces vc vcs gente minha meu
minhas meus
este esta ese esa esto eso isso isto this that it the total todo tudo all mes ano hoy hoje today ahora agora ahorita aun
todavia ainda cada por de en em para pra al a se que what who where how let there here today one un una uno um uma ya
spotify apple youtube deezer tidal amazon tiktok soundcloud pandora mi cuenta conta account favor please gracias
cuanto quanto cuando quando es is are was entonces entao no nao
"""
# What a business is called by its kind: `el taller Hernández` is somebody, `el taller` is one's own.
_KINDS_WORDS = """
empresa taller negocio tienda banda sello firma oficina loja grupo gravadora refaccionaria ferreteria constructora
construtora workshop shop garage company store band label business firm de do da del of the
"""
_KINDS = frozenset(_KINDS_WORDS.split())
_RELATIONS = frozenset(_RELATIONS_WORDS.split())
_NOT_A_PERSON = frozenset(_NO_PERSON_WORDS.split()) | frozenset(MONTHS)
# One look before all others: most texts have none of these words.
_MAYBE = re.compile(rf"\b(?:{_ACCOUNT}|{_PAPERS}|debe|deve|adeuda|owe|tiene|gan[oó]|tem|ganhou|have|earn|make)\b", re.I)
OWN_DATA = frozenset({
    "debt", "payment", "royalties_balance", "royalties_earnings", "withdrawal", "order_status",
})  # fmt: skip


def first(turn: Turn, result: Answer | HandOff) -> Answer | HandOff:
    """The answer, after a word that only the own account is shown when somebody else's was asked for."""
    if isinstance(result, HandOff) or turn.intent not in OWN_DATA or not asked_for(turn):
        return result
    told = say(turn.locale, "only_yours")
    return msgspec.structs.replace(
        result, reply=msgspec.structs.replace(result.reply, text=f"{told}\n\n{result.reply.text}")
    )


def refused(turn: Turn) -> Answer | None:
    """That somebody else's account cannot be shown, where nothing of the own one is asked; None for anything else."""
    if not asked_for(turn):
        return None
    text = say(turn.locale, "only_own")
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})


def asked_for(turn: Turn) -> bool:
    """True for `¿cuánto debe Juan Pérez?`, `my brother's balance`, `o saldo da Maria`; not for the own name."""
    if not _MAYBE.search(turn.text):
        return False
    own = {*_words(turn.customer_name or ""), *_words(turn.tenant.name)}
    return bool(_NUMBERED.search(turn.text)) or any(
        _is_person(match, own, small=small)
        for patterns, small in ((_OWES_ANY, True), (_NAMED_ANY, False))
        for pattern in patterns
        for match in pattern.finditer(turn.text)
    )


def _is_person(match: re.Match[str], own: set[str], *, small: bool) -> bool:
    groups = match.groupdict()
    raw = groups.get("name") or groups.get("name2") or groups.get("full") or ""
    words = _words(raw)
    if not words or set(words) <= own:
        return False
    words = list(dropwhile(_KINDS.__contains__, words))
    if not words:
        return False
    if any(word in _RELATIONS for word in words[:2]):
        return True
    if words[0] in _NOT_A_PERSON or words[0] in own:
        return False
    capital = [part for part in raw.split() if part[0].isupper() and not part.isupper()]
    if groups.get("full"):
        return False  # `ganancias de Noche Clara` is of a song, `pedido de Brembo` of a brand
    if small and words[0] not in _NOT_A_PERSON:
        return not re.search(r"(?:ar|er|ir)$", words[0]) or bool(capital)  # `cuánto debe medir`
    return raw.split()[0] in capital


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", reading.fold(text))
