"""Reads what a customer promises to pay, and when: a part of a debt, a condition; pure functions."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agents import days, reading
from core.fold import fold

_PAYS = (
    r"(?:(?:te|le|les|lo|la|los|las|se|yo|eu|ya|entonces|then|ai|ahi|i'?ll|i will|i can|i could|we'?ll|we will|vou"
    r"|voy a|posso|puedo|podria|consigo) )*"
    r"(?:pago|pagare|pagaria|pagamos|pagaremos|pagarei|pagar|pay(?! me\b| us\b)|abono|liquido|quito|acerto|deposito"
    r"|transfiero|transfiro)\b"
)
# Portuguese `se`, `caso` and English `once` are other words in Spanish
_IF = (
    r"(?:(?:si|if|cuando|quando|when|una vez que|en cuanto|nomas que|as soon as|assim que|depende de que"
    r"|siempre y cuando)\b"
    r"|once(?= (?:i|they|we|my|it|the)\b)"
    r"|(?:se|caso)(?= (?:o|a|os|as|me|eu|cair|entrar|receber|receba|der|meu|minha|nao|tiver|vender|sobrar|pagarem"
    r"|chegar|conseguir|puder|depositarem|tudo|caia)\b))"
)
_SURELY = (  # `sí, el viernes`: a yes, no condition
    rf"(?: ?,| (?:{_PAYS}|claro\b|por favor\b|de acuerdo\b"
    rf"|(?:el |la )?(?:hoy|manana|{days.WEEKDAY})(?: ?(?:[,.;]|$)| {_PAYS})))"
)
_ON_CONDITION = re.compile(rf"\b{_IF}")
_CONDITION = re.compile(rf"\b{_IF}(?!{_SURELY})(?:(?!\b{_PAYS})[^,;.\n])*")


def unconditional(text: str) -> str:
    """The folded text without its conditions: `si me cae el dinero el viernes te pago el sábado` pays on Saturday."""
    words = fold(text)
    return _CONDITION.sub(" , ", words) if _ON_CONDITION.search(words) else words


def conditional(text: str) -> bool:
    """True for a promise that hangs on something: `te pago si me depositan`."""
    return unconditional(text) != fold(text)


_INSTEAD = re.compile(
    r"\b(?:mejor|melhor|instead|rather|en vez|en lugar|em vez|no lugar|na verdade|en realidad|actually|make (?:it|that)"
    r"|mas bien|digo|cambi[ao]l[oa]|mud[ae]|que sean?)\b"
)
_I_PAY = re.compile(
    r"\b(?:pago|pagare(?:mos)?|pagarei|pagamos|(?:te|le|les|se l[oa]s?) (?:deposito|transfiero|abono|liquido)|acerto"
    r"|(?:voy a|vamos a|puedo|podria|vou|posso|consigo) (?:te )?(?:pagar\w*|depositar\w*|liquidar\w*|abonar\w*)"
    r"|(?:i'?ll|i will|i can|i could|we'?ll|we will|i'?m going to|gonna) (?:pay|settle|transfer|send))\b"
)
_OTHER_ONE = re.compile(r"\b(?:l[oa]s? otr[oa]s?|os? outros?|as? outras?|the others?|the rest)\b")
_ASKS = re.compile(r"\b(?:cuando|cuant\w+|quando|quant\w+|when|how|que pasa|what (?:if|happens)|donde|onde|where)\b")
_OF_GOODS = re.compile(
    r"\b(?:pedid\w+|orden(?:es)?|orders?|envi[ao]\w*|entreg\w+|llega\w*|deliver\w*|cotiz\w+|quotes?)\b"
)


def says_when(text: str) -> bool:
    """True for a word to pay on a day, however it was read: `pago a vencida amanhã`."""
    words = fold(text)
    return bool(_I_PAY.search(words)) and not _ASKS.search(words) and days.names(text)


def changes(text: str) -> bool:
    """True for what changes or completes a promise just made: `make it 500 on Thursday`, `e a outra dia 10/12`."""
    words = fold(text)
    if _ASKS.search(words) or _OF_GOODS.search(words) or not days.names(text):
        return False
    return bool(_INSTEAD.search(words) or _OTHER_ONE.search(words) or names_part(text))


def instead(text: str) -> bool:
    """True for a text that takes back what was said before: `mejor 300 el lunes`."""
    return bool(_INSTEAD.search(fold(text)))


class Part(NamedTuple):
    """A part of a debt that somebody says to pay: a sum, or a share of all, or the rest; the day when it is said."""

    day: date | None
    amount: Decimal | None = None
    share: Fraction | None = None
    rest: bool = False
    currency: str = ""  # when it is named


_SOME_DAY = date(2026, 1, 1)
_PIECES = re.compile(
    r"\s*(?:,(?!\d)|;|\n|(?<!treinta)(?<!trinta)(?<!vinte)\s(?:y|e|and|then|luego|despues|depois|mas)\s)\s*"
)
_REST = re.compile(
    r"\b(?:rest[oe]|restante|remainder|lo demas|(?:lo|o) que (?:falta|queda|resta|sobra)"
    r"|(?:otra|outra|other) (?:mitad|metade|half)|la otra|the other|a outra|rest(?: of (?:it|them|that))?)\b"
)
_HALF = re.compile(r"\b(?:mitad|metade|half)\b")
_PERCENT = re.compile(r"(?<![\w.,])(\d{1,2}) ?(?:%|por ?ciento\b|por cento\b|percent\b)")
_MARK = r"(?:r\$|us\$|mx\$|\$|usd|mxn|brl|cop|eur|€)"
_COINS = r"(?:pesos?|mxn|usd|cop|brl|dolar\w*|dollars?|reais|real|bucks|varos|euros?|eur)"
_N = r"\d[\d.,]*\d|\d"
_MONEY = re.compile(
    rf"(?<![\w.,/-])(?:{_MARK} ?(?:{_N})(?: ?(?:mil|k)\b)?|(?:{_N}) ?(?:(?:mil|k)\b(?: {_COINS}\b)?|{_COINS}\b))"
)
_SAID = re.compile(  # a figure without a mark counts right after a word of paying, or first of all before a day
    rf"(?:\b(?:pago|pagare|pagar|pagarei|pagamos|pay|paying|give|doy|dar|damos|dou|abono|abonar|deposito|depositar"
    rf"|transfiero|transferir|transfer|send|mando|mandar|solo|so|only|just|apenas|al menos|at least|pelo menos|unos)"
    rf"(?: (?:te|le|les|lhe|you|solo|so|only|just|como|unos|uns|about))*"
    r"|^(?:(?:te|le|mejor|melhor|actually|mas bien|na verdade|ok|bueno|no|nao|i can do|let'?s say|make it) )*)"
    rf" ?(?P<n>{_N})"
    rf"(?= (?:el|la|en|na|no|on|this|next|hoy|hoje|today|manana|amanha|tomorrow|ahora|ahorita|agora|now|antes|before"
    rf"|este|esta|dia|para|pra|mas|by|{days.WEEKDAY})\b| ;|[,.]?$)"
    rf"|\b(?:hoy|hoje|today|manana|amanha|tomorrow|{days.WEEKDAY}) (?P<last>\d[\d.,]+\d)$"
)
_CURRENCIES = {
    "us$": "USD", "usd": "USD", "dol": "USD", "buc": "USD", "r$": "BRL", "rea": "BRL", "brl": "BRL", "mxn": "MXN",
    "mx$": "MXN", "cop": "COP", "var": "MXN", "eur": "EUR", "€": "EUR",
}  # fmt: skip


def promised(text: str, today: date, *, month_first: bool = False) -> tuple[Part, ...]:
    """Read `500 el lunes y el resto después`, `la mitad el viernes`: empty when no part of the debt is named."""
    found: list[Part] = []
    for piece in _PIECES.split(unconditional(text)):
        day = days.promised_day(piece, today, month_first=month_first)
        part = _part(days.without(piece).strip(" ;"), day)
        if part is not None:
            found.append(part)
        elif day and found and found[-1].day is None:  # `500 pesos, el lunes`
            found[-1] = found[-1]._replace(day=day)
    return tuple(found)


def names_part(text: str) -> bool:
    """True for a text that names a part of a debt, with a day or without: `pago 500`, `la mitad`."""
    return bool(promised(text, _SOME_DAY))


def _part(words: str, day: date | None) -> Part | None:
    if _REST.search(words):
        return Part(day, rest=True)
    if _HALF.search(words):
        return Part(day, share=Fraction(1, 2))
    if match := _PERCENT.search(words):
        share = Fraction(int(match[1]), 100)
        return Part(day, share=share) if 0 < share < 1 else None
    if match := _MONEY.search(words):
        amount = reading.amount(match[0])
        return Part(day, amount=amount, currency=_currency(match[0])) if amount else None
    if words.isdigit() and len(words) < 3:
        return None  # a bare `15` is rather a day
    if (match := _SAID.search(words)) and (amount := reading.amount(match["n"] or match["last"])):
        return Part(day, amount=amount)
    return None


def _currency(words: str) -> str:
    return next((code for name, code in _CURRENCIES.items() if name in words), "")


def day(text: str, today: date, *, month_first: bool = False) -> date | None:
    """The day on which the customer says to pay: not one of a condition."""
    return days.promised_day(unconditional(text), today, month_first=month_first)
