"""Reads that another amount is wanted of a withdrawal under way: `hazlo por 70 mejor`, `make it 60`, `no, mejor 45`."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from agents import loose_amount, reading, withdrawal_words

_HEAD = (
    r"(?:(?:mejor|melhor|better|rather|actually|na verdade|en realidad|de hecho|pensandolo bien|ay|ah|oh|ok|okay|bueno"
    r"|pues|espera\w*|wait|hold on|perdon|sorry|desculp\w+|oye|hey|entonces|entao|then|ya|por favor|please)\b"
    r"[\s,.;:!-]*)*"
)
_NO_BUT = re.compile(  # `no, mejor 45`, `mejor no, que sean 45`, `wait, make it 45`; not `no quiero 45`
    _HEAD + r"(?:no|nao|nope|nah|wait|espera|perdon|sorry|desculpa)\b(?:,? (?:no|nao|wait|espera|perdon|sorry)\b)*\s*"
    r"(?:[,.;:!-]+\s*|(?=r\$|us\$|\$|\d"
    r"|(?:mejor|melhor|better|rather|instead|make|que sean?|seja|solo|just|so|only|digo|sean?|son|eram?"
    r"|eran|sao|it|i meant)\b))(?P<rest>.+)"
)
_VERB = (
    r"(?:dej\w+|deix\w+|leave|haz\w*|hag\w+|faz\w*|fac\w+|make|pon\w*|poe|bota\w*|coloc\w+|cambi\w+|mud\w+|troc\w+"
    r"|alter\w+|chang\w+|baj\w+|sub\w+|lower|raise|reduc\w+|reduz\w*|aument\w+|switch|set)"
)
_IT = (
    r"(?:lo|la|it|o|a|me|that|isso|eso|(?:el|mi) retiro|o saque|(?:the|my) withdrawal|la cantidad|el monto"
    r"|o valor|a quantia|the amount)"
)
_CHANGE_TO = re.compile(  # `change it to 70`, `déjalo en 70`, `na verdade faz 50 só`
    _HEAD + r"(?:(?:can|could) you |puedes |pode(?:ria)? |quiero |quero |i want to |i'd like to |vamos )*"
    + _VERB
    + rf"(?: {_IT})*(?: (?:de|from) (?:r\$|us\$|\$)?[\d.,]+(?: usd| dolar\w*| dollars?)?)?"
    r"(?: (?:en|em|at|a|to|por|para|pra|for|so|solo|solamente|nomas|just|only|apenas))* (?P<rest>.+)"
)  # fmt: skip
_BY = re.compile(r"\b(?:sub\w+|aument\w+|raise(?: it)?|add|agreg\w+)(?: by| en| em)? (?:r\$|us\$|\$)?\d")  # not to
_KEPT_BACK = re.compile(r"\b(?:cuenta|conta|saldo|balance|account)\b")  # `deja 70 en mi cuenta` asks for the others
_CHANGES = re.compile(
    r"\b(?:mejor|melhor|better|rather|instead|actually|na verdade|en realidad|make it|que sean?|sejam?|digo"
    r"|quise decir|i meant?|quis dizer|en vez|em vez|en lugar|no lugar|(?:cambi|mud|troc|chang|modific|corr[ie]g"
    r"|correct|alter|reduc|reduz|aument|baj|sub|dej|deix|haz|faz|pon|bota)\w*)\b"
)
_THE_SUM = re.compile(
    r"\b(?:cantidad|monto|suma|amount|sum|valor|quantia|menos|less|mas|more|mais|otr[oa]s?|other|another|outr[oa]s?)\b"
)
_NO_SUM = re.compile(
    r"(?:.*\b(?:otr[oa]|another|(?:a )?different|outr[oa]) (?:cantidad|monto|suma|amount|sum|valor|quantia)\b.*)"
    r"|(?:(?:mejor|melhor|quiero|quero|prefiero|prefiro|i want(?: to)?) )?(?:(?:retirar?|sacar?|withdraw|take out) )?"
    r"(?:un poco |um pouco |a bit |algo |mucho |much )?(?:menos|less|mas|more|mais)"
)
_FIGURES = re.compile(
    r"\d|\b(?:diez|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento"
    r"|\w+cient[oa]s|quinient[oa]s|mil|dez|vinte|trinta|quarenta|cinquenta|sessenta|oitenta|cem|cento|\w+[cz]ent[oa]s|quinhent[oa]s"
    r"|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)\b"
)
_NEGATES = re.compile(r"\b(?:no|nao|don'?t|not)\b")
_OF_IT = (  # of the amount under way, unless the balance is named
    (re.compile(r"\b(?:mitad|half|halve|metade)\b"), Fraction(1, 2)),
    (re.compile(r"\b(?:doble|double|dobro|dobrar?|doblal[oa]|duplical[oa]|duplica|twice)\b"), Fraction(2)),
)
_OF_THE_BALANCE = re.compile(
    r"\b(?:saldo|balance|cuenta|conta|account|regalias|royalties|ganancias|ganhos|earnings|disponible|available"
    r"|disponivel|tengo|tenho|have|todo|toda|tudo|all|everything|total|dinero|dinheiro|money)\b"
)
_SAID_OF_IT = re.compile(
    rf"\b(?:{_VERB}|doble|double|dobro|dobrar?|doblal[oa]|duplical[oa]|duplica|halve|twice|cut|cort\w+"
    r"|divid\w+|part\w+|recort\w+|diminu\w+|dismin\w+|split|go|with|by|in|en|em|para|pra|pela|pelo|eso|esto|disso|isso|dele"
    r"|desse|deste|this|nada|rather|saque|withdrawal)\b"
)
_MONEY = (
    r"(?:r\$|us\$|\$)? ?(?P<{}>\d[\d.,]*)(?: ?(?:usd|mxn|cop|brl|dolar\w*|dollars?|pesos?|reais|bucks))?"
)
_DIFFERS = re.compile(  # `20 menos`, `bájale 20`, `lower it by 10`; not `bájalo a 20`, `20 más o menos`
    rf"{_MONEY.format('a')} (?:a |de )?(?P<way>menos|less|lower|mas|more|mais)\b(?! (?:o|ou|or|que|than|do)\b)"
    r"|\b(?:(?P<down>bajale|bajarle|restale|quitale|descuentale|reducele|tira|lower|reduce|decrease|cut|take off"
    r"|knock off|subtract|diminui|reduz|baixa)|(?P<up>subele|subirle|aumentale|sumale|agregale|anadele|raise"
    r"|increase|add|aumenta"
    r"|soma|acrescenta))"
    rf"(?: it| that| me)?(?: by| em| otr[oa]s| outr[oa]s| another| mais| mas| solo| just)* {_MONEY.format('b')}$"
)
_PART = re.compile(r"\d\s?%|\b(?:por ?ciento|percent|por cento|tercio|cuarta parte|third|quarter|terco|quarto)\b")
_ASKS = re.compile(r"\b(?:cuand?t?o\w*|how|quant\w+|quando|when|por ?que|why)\b")
Said = Literal["", "change", "sum", "unclear"]


def said(text: str) -> Said:
    """How a text speaks of a sum: `no, mejor 45` changes one, `45` only is one, `mejor la tercera parte` is unclear."""
    folded = reading.fold(text)
    share = bool(withdrawal_words.share(text))
    if differs(text) is not None or (not share and of_it(text) is not None):
        return "change"
    parts = share or reading.half(folded) or reading.everything(folded)
    if not (parts or _FIGURES.search(folded) or _THE_SUM.search(folded)):
        return ""
    if instead(text):
        return "change"
    if share or withdrawal_words.amount(text) is not None:
        return "change" if _CHANGES.search(folded) else "sum"
    return "unclear" if _unclear(folded) and not withdrawal_words.calls_off(text) else ""


def or_left(text: str) -> Literal["", "change", "sum", "unclear", "no", "cancel", "figure", "maybe"]:
    """As `said`; for a text of no sum, whether it calls the withdrawal off, or holds a figure (see loose_amount)."""
    return said(text) or withdrawal_words.calls_off(text) or loose_amount.kind(text)


def instead(text: str) -> str:
    """What is wanted instead: `mejor 45` of `no, mejor 45`, `70` of `change it to 70`; else empty."""
    folded = reading.fold(text).strip(" .!¡¿?")
    for pattern in (_NO_BUT, _CHANGE_TO):
        rest = match["rest"] if (match := pattern.fullmatch(folded)) else ""
        kept = pattern is _CHANGE_TO and (_KEPT_BACK.search(rest) or _BY.search(folded))
        if rest and not kept and (withdrawal_words.amount(rest) is not None or withdrawal_words.share(rest)):
            return rest
    return ""


def of_it(text: str) -> Fraction | None:
    """The part of the amount under way that is wanted: `cámbialo a la mitad`; none for `la mitad del saldo`."""
    folded = reading.fold(text).strip(" .!¡¿?")
    if match := _NO_BUT.fullmatch(folded):
        folded = match["rest"]
    found = [part for pattern, part in _OF_IT if pattern.search(folded)]
    if len(found) != 1 or _OF_THE_BALANCE.search(folded) or _NEGATES.search(folded) or re.search(r"\d", folded):
        return None
    if _ASKS.search(folded) or not withdrawal_words.only_a_sum(_SAID_OF_IT.sub(" ", folded)):
        return None
    return found[0]


def differs(text: str) -> Decimal | None:
    """By how much the amount under way is to differ: -20 of `ponle 20 menos`, `bájale 20`; else None."""
    folded = reading.fold(text).strip(" .!¡")
    if but := _NO_BUT.fullmatch(folded):
        folded = but["rest"]
    match = _DIFFERS.search(folded)
    if match is None or _OF_THE_BALANCE.search(folded) or _ASKS.search(folded) or _NEGATES.search(folded):
        return None
    by = reading.amount(match["a"] or match["b"])
    less = match["down"] or match["way"] in ("menos", "less", "lower")
    return None if by is None else -by if less else by


def beside_code(text: str, code: str) -> str:
    """What a text says beside the six digits of a code that is nothing but polite: empty for `my code is 482913`."""
    rest = re.sub(rf"{code[:3]}[ -]?{code[3:]}", " ", text)
    folded = reading.fold(rest)
    doubts = (
        re.search(r"\d|%", folded) or reading.half(folded) or _CHANGES.search(folded) or _FIGURES.search(folded)
        or re.search(r"\b(?:cancel|anul|olvid|forget|esque[cq]|esper|wait|stop)\w*", folded)
        or re.search(r"\b(?:nao|don'?t|not|no(?! (?:e-?mail|sms|celular|whats\w*|telefone|meu)\b))\b", folded)
    )  # fmt: skip
    return re.sub(r"^(?:\W*\b(?:pero|but|mas|y|and|e)\b)*\W*", "", rest).strip() or rest if doubts else ""


def is_money(text: str, code: str) -> bool:
    """True when six digits are a sum of money and no code: `$150000`, `150000 usd`."""
    folded = reading.fold(text)
    return bool(re.search(rf"\$\s?{code}\b|\b{code}\s?(?:usd|mxn|cop|brl|dolar|dollar|pesos?|reais|bucks)", folded))


def _unclear(folded: str) -> bool:
    if _ASKS.search(folded):
        return False
    figures = bool(_FIGURES.search(folded))
    if _PART.search(folded) or (figures and (reading.half(folded) or reading.everything(folded))):
        return True
    if _NO_SUM.fullmatch(folded.strip(" .!¡¿?")):
        return True
    changes = bool(_CHANGES.search(folded))
    the_sum = bool(_THE_SUM.search(folded))
    return (changes and (figures or the_sum)) or (figures and (the_sum or bool(_NEGATES.search(folded))))
