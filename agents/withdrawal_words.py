"""Reads what a customer writes about a withdrawal: that it is called off, the amount, or one made before."""

import re
from decimal import Decimal
from typing import Literal

from agents import currencies, reading

_CORE_WORDS = """
no nao nope nah don't dont not forget nevermind never dejalo dejala deja olvidalo olvidala olvida esquece esqueca
deixa cancel cancels canceled cancelled cancela cancelar cancelas cancelalo cancelala cancelarlo cancelarla cancelo
cancele cancelelo cancelen cancelado cancelemos anula anular anulalo
"""
_AROUND_WORDS = """
i i'd you we it this that the my to do want wanna need like would could can anymore any more withdraw withdrawal
withdrawing cash out take money please pls mind thanks thank now actually rather sorry wait ok okay hi hello instead
ya mejor pues entonces bueno por favor porfa quiero quisiera deseo necesito me lo la los las el eso esto ese este mi
mis tu retiro retirar retirarlo sacar sacarlo nada mas dinero hacer hacerlo gracias espera perdon hola asi puedes
puede podrias siempre
ja melhor entao bem quero queria preciso o a os isso esse este meu minha saque sacar retirada retirar mais dinheiro
fazer obrigado obrigada pode pra para la desculpa oi na verdade
"""
_UPHELD = re.compile(r"\b(?:no|nao|don'?t|do not|never)(?: \w+){0,2} (?:cancel|anul|olvid|forget|esque[cq])\w*")
_LET_GO = re.compile(  # in words of its own, whatever else stands beside it, but a sum
    r"\bdesist[oi]\b|\bdesistir\b|\bcambi(?:e|amos) de (?:opinion|idea|parecer|planes)\b|\bchanged? my mind\b"
    r"|\bmud(?:ei|amos) de (?:ideia|opiniao)\b|\b(?:no fui yo|wasn'?t me|nao fui eu)\b|\bleave it\b"
    r"|\b(?:mejor|melhor|do (?:it|this|that)|maybe) (?:mas tarde|mais tarde|luego|despues|depois|later|otro dia"
    r"|outro dia|another (?:day|time)|some other (?:day|time)|manana|amanha|tomorrow)\b"
)
_STOPS = re.compile(  # `stop` alone takes back consent
    r"(?:(?:please|por favor|ok|no|nao|wait|espera|mejor|melhor|better|entonces|entao|then|ya|ja)\b[ ,.!]*)*"
    r"(?:stop|halt|abort|para(?:r|me)?|pare|deten(?:er|me|gan?)?|frena|fren(?:ar|e)|suspend(?:er|e|a)?|aborta(?:r)?"
    r"|interromp\w+|interrump\w+|(?:pon(?:le)? )?(?:un )?alto)"
    r"(?:(?: (?:ya|ahi|now))*(?: (?:a|al|el|ese|este|mi|the|that|this|my|o|esse|este|meu|with the))+"
    r" (?:retiro|retirada|saque|withdrawal|withdraw|payout|cash ?out|transfer|transferencia|pago|payment|pagamento)"
    r"| (?:it|that|this|isso|eso|esto))"
    r"|(?:par[ae]|deten|frena|suspend[ae]|aborta)l[oa](?: ya| ahi)?"
)
_PERCENT = re.compile(r"%|\bel \d{1,2}\b(?!\s*(?:usd|us|mxn|dolar|dollar|peso|real|reais))")
_BESIDE_A_SUM_WORDS = """
quiero quisiera queria deseo necesito puedo puedes puede podria podrias retirar retira retiro retirame retiremos
retirarme saca saco sacar sacame sacarme sacamos transfiere transfiereme transferir deposita depositame manda
mandame dame pon ponle hazlo hagamos que sea sean seria serian me lo los unos unas como cerca de aprox
aproximadamente aproximado mas menos mejor entonces solo solamente nomas apenas por favor porfa porfavor gracias
hola ok okay si bueno pues va vale un una mi mis saldo regalias ganancias royalties dinero cantidad monto el la
retiro ahora hoy ya mismo digo perdon no y con usd us dls dlls americanos total cuenta cambio cambialo cambia otra
otro vez mi del
i i'd i'll want wanna would like to need can could you let's let me please pls take out cash withdraw withdrawal
withdrawing transfer send give pay make it the about around roughly approximately only just rather instead better
actually then now today of from my balance earnings money account amount yes sure hi hello hey thanks a an change
quero gostaria preciso posso pode sacar saque sacarei saca retirada transferir transfere manda me da uns umas cerca
aproximadamente so melhor entao agora hoje meu minha do da dos das o os valor quantia dinheiro sim oi ola obrigado
obrigada favor seja e conta na verdade
son era eran eram sao equivoque equivoquei confundi hmm mmm ay ah meant say should was that mistake
faz faca bota prefiro prefiero sejam vamos wait espera oops perdon sorry desculpa realidad vez apenas nomas
all todo tudo everything toda half mitad metade
"""
_CORE, _AROUND = frozenset(_CORE_WORDS.split()), frozenset(_AROUND_WORDS.split())
_BESIDE_A_SUM = frozenset(_BESIDE_A_SUM_WORDS.split())
_TAKES_OUT = re.compile(r"\b(?:saca\w*|sacar\w*|retir\w*|withdraw\w*|cash out|saqu\w*|transf\w*|deposit\w*)\b")
_ASKS = re.compile(
    r"\b(?:cuant\w+|how (?:much|many|long)|quant\w+|comision\w*|fees?|taxas?|cobran|cobram|charge|si tengo|if)\b"
)
_ASKS_HOW = re.compile(rf"{_ASKS.pattern}|\b(?:how|como|what|explain|expli[cq]\w*)\b")
_SUM_OF_MONEY = re.compile(r"(?:r\$|us\$|\$)\s?\d|\d\s?(?:usd|mxn|cop|brl|dolar\w*|dollars?|pesos?|reais|bucks)\b")
_THANKS_FOR = re.compile(r"\b(?:gracias|thanks|thank you|obrigad[oa]) (?:por|for|pel[oa])\b")
_CANCELS = re.compile(r"\b(?:cancel|anul)\w*")
_NEGATES = re.compile(r"\b(?:no|nao|don'?t|do not|not|never|nunca)\b")
_SHARE_OUT = re.compile(
    r"\b(?:saca\w*|sacar\w*|retir\w*|withdraw|cash out|saqu\w*|transf\w*|deposit\w*)\b(?: \w+){0,3}"
    r" (?:todo|tudo|all|everything|half|mitad|metade|total)\b(?! (?:sobre|about|lo relacionado))"
)
_SPELT_OUT = re.compile(  # `la mitad, 500 usd`
    r"\b(?:mitad|half|metade|todo|tudo|all|everything)\s*[,;:(=]\s*(?:que )?(?:son |sao )?(?:r\$|us\$|\$)?\s?\d"
)
_NUMBER = re.compile(r"\br-\d{3,}\b|\br\d{4,}\b")
_UNDOES = re.compile(
    r"\b(?:cancel\w*|anul\w*|revert\w*|revers\w*|devuel\w*|devolv\w*|cambi\w*|chang\w*|modific\w*|mudar|alter\w+)\b"
)
_STATE = re.compile(
    r"\b(?:que (?:ha )?(?:paso|pasado|pasa)|what(?:'s| is)? happen\w*|que (?:aconteceu|houve)|como (?:va|vai|esta|anda)"
    r"|how is|any news|alguna novedad|alguma novidade|ya (?:salio|cayo|pagaron|depositaron)|(?:has|did|is)"
    r"|ja (?:caiu|saiu|pagaram))\b.*\b(?:mi|my|meu) (?:ultimo |last )?(?:retiro|retirada|saque|withdrawal|payout)\b"
)
_ABOUT_ONE = re.compile(
    r"\b(?:cancel\w*|anul\w*|revert\w*|revers\w*|devuel\w*|donde|where|where's|onde|cade|cuando|when|quando|estado"
    r"|estatus|status|lleg\w*|arriv\w*|cheg\w*|received?|paso con|happened|aconteceu)\b.*"
    r"\b(?:mi|el|ese|este|my|the|that|this|meu|o|esse|este) (?:ultimo |last )?"
    r"(?:retiro|retirada|saque|withdrawal|payout)\b"
    r"(?! en (?:tienda|sucursal))"
    r"|\b(?:mi|el|my|the|meu|o) (?:retiro|retirada|saque|withdrawal|payout)\b.*"
    r"\b(?:lleg\w*|arriv\w*|cheg\w*|come|came|caiu|cayo|estado|status|cancel\w*)\b"
)


