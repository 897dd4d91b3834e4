"""Reads what a customer promises to pay, and when: a part of a debt, a condition; pure functions."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agents import currencies, days, figures, paying, pointed, reading
from core.fold import fold

_PAYS = (
    r"(?:(?:te|le|les|lo|la|los|las|se|yo|eu|ya|entonces|then|ai|ahi|i'?ll|i will|i can|i could|we'?ll|we will|vou"
    r"|voy a|posso|puedo|podria|consigo) )*"
    r"(?:pago|pagare|pagaria|pagamos|pagaremos|pagarei|pagar|pay(?! me\b| us\b)|abono|liquido|quito|acerto|deposito"
    r"|transfiero|transfiro)\b"
)
# Portuguese `se`, `caso` and English `once` are other words in Spanish
_IF = (
    r"(?:(?:si|if|(?:cuando|quando|when)(?= \w)|una vez que|en cuanto|nomas que|as soon as|assim que|depende de que"
    r"|siempre y cuando)\b"
    r"|once(?= (?:i|they|we|my|it|the)\b)"
    r"|(?:se|caso)(?= (?:o|a|os|as|me|eu|cair|entrar|receber\w*|receba\w*|der|meu|minha|nao|tiver\w*|vender\w*"
    r"|sobrar|pagarem|chegar|conseguir\w*|puder\w*|depositarem|tudo|caia|cai|vier\w*|liberar\w*|rolar|alguem|meus"
    r"|minhas|ele|ela|eles|elas|voces?|pagam|pagar)\b))"
)
_SURELY = (  # `sí, el viernes`: a yes, no condition
    rf"(?: ?,| (?:{_PAYS}|claro\b|por favor\b|de acuerdo\b"
    rf"|(?:el |la )?(?:hoy|manana|{days.WEEKDAY})(?: ?(?:[,.;]|$)| {_PAYS})))"
)
_ON_CONDITION = re.compile(rf"\b{_IF}")
_CONDITION = re.compile(rf"\b{_IF}(?!{_SURELY})(?:(?!\b{_PAYS})[^,;.\n])*")


_PROPOSES = re.compile(  # `¿y si mejor el sábado?`
    r"\b(?:y si|e se|what if|how about)\b(?= (?:mejor|melhor|te|le|lo|la|l[oa]s|el|eu pag\w+|pago|i pay|we pay|na|no"
    r" (?:sabado|domingo)|on|for)\b)"
)
_CHANGES_PLAN = re.compile(
    r"\b(?:cambi\w+|chang\w+|mud\w+|alter\w+|modific\w+|cancel\w*|ajust\w+|adjust)"
    r" (?:\w+ ){0,3}(?:plan|plano|parcelamento)\b"
)
_COURTESY = re.compile(
    r"\b(?:si|if|se|caso) (?:(?:no|nao|do(?:es)? not|do(?:es)?n'?t|it'?s"
    r"|that'?s|this is|that is|it is|te|le|les|lhe|you|esta|estiver|fo[ir]|sea?"
    r"|eso|isso|todo|tudo|a usted|para ti|con ustedes|nao se|voces?) )*"
    r"(?:molesta\w*|importa\w*|incomoda\w*|mind|ok|okay|okey|bien|bem|bom|fine|all right|alright|good|possible|posible"
    r"|possivel|parece\w*|quier\w+|quiser\w*|prefier\w+|preferir\w*|gusta\w*|works?(?: for you)?|problema|problem"
    r"|permit\w*|puede ser|puder ser|der tudo certo|pode ser|dios quiere|deus quiser|god wills?|suits? you)\b"
)


def unconditional(text: str) -> str:
    """The folded text without its conditions: `si me cae el dinero el viernes te pago el sábado` pays on Saturday."""
    words = _PROPOSES.sub(" ", fold(text))
    return _CONDITION.sub(" , ", words) if _ON_CONDITION.search(words) else words


def conditional(text: str) -> bool:
    """True for a promise that hangs on something: `te pago si me depositan`; not on courtesy: `si no te molesta`.

    Also for one that its maker doubts: `quizás el viernes`.
    """
    if reading.agrees(text):  # `sí`
        return False
    if _DOUBTS.search(fold(text)):
        return True
    words = _COURTESY.sub(" ", _PROPOSES.sub(" ", fold(text)))
    return bool(_ON_CONDITION.search(words)) and _CONDITION.sub(" , ", words) != words


_DOUBTS = re.compile(  # no firm word: `i might be able to pay friday, not sure`
    r"\b(?:might|maybe|perhaps|not (?:really |totally |100 ?% ?)?sure|i (?:guess|hope|think)|hopefully|probabl[ye]\w*"
    r"|provavelmente|quizas?|tal vez|talvez|a lo mejor|igual y|(?:no (?:estoy|ando) |nao (?:estou|to) )(?:muy |muito )?"
    r"(?:segur[oa]|cert[oa])|nao (?:sei (?:se|bem)|tenho certeza)|no se bien|creo que|acho que|quem sabe|puede que"
    r"|pode ser que|ojala|espero (?:poder|conseguir)|(?:voy a|vou) (?:tratar|intentar|tentar)|tratare|intentare"
    r"|(?:i'?ll|i will|i can) try)\b"
)
_INSTEAD = re.compile(
    r"\b(?:mejor|melhor|instead|rather|en vez|en lugar|em vez|no lugar|na verdade|en realidad|actually|make (?:it|that)"
    r"|mas bien|digo|cambi[ao]l[oa]|mud[ae]|que sean?)\b"
)
_I_PAY = re.compile(
    r"\b(?:pago|pagare(?:mos)?|pagarei|pagamos|(?:te|le|les|se l[oa]s?) (?:deposito|transfiero|abono|liquido)|acerto"
    r"|(?:voy a|vamos a|puedo|podria|vou|posso|consigo) (?:te )?(?:pagar\w*|depositar\w*|liquidar\w*|abonar\w*)"
    r"|(?:i'?ll|i will|i can|i could|we'?ll|we will|i'?m going to|gonna) (?:pay|settle|transfer|send))\b"
)
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
    return bool(_INSTEAD.search(words) or names_part(text)) or pointed.points(text)


def settles(text: str) -> bool:
    """True for a day or parts of an invoice that is pointed to: `y la otra en 2 pagos`, `la primera el jueves`."""
    return changes(text) or parts(text) is not None


def instead(text: str) -> bool:
    """True for a text that takes back what was said before: `mejor 300 el lunes`."""
    return bool(_INSTEAD.search(fold(text)))


class Part(NamedTuple):
    """A part of a debt that somebody says to pay: a sum, or a share of all, or the rest; the day when it is said."""

    day: date | None
    amount: Decimal | None = None
    share: Fraction | None = None
    rest: bool = False
    money: frozenset[str] = frozenset()  # the currencies that it may be in, when one is named


_SOME_DAY = date(2026, 1, 1)
_MOST_PARTS = 12  # `la primera en 20` names no parts
_IN_SO_MANY = re.compile(
    r"\b(?:en|em|in|into) (?P<n>[a-z]{3,7}|\d{1,2}) ?x?(?: (?:por favor|please|porfa|mejor|melhor|instead))*[ .!?]*$"
)
_PIECES = re.compile(
    r"\s*(?:,(?!\d)|;|\n|(?<!treinta)(?<!trinta)(?<!vinte)\s(?:y|e|and|then|luego|despues|depois|mas(?!\s(?:grand|chic|viej|nuev|antig|barat|car[oa]|pequen|alt|baj|recient)))\s)\s*"
)
_REST = re.compile(
    r"\b(?:rest[oe]|restante|remainder|lo demas|(?:lo|o) que (?:falta|queda|resta|sobra)"
    r"|(?:otra|outra|other) (?:mitad|metade|half)|la otra|the other|a outra|rest(?: of (?:it|them|that))?)\b"
)
_SHARES = tuple(
    (share, re.compile(pattern))
    for share, pattern in (
        (Fraction(1, 2), r"\b(?:mitad|metade|half)\b"),
        (Fraction(2, 3), r"\b(?:dos tercios|dois tercos|two[ -]thirds)\b"),
        (Fraction(3, 4), r"\b(?:tres cuart[oa]s|tres quartos|three[ -]quarters)\b"),
        (Fraction(1, 3), r"\b(?:un tercio|um terco|(?:la|a) terc(?:er|eir)a parte|(?:a|one)[ -]third)\b"),
        (Fraction(1, 4), r"\b(?:un cuarto|um quarto|(?:la|a) (?:cuarta|quarta) parte|(?:a|one)[ -]quarter)\b"),
    )
)
_UNPAYABLE = re.compile(
    r"(?<=[a-z] )-(?:(?:r\$|us\$|\$) ?)?\d|\b(?:menos|minus|negative|negativo) (?:r\$|us\$|\$)?\d[\d.,]*$"
    rf"|(?<![\d.,/:-])(?:{currencies.MARK} ?0+(?:[.,]0+)?|0+(?:[.,]0+)? ?{currencies.COIN})(?![\d.,/:])\b"
    r"|\b(?:pago|pagare|pagarei|pay|deposito|abono) 0+(?:[.,]0+)?(?![\d.,/:%])"
)
_PERCENT = re.compile(r"(?<![\w.,])(\d{1,2}) ?(?:%|por ?ciento\b|por cento\b|percent\b)")
_N = r"\d[\d.,]*\d|\d"
_MONEY = re.compile(
    rf"(?<![\w.,/-])(?:{currencies.MARK} ?(?:{_N})(?: ?(?:mil|k)\b)?"
    rf"|(?:{_N}) ?(?:(?:mil|k)\b(?: {currencies.COIN}\b)?|{currencies.COIN}\b))"
)
_SAID = re.compile(  # a figure without a mark counts right after a word of paying, or first of all before a day
    rf"(?:\b(?:pago|pagare|pagar|pagarei|pagamos|pay|paying|give|doy|dar|damos|dou|abono|abonar|deposito|depositar"
    rf"|transfiero|transferir|transfer|send|mando|mandar|paso|pasar|pasare|passo|passar|dejo|dejar|deixo|entrego"
    rf"|envio|enviar|junto|junta|consigo|faco|put|drop|bring|solo|so|only|just|apenas|al menos|at least|pelo menos"
    rf"|unos)"
    rf"(?: (?:te|le|les|lhe|you|solo|so|only|just|como|unos|uns|about))*"
    r"|^(?:(?:te|le|mejor|melhor|actually|mas bien|na verdade|ok|bueno|no|nao|i can do|let'?s say|make it) )*)"
    rf" ?(?P<n>{_N})"
    rf"(?= (?:el|la|en|na|no|on|this|next|hoy|hoje|today|manana|amanha|tomorrow|ahora|ahorita|agora|now|antes|before"
    rf"|este|esta|dia|para|pra|mas|by|de la|de mi|da|do|of the|of my|off the|{days.WEEKDAY})\b"
    r"| (?:de|da|of) (?:la |the |a )?[a-z]{1,4}-?\d| ;|[,.]?$)"
    rf"|\b(?:hoy|hoje|today|manana|amanha|tomorrow|{days.WEEKDAY}) (?P<last>\d[\d.,]+\d)$"
)


def promised(text: str, today: date, *, month_first: bool = False) -> tuple[Part, ...]:
    """Read `500 el lunes y el resto después`, `la mitad el viernes`: empty when no part of the debt is named."""
    found: list[Part] = []
    for piece in _PIECES.split(figures.in_figures(unconditional(text))):
        day = days.promised_day(piece, today, month_first=month_first)
        part = _part(days.without(piece).strip(" ;"), day)
        if part is not None:
            found.append(part)
        elif day and found and found[-1].day is None:  # `500 pesos, el lunes`
            found[-1] = found[-1]._replace(day=day)
    return tuple(found)


def changes_plan(text: str) -> bool:
    """True for `quiero cambiar el plan`, `can I change my plan`, and `mejor en 2` when parts were noted."""
    words = fold(text)
    return bool(_CHANGES_PLAN.search(words)) or (instead(text) and paying.parts(text, asked=True) is not None)


def clauses(text: str) -> list[str]:
    """The parts of a text that name an invoice and a day of their own, when there are several; else the whole text."""
    pieces = _PIECES.split(fold(text))
    found = [each for each in pieces if pointed.points(each) and _is_told(each)]
    return found if len(found) > 1 else [text]


def _is_told(clause: str) -> bool:
    return days.names(pointed.without(clause)) or parts(clause) is not None


def parts(text: str, *, asked: bool = False) -> int | None:
    """As `paying.parts`, and of one invoice also `la grande en 3`."""
    found = paying.parts(text, asked=asked)
    words = fold(text)
    if found is None and (match := _IN_SO_MANY.search(words)) and pointed.points(words):
        count = int(match["n"]) if match["n"].isdecimal() else int(days.NUMBER_WORDS.get(match["n"], 0))
        return count if 1 < count <= _MOST_PARTS else None
    return found


def names_part(text: str) -> bool:
    """True for a text that names a part of a debt, with a day or without: `pago 500`, `la mitad`."""
    return bool(promised(text, _SOME_DAY))


def _part(words: str, day: date | None) -> Part | None:
    if _REST.search(words):
        return Part(day, rest=True)
    if share := next((share for share, pattern in _SHARES if pattern.search(words)), None):
        return Part(day, share=share)
    if match := _PERCENT.search(words):
        share = Fraction(int(match[1]), 100)
        return Part(day, share=share) if 0 < share < 1 else None
    if match := _MONEY.search(words):
        amount = reading.amount(match[0])
        return Part(day, amount=amount, money=currencies.named(match[0])) if amount else None
    if words.isdigit() and len(words) < 3:
        return None  # a bare `15` is rather a day
    if (match := _SAID.search(words)) and (amount := reading.amount(match["n"] or match["last"])):
        return Part(day, amount=amount)
    return None


def day(text: str, today: date, *, month_first: bool = False) -> date | None:
    """The day on which the customer says to pay: not one of a condition."""
    return days.promised_day(figures.in_figures(unconditional(text)), today, month_first=month_first)


def unpayable(text: str) -> bool:
    """True for a sum that nobody can pay: `te pago -50`, `0 pesos`."""
    return bool(_UNPAYABLE.search(figures.in_figures(fold(text))))
