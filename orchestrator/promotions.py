"""Hears who wants no promotions but all else, `ya no me manden promos`, and who wants our messages back."""

import re
from typing import Literal

from orchestrator.normal import plain

Wish = Literal["promotions_stopped", "opted_in"]
_MOST = 120  # letters: a longer text says more
_PROMOTIONS = (
    r"(?:promos?|promocion(?:es|ales)?|promo(?:cao|coes)|promotions?|promotional|marketing|publicidad|publicitarios?"
    r"|propagandas?|ads|advert\w+|ofertas|offers|newsletters?|anuncios|campanas|campanhas|publicidade|divulgac\w+)"
)
_OF_THEM = re.compile(rf"\b{_PROMOTIONS}\b")
_STOPS = re.compile(
    r"\b(?:unsubscri\w+|opt (?:me )?out|(?:stop|quit) (?:the|all|those|these|your|sending|texting|emailing|with|me)"
    r"|no more|(?:don'?t|do not|dont) (?:want|send|text|email|need) (?:me |any |more |to (?:get|receive) |your |the )*"
    r"|(?:ya )?no (?:me |nos )?(?:mand\w+|envi\w+|escrib\w+)|(?:ya )?no quiero (?:mas |recibir |que me \w+ )+"
    r"|ya no quiero|(?:dar(?:me)?|denme|dame|quiero) (?:de )?(?:la )?baja|desuscri\w+|dejen de|deja de|basta de"
    r"|nao (?:me )?(?:mand\w+|envi\w+)|nao quero (?:mais |receber |que me \w+ )+|(?:parem?|para) (?:de|com)|chega de"
    r"|descadastr\w+|remove me|take me off|quitenme|saquenme|me (?:tirem|tira|tire) d)\b"
)
_ALL = re.compile(
    r"\b(?:nada|all (?:your )?messages|any messages?|everything|todos los mensajes|ningun mensaje|nenhuma mensagem"
    r"|todas as mensagens|ni |nem |nor |(?:and|y|e) (?:reminders|recordatorios|lembretes))\b"
)
_SENDS = (
    r"(?:mand\w*|envi\w*|escrib\w*|escrev\w*|avis\w*|send\w*|messag\w*|text\w*|writ\w*|recib\w*|receb\w*"
    r"|receiv\w*|get)"
)
_AGAIN = (
    r"(?:again|de nuevo|otra vez|nuevamente|de novo|novamente|outra vez|vuelv\w+ a|volver a|voltar a|voltem a|volte a"
    r"|resum\w+|reanud\w+|retom\w+)"
)
_MESSAGES = rf"(?:{_PROMOTIONS}|mensajes|messages|mensagens|msgs?|avisos)"
_BACK = re.compile(
    rf"^(?=.*\b{_SENDS}\b)(?=.*\b{_AGAIN}(?: |$))(?=.*\b{_MESSAGES}\b)"
    r"|^(?:please |por favor |can you |quiero |quero )*(?:re-?subscribe(?: me)?|resuscrib\w+|suscrib(?:eme|anme|irme)"
    r"|me (?:inscrev\w+|recadastr\w+)|sign me (?:back )?up)"
    rf"(?: (?:{_AGAIN}|{_MESSAGES}|to|a|as|las|los|for|the|your|sus|de|nas|please|por favor))*[ .!]*$"
)
_COMES_BACK = re.compile(
    rf"(?:(?:si|sim|yes|ya|ok|please|por favor|agora|now|me|you|voces?|ustedes) )*"
    rf"(?:(?:pode[m]?|pueden?|puedes|can|may)(?: me)? )?(?:{_AGAIN} )?(?:me )?{_SENDS}(?: me)?(?: {_AGAIN})?"
    r"(?: (?:por favor|please|gracias|obrigad[oa]|thanks))*"
)
_RETURNS = re.compile(rf"\b{_AGAIN}(?: |$)")
_NOT = re.compile(r"\b(?:no|nao|not|don'?t|dont|never|nunca|ya no)\b")


def wish(text: str) -> Wish | None:
    """What a message asks for that speaks of promotions, or of our messages coming again."""
    if len(text) > _MOST or "?" in text:
        return None
    words = plain(text)
    if _OF_THEM.search(words) and _STOPS.search(words) and not _ALL.search(words):
        return "promotions_stopped"
    return "opted_in" if _BACK.search(words) and not _NOT.search(words) else None


def comes_back(text: str) -> bool:
    """True for `pode voltar a mandar`, which says so only after our messages were stopped."""
    words = " ".join(re.findall(r"[a-z']+", plain(text)))
    return bool(_RETURNS.search(words) and _COMES_BACK.fullmatch(words))
