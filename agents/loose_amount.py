"""Reads an amount that is said in passing while a withdrawal's code is open: `ok same account then, but 150`.

What may be an amount is taken for one: a code that is void for nothing costs less than the wrong sum paid.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from agents import currencies, days, figures, reading

_FIGURE = re.compile(
    rf"(?<![\w.,/:-])(?P<mark>{currencies.MARK})? ?(?P<n>\d[\d.,]*\d|\d)(?P<k> ?(?:mil|k)\b)?"
    rf"(?P<coin> ?{currencies.COIN}\b)?(?![\w/:-]\w?)(?P<after>[\s,.;!?)]*(?P<next>[a-z']+)?)"
)
_THING = (
    r"(?:pedidos?|orden(?:es)?|orders?|facturas?|invoices?|faturas?|bills?|tickets?|casos?|folio|quotes?|guia|albums?"
    r"|disco|cancion|song|track|single|tema|faixa|musica|numero|number|num|nro"
    r"|(?:top|paso|step|opcion|option|opcao|punto|plan)(?= \d\b)|clabe|iban|terminad[ao] e[nm]"
    r"|termina (?:en|em)|ending(?: in| with)?|ends in|final(?= \d{4}\b)|digitos"
    r"|digits|a las|as|(?:since|desde|en|in|em|de|del|of|do|ano|year)(?= 20\d\d\b))"
)
_MONTHS = "|".join(days.MONTHS)
_NO_SUM = re.compile(
    rf"\b{_THING}(?: (?:no|nro|num|numero|number|es|is|son|are|e|sao)\b\.?)? ?[#:]? ?\d[\d.,]*"
    rf"|\b(?:(?:{_MONTHS}|q[1-4]) (?:de |del |of )?|(?:y|e|and) )20\d\d\b"
    r"|\b(?:antes del|before the|antes do|antes do dia|para el|by the) \d{1,2}\b|#\s?\d+"
    r"|\br-?\d{3,}\b|(?<![\d.,])\d{9,}(?![\d.,])|\b\d{1,2}:\d{2}\b|\b\d{1,2} ?[ap]\.?m\b"
    r"|\b\d[\d.,]* ?(?:min\w*|horas?|hrs?|hours?|dias?|days?|semanas?|weeks?|mes(?:es)?|months?|anos?|years?|veces"
    r"|vez(?:es)?|times|cancion\w*|songs?|tracks?|temas|faixas?|musicas?|albums?|discos?|streams?|plays|reproduc\w+"
    r"|seguidores|followers|digit\w*|cop[iy]\w*)\b"
)
_ASKS = re.compile(  # to the end of its clause
    r"(?:^|(?<=[?.,;!:]) ?|\b(?:y|e|and|ok|pero|but|hola|hi|hey|oye|oi|saber|know|dime|tell me) )[ ,.;!¿¡]*"
    r"(?:cuant\w+|cuando|how (?!about\b)|quant\w+|quando|when|por ?que|why|como (?!\d|un[oa]?s )|what (?!about\b)"
    r"|cual\w*|qual|quais|which|donde|where|onde|cade|quien|quem|who)\b(?:[^,.;!?]|[.,](?=\d))*"
)
_ELSEWHERE = re.compile(
    r"\b(?:factur\w+|fatur\w+|invoices?|pedidos?|orders?|cotizaci\w+|quotes?|orcamento|deuda|divida|debt|debo|devo|owe"
    r"|(?:te|les|lhe|lhes|os) pag\w+|pay you|i'?ll pay|(?:voy a|vou) pagar|gane|ganhei|earned)\b"
)
_OF_IT = re.compile(
    r"\b(?:saca\w*|sacar\w*|retir\w*|saqu\w*|withdraw\w*|take out|same (?:account|bank)|mism[oa] (?:cuenta|banco)"
    r"|mesm[oa] (?:conta|banco))\b"
)
_CUE = re.compile(
    r"\b(?:but|pero|only|solo|apenas|so|just|nomas|mism[oa]s?|mesm[oa]s?|same|too (?:much|little|high|low)"
    r"|demasiad\w+|mucho|muito|demais|poco|pouco|tanto|let'?s|pode ser|puede ser|que sean?|que seja\w*|this time"
    r"|(?:esta|desta|dessa) vez|top|rather|instead|mejor|melhor|better|leave|dej\w+|deix\w+|make|hazl\w+|faz\w*|pon\w*"
    r"|cambi\w+|mud\w+|chang\w+|saca\w*|sacar\w*|saqu\w*|retir\w*|withdraw\w*|take out|transf\w*|mand\w+|send|enough"
    r"|alcanza|basta\w*|monto|amount|valor|cantidad|quantia|suma?)\b"
)
_UNCLEAR = re.compile(  # a difference, a bound, or what is not to be
    r"%|\b(?:mitad|half|metade|todo|toda|tudo|all|everything|entre|between|or|ou|o|u|menos|less|minus|mas|more|mais"
    r"|extra|by|add|agreg\w+|suma\w*|som[ae]\w*|hasta|ate|no(?!mas)|nao|not|don'?t|never|nunca)(?= \S*\d)"
    r"|%|\b(?:mitad|half|metade|todo|toda|tudo|all|everything|entre|between)\b"
    r"|\b(?:no|nao|not|don'?t|never|nunca)(?: [a-z]+){1,2} \d"
    r"|\d (?:or|ou|o|u|no|nao|not|menos|less|mas|more|mais|tercio|third)\b|\b(?:less|more) than\b"
    r"|\d\S* (?:en|em|in|on) (?:mi|my|a|la|minha)? ?(?:cuenta|conta|account|saldo|balance)\b"
)
_TO_ACCOUNT = re.compile(r"\b(?:en|em|in|on) (?:mi|my|a|la|minha)? ?(?:cuenta|conta|account)\b")
_CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?![\d.,]\d|\d)")
_KEEPS = re.compile(r"\b(?:dej\w+|deix\w+|leave|keep|guard\w+|quede\w*)\b")
_GOES_ON_WORDS = """
a al la las lo los el en na no nas nos em o os as to at on in into the this that for from with con com por para
pra pro de del do da only just solo so apenas nomas nada please pls por porfa favor gracias thanks thank obrigado
obrigada instead rather better mejor melhor esta este essa esse desta dessa vez and y e but pero then entonces
entao now ahora agora hoy hoje today porque because since que si sim yes ok okay is es it me mi my minha meu a mas
bro man amigo amiga cara mano tops max maximo maximum total mismo mesmo same will would should works work alcanza
basta enough tho though esta est dele seria sera sea vale va dale i i'd i'm we is are son sao fine good
bien bem
"""
_GOES_ON = frozenset(_GOES_ON_WORDS.split())


def kind(text: str) -> Literal["", "figure", "maybe"]:
    """`figure`: a text of money, or of another sum, holds an amount; `maybe`: it holds a figure that may be one."""
    words = _bare(text)
    if not any(letter.isdigit() for letter in words) or (_ELSEWHERE.search(words) and not _OF_IT.search(words)):
        return ""
    found = list(_FIGURE.finditer(words))
    if any(match["mark"] or match["coin"] for match in found) or (found and _CUE.search(words)):
        return "figure"
    return "maybe" if any(_stands_alone(match) for match in found) else ""


def amounts(text: str) -> Sequence[Decimal]:
    """All that may be an amount in it."""
    found = [match[0][: match.start("after") - match.start()] for match in _FIGURE.finditer(_bare(text))]
    return [value for each in found if (value := reading.amount(each)) is not None]


def clear(text: str) -> Decimal | None:
    """The one amount that is wanted instead, where no word makes another of it; else None."""
    words = _bare(text)
    found = list(_FIGURE.finditer(words))
    if len(found) != 1 or not kind(text) or not (_stands_alone(found[0]) or found[0]["coin"]):
        return None
    if _UNCLEAR.search(words) and not (_KEEPS.search(words) is None and _same_account(words)):
        return None
    said = amounts(text)
    return said[0] if said else None


def _same_account(words: str) -> bool:
    """`30 na mesma conta` says where it goes; any other word that makes the sum unclear is not excused."""
    return not _UNCLEAR.search(_TO_ACCOUNT.sub(" ", words))


def _stands_alone(match: re.Match[str]) -> bool:
    """False for what counts things: `45 canciones`; a mark behind the figures ends the clause."""
    after = match["after"].lstrip(" ")
    return not match["next"] or not after[0].isalpha() or match["next"] in _GOES_ON


def _bare(text: str) -> str:
    """The folded text, sums in figures, without codes, dates, numbers of orders, questions, and counts of things."""
    words = reading.fold(text)
    words = _CODE.sub(" ", words) if reading.one_time_code(text) else words
    return _ASKS.sub(" ; ", days.without(_NO_SUM.sub(" ; ", figures.in_figures(words))))

