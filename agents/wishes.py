"""Two wishes in one message: `2 filtros para gol, ¿y hacen envíos a Puebla?` is an order and a question."""

import re

import msgspec

from agents import knowledge, reading
from agents.base import Answer, HandOff, Turn
from core.messages import Struct

_CLAUSES = re.compile(
    r"\s*(?:[;!?\n¿¡]|\.(?!\d))+\s*|,(?!\d)\s*"
    r"|\s+(?:y|e|and)\s+(?=(?:ademas|tambien|also|tambem|saber|quiero saber|me gustaria saber|si|se|if|do you|can you"
    r"|how|what|hacen|envian|entregan|mandan|aceptan|dan|tienen|cuanto tarda|voces|vcs|fazem|enviam|entregam|aceitam"
    r"|qual|quanto tempo)\b)"
)
_SERVICE = re.compile(
    r"\b(?:envios?|envian|enviam|mandan a|entrega[nms]?|domicilio|ship\w*|deliver\w*|frete|flete|garantias?"
    r"|warranty|horarios?|abren|abrem|cierran|fecham|opening hours|are you open|you (?:open|close)"
    r"|what time|que horas?|aceptan|aceitam|do you (?:accept|take)|tarjeta|cartao|credit card"
    r"|cuanto tarda\w*|how long|quanto tempo|demora\w*|devoluciones|returns|devolucoes|donde estan"
    r"|where are you|onde fica\w*|instalan|install|instalam)\b"
)


class Both(Struct):
    """The part of a message that orders or looks for goods, and the part that asks about the service."""

    order: str
    counts: bool  # it says how many
    question: str  # its words for the service alone: a place in it says nothing


def both(text: str) -> Both | None:
    """Take a message apart; None unless it both names goods and asks about the service."""
    clauses = [clause.strip() for clause in _CLAUSES.split(reading.fold(text)) if clause.strip()]
    asked = [clause for clause in clauses if _SERVICE.search(clause) and not _counts(clause)]
    order = [clause for clause in clauses if clause not in asked]
    counts = any(_counts(clause) for clause in order)
    if not asked or not (counts or any(reading.product_phrase(clause) for clause in order)):
        return None
    return Both(order="\n".join(order), counts=counts, question=" ".join(_SERVICE.findall(" ".join(asked))))


def _counts(clause: str) -> bool:
    return any(quantity is not None and name for quantity, name in reading.lines(clause))


def services(text: str) -> list[str]:
    """The words of a text that ask about the service: shipping, hours, cards, a warranty."""
    return _SERVICE.findall(reading.fold(text))


def names_service(words: str) -> bool:
    """True for a folded text that has such a word."""
    return bool(_SERVICE.search(words))


async def answered(turn: Turn, said: Both, answer: Answer | HandOff) -> Answer | HandOff:
    """The answer to the order, with what the tenant's pages say about the question behind it."""
    page = await knowledge.passage(turn, question=said.question)
    if not page or isinstance(answer, HandOff):
        return answer
    text = "\n".join([answer.reply.text, "", *page])
    return msgspec.structs.replace(answer, reply=msgspec.structs.replace(answer.reply, text=text))
