"""Hears that no person is wanted: `no quiero hablar con nadie, dime el precio` asks for the price; pure functions."""

import re

from core.fold import fold

_PERSON = (
    r"(?:personas?|human[oa]s?|alguien|nadie|asesor(?:a|es)?|agentes?|operador(?:a|es)?|ejecutiv[oa]s?|representantes?"
    r"|pessoas?|atendentes?|alguem|ninguem|persons?|people|humans?|agents?|someone|anyone|somebody|anybody|nobody"
    r"|representatives?|operators?|advis[eo]rs?|vendedor(?:a|es)?)"
    r"(?! (?:virtual|automatic[oa]|robot|bot|digital|mas que|other than|except|sino|but|que no)\b)"
)
_NOT_WANTED = (
    r"(?:(?:no|nao) (?:me )?(?:quiero|quisiera|necesito|quero|queria|preciso|deseo)|no hace falta|no es necesario"
    r"|nao precisa|nao e necessario|(?:don'?t|do not) (?:want|need|wanna|have)|no need"
    r"|not (?:looking|asking|trying|wanting))"
    r"(?: (?:que|to|for|by|de|ser))*"
)
_TALK = (
    r"(?: (?:me )?(?:hablar|platicar|tratar|comunicar(?:me)?|atendid[oa]|falar|conversar|talk(?:ing)?|speak(?:ing)?"
    r"|chat(?:ting)?|deal(?:ing)?|pas(?:es?|en)|comuniques?|comuniquen|transfier[ae]s?|transfieran|transfira|passe[mn]?"
    r"|transferred|connected|put))"
)
_PASS_ON = (
    r"(?:(?:no|nao) me (?:pas(?:es?|en)|comuniques?|comuniquen|transfier[ae]n?|transfieras|transfira|passe[mn]?"
    r"|mandes?)|(?<!why )(?:don'?t|do not) (?:pass|put|connect|transfer|send|hand) me(?: (?:through|over|on))?)"
)
_TO = (
    r"(?: (?:con|com|with|to|a|para|pra|por|by))?(?: (?:una?|uma?|an?|any|ningun[oa]?|nenhuma?|la|el|the))?"
    r"(?: (?:real|live|actual))?"
)
_REFUSES = re.compile(
    rf"\b(?:{_NOT_WANTED}{_TALK}?|(?:sin|sem|without)(?: que)?{_TALK}|{_PASS_ON}){_TO} {_PERSON}\b"
)
_SOMEBODY = re.compile(rf"\b{_PERSON}\b")
_COURTEOUS = """
hola oi ola hi hello hey por favor porfa please gracias obrigado obrigada thanks yo i eu i'm ya pero but mas y e and ok
no nao not senor senora real de verdad
"""
_COURTESY = frozenset(_COURTEOUS.split())


def names_one(text: str) -> bool:
    """True for a text with a word for a person."""
    return bool(_SOMEBODY.search(fold(text)))


def without(text: str) -> str | None:
    """What a text says besides that no person is wanted, empty when that is all; None when it does not say so."""
    if not names_one(text):
        return None
    words = text.split()
    plain = [re.sub(r"[^\w']", "", fold(word)) or "-" for word in words]
    match = _REFUSES.search(" ".join(plain))
    if match is None:
        return None
    before = match.string[: match.start()].count(" ")
    behind = match.string[: match.end()].count(" ") + 1
    rest = [at for at in range(len(words)) if not before <= at < behind]
    return " ".join(words[at] for at in rest) if any(plain[at] not in _COURTESY for at in rest) else ""