def calls_off(text: str) -> Literal["", "no", "cancel"]:
    """What a text says that is a no to it: `ya no quiero`, `cancel it`, `não quero mais sacar`, `desisto`; else ``."""
    folded = reading.fold(text)
    if _LET_GO.search(folded) and not any(letter.isdigit() for letter in folded):
        return "no"
    if _STOPS.fullmatch(folded.strip(" .!¡")):
        return "cancel"
    words = _words(folded)
    known = all(word in _CORE or word in _AROUND for word in words)
    if not known or len(words) > 12 or _CORE.isdisjoint(words) or _UPHELD.search(folded):
        return ""
    return "cancel" if _CANCELS.search(folded) else "no"


def upholds(text: str) -> bool:
    """True for `no lo canceles`, `don't cancel it`: a no that is none."""
    return bool(_UPHELD.search(reading.fold(text)))


def amount(text: str) -> Decimal | None:
    """The sum of a text that is about a sum: `20`, `los 20`, `mejor 45`; not of `tengo 45 canciones`, `en 2025`."""
    folded = reading.fold(text)
    if _PERCENT.search(folded) or _NEGATES.search(folded):
        return None
    if _of_all(folded) and not _SPELT_OUT.search(folded):
        return None  # `todo menos 20`, `half of 100` ask for another sum than the figure
    said = bool(_SUM_OF_MONEY.search(folded) and _TAKES_OUT.search(folded)) and not _ASKS.search(folded)
    return reading.amount(text) if said or only_a_sum(text) else None


