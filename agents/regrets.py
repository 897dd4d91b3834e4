"""Reads that somebody does not want the goods now: `ya no lo quiero`, `I don't want it anymore`; pure functions."""

import re

from core.fold import fold

_BEFORE = (
    r"(?:(?:no|nao|mejor|melhor|ya|ok|okay|bueno|hmm|actually|nah|sabes que|sabe|entao|wait|sorry|perdon|desculp[ae]"
    r"|la verdad|na verdade|pensandolo bien|gracias|thanks|obrigad[oa]|pero|but|mas|so|oh|y|e|and|i think|creo que"
    r"|acho que|eu|dejal[oa] asi|dejemoslo asi|deixa assim|deixa(?: (?:pra|para) la)?"
    r"|(?:cut|drop|scrap|cancel|forget|leave|take|remove|skip) (?:it|that|this|them|everything)(?: all)?"
    r"|(?:quital[oa]|cancelal[oa]|cancela|tira|quita|borra)(?: (?:todo|tudo))?) )*"
)
_THESE_ES = r"(?:eso|es[ea]s?|esos|esto|est[ea]s?|estos|(?:la|esa|esta) cotizacion|(?:el|ese|este) presupuesto)"
_THESE_EN = (
    r"(?:it|them|that|this|those|these|any(?: of (?:it|them|those|these|that|this))?"
    r"|(?:the|that|this|my) (?:quote|one|ones))"
)
_THESE_PT = r"(?:isso|isto|ess[ea]s?|est[ea]s?|aquel[ea]s?|del[ea]s?|dess[ea]s?|disso|(?:o|esse|este) orcamento)"
_AGAIN_EN = r"(?: any ?more| any longer| now| after all)"
_ES = (
    rf"(?:ya )?no (?:l[oa]s? )?(?:quiero|necesito|ocupo|compro|llevo)(?: ya)?(?: (?:mas de )?{_THESE_ES})?(?: ya)?"
    r"|(?:ya )?no (?:l[oa]s? )?voy a (?:querer|comprar|llevar|necesitar|ocupar)(?:l[oa]s?)?(?: " + _THESE_ES + r")?"
    r"|(?:ya )?no (?:voy a |vamos a )?(?:quiero |queremos )?(?:compr(?:o|ar|amos)|llev(?:o|ar)|quiero|querer|pedir)"
    r"(?: ya)? nada(?: ya)?|desisto de (?:la compra|todo)"
    rf"|(?:ya )?no me interesan?(?: ya| mas)?(?: {_THESE_ES})?|ya no|me arrepenti|cambie de (?:opinion|idea)"
)
_EN = (
    rf"i (?:do not|don t|dont|no longer|won t|wont) (?:want|need|take|buy|be taking|be buying) {_THESE_EN}{_AGAIN_EN}?"
    r"|i (?:do not|don t|dont) (?:want|need) any ?more of (?:it|them|those|these|that)"
    rf"|no longer (?:want|need) {_THESE_EN}|(?:i m |im )?(?:not|no longer) interested(?: in {_THESE_EN})?{_AGAIN_EN}?"
    r"|(?:i )?(?:ve )?changed my mind|i ll pass"
    rf"|(?:do not|don t|dont) (?:want|need) {_THESE_EN}{_AGAIN_EN}?"
    r"|(?:i )?(?:do not|don t|dont|won t|wont|no longer) (?:want|need|take|buy|want to buy) anything"
    rf"{_AGAIN_EN}?|(?:i )?(?:am |m )?not (?:buying|taking|ordering) (?:anything|it|them|any of it){_AGAIN_EN}?"
    r"|(?:cut|drop|scrap|cancel|forget|remove) (?:it all|them all|all of (?:it|them)|everything)"
)
_PT = (
    r"nao (?:[oa]s? )?(?:quero|preciso|vou querer|vou levar|vou comprar|vou precisar)(?: mais)?"
    rf"(?: {_THESE_PT})?(?: mais)?"
    rf"|nao (?:tenho (?:mais )?interesse|me interessam?)(?: mais)?(?: {_THESE_PT}| nisso)?"
    r"|desist[io](?: d(?:a compra|e tudo|e comprar|isso|o orcamento))?"
    r"|nao (?:quero|vou)(?: mais)? (?:comprar|levar)(?: mais)? nada|nao quero nada|cancela tudo"
    r"|mudei de ideia|me arrependi"
)
_AFTER = (
    r"(?: (?:gracias|thanks|thank you|obrigad[oa]|por favor|please|sorry|perdon|disculpa|desculp[ae]|ya|ahora|now|agora"
    r"|ok|amig[oa]|moco|ta|viu|mesmo|la verdad))*"
)
_REGRETS = re.compile(f"{_BEFORE}(?:{_ES}|{_EN}|{_PT}){_AFTER}")
_BUYS = re.compile(r"\b(?:compr\w+|buy\w*|nada|anything|everything|(?:it|them) all|orcamento|quote|tudo)\b")
_SOME = re.compile(
    r"\b(?:those|these|them|any|es[ea]s|es[ea]|esos|est[ea]s?|estos|ess[ea]s?|dess[ea]s?|aquel[ea]s?|del[ea]s?"
    r"|l[oa]s quiero)\b(?! (?:cotizacion|presupuesto|orcamento|quote))"
)


def said(text: str) -> bool:
    """True for a text that says nothing but that: it names no product, and asks for no silence."""
    return bool(_REGRETS.fullmatch(" ".join(re.findall(r"\w+", fold(text)))))


def buys_nothing(text: str) -> bool:
    """True when it says that nothing is bought, which is of no order that was placed: `no compro nada`."""
    return bool(_BUYS.search(fold(text))) and said(text)


def of_some(text: str) -> bool:
    """True when it speaks of several things or of one of several, so that not all need be meant."""
    return bool(_SOME.search(fold(text)))