def foreign(text: str, currency: str) -> bool:
    """True when a text names another money than the account's: `500 pesos` of an account in dollars."""
    return currencies.foreign(text, currency)


def share(text: str) -> Literal["", "half", "all"]:
    """The part of the balance that a text asks for: `la mitad`, `sácame todo`; none beside a figure or a no."""
    folded = reading.fold(text)
    asks_other = _THANKS_FOR.search(folded) or _ASKS_HOW.search(folded) or _NEGATES.search(folded)
    if not _of_all(folded) or asks_other or re.search(r"\d", folded):
        return ""
    if not (only_a_sum(text) or _SHARE_OUT.search(folded)):
        return ""
    return "half" if reading.half(text) else "all"


def _of_all(folded: str) -> bool:
    return reading.half(folded) or reading.everything(folded)


def only_a_sum(text: str) -> bool:
    """True when all words beside the figures are of asking for money: `saca todo mi saldo`, not `gracias por todo`."""
    if _THANKS_FOR.search(reading.fold(text)):
        return False
    words = _words(re.sub(r"\b(?:dolar\w*|dollars?|pesos?|reais|real|bucks|mxn|cop|brl|mil|k)\b", "", _bare(text)))
    return all(word in _BESIDE_A_SUM for word in words)


def about_a_made_one(text: str, *, open_now: bool) -> bool:
    """True for a withdrawal of before: `cancelar el retiro R-1005`, and while none is open `cancel my withdrawal`."""
    folded = reading.fold(text)
    return bool(_NUMBER.search(folded)) or (not open_now and bool(_ABOUT_ONE.search(folded)))


def undoes(text: str) -> bool:
    """True for what is to be done to a made one: cancelled, given back, changed."""
    return bool(_UNDOES.search(reading.fold(text)))


def asks_state(text: str) -> bool:
    """True for `qué pasó con mi retiro`, `where is my withdrawal`, `cadê meu saque`."""
    folded = reading.fold(text)
    return bool(_STATE.search(folded) or _ABOUT_ONE.search(folded)) and not _UNDOES.search(folded)


def number(text: str) -> str | None:
    """The number of a withdrawal that a text names: `R-1005`."""
    match = _NUMBER.search(reading.fold(text))
    return f"R-{match[0].lstrip('r-')}" if match else None


def nearly_a_code(text: str) -> bool:
    """True for four to eight bare digits: a code with one too few or too many, sooner than another amount."""
    return bool(re.fullmatch(r"\W*\d{4,8}\W*", text)) and reading.one_time_code(text) is None


def _bare(text: str) -> str:
    return re.sub(r"(?:r\$|us\$|\$)?\d[\d.,]*\s?", " ", reading.fold(text))


def _words(folded: str) -> list[str]:
    return re.findall(r"[a-z']+", folded)
