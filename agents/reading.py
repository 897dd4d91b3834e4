"""Reads quantities, products, numbers and sums out of what a customer wrote; pure functions."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from agents.prices import price_range as price_range
from core import units
from core.fold import fold as fold  # the agents fold as what they read is folded
from core.unit_words import MEASURES, UNIT_CODES

_SPLIT = re.compile(r"\s*(?:[;\n+]|,(?!\d)|\s(?:y|e|and|mas|tambien|tambem|also)\s)\s*")
# Words of asking, greeting and politeness around a product's name.
_FILLER = frozenset(
    word
    for line in (Path(__file__).parent / "data" / "filler.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
# What was just spoken of, with a quantity before it: `2 de esas`, `two of those`, `3 dessas`.
THESE = re.compile(
    r"(?:(?:de |d |of )?(?:es[oa]s?|ese|est[oa]s?|este|them|those|that|these|this|it|iss?o|ess[ae]s?|est[ae]s)"
    r"|d(?:ess[ae]s?|est[ae]s?|isso))"
)
_SIGNED = re.compile(
    r"\b(?:saludos|atentamente|atte|cordialmente|(?:best |kind )?regards|sincerely|abracos|atenciosamente)\b"
)
_THE_ONE = re.compile(
    r"(?P<before>(?:[^\W\d_]+,? )*?)(?:(?:el|la|los|las|lo|o|a|os|as) (?:de|d) (?P<of>\d.*)"
    r"|(?:the|an?) (?P<one>\d[\w.,/]*(?: [a-z]+){0,2}?) one)"
)
_SOME_OF = re.compile(  # `una de 24`
    r"(?P<before>(?:[^\W\d_]+,? )*?)(?:una?|uno|uma?|one) (?:de|d|of) (?P<of>\d[\d.,/]* ?(?P<unit>[a-z]*).*)"
)
_MEASURED = frozenset(name for name, code in UNIT_CODES.items() if code in MEASURES)
_OF_SHORT = re.compile(r"\bd (?=\d)")  # `preciso d 15 sacos`
_NAMING = ("KIT", "MES")  # units that products have in their names
_ORDER_NUMBER = re.compile(r"#?\b((?:[A-Za-z]{1,6}[-_]?)?\d{3,}(?:-\d+)*)\b")
_SKU_LIKE = re.compile(r"\b(?=[A-Za-z0-9-]*\d)[A-Za-z]{2,}[A-Za-z0-9]*-[A-Za-z0-9-]+\b")


@lru_cache(maxsize=256)
def product_phrase(text: str) -> str:
    """Leave the words that name a product: `hola, tienen balatas para jetta?` becomes `balatas jetta`."""
    words = re.findall(r"[\w/.,\"-]*[\w\"]", fold(text))
    kept = [word for word in words if word.strip(".,") not in _FILLER]
    return " ".join(kept)[:120]


class Counted(NamedTuple):
    """How much of what: `unit` is the code of the unit that was named, or empty; no quantity is None."""

    amount: Decimal | None
    phrase: str
    unit: str = ""
    behind: bool = False  # the quantity stands behind the phrase


def lines(text: str) -> list[tuple[Decimal | None, str]]:
    """Read `3 balatas y 2 filtros` as quantities and product phrases; no quantity is None."""
    return [(each.amount, each.phrase) for each in _lines(text)]


def counted(text: str) -> list[Counted]:
    """As `lines`, with the unit that was named: `2 litros de aceite`, `500 g`."""
    return list(_lines(text))


@lru_cache(maxsize=256)
def _lines(text: str) -> tuple[Counted, ...]:
    found = units.shared([_line(part) for part in split(_SPLIT, _SIGNED.split(fold(text))[0])])
    return tuple(
        Counted(quantity.amount, name, quantity.unit, quantity.behind) if quantity else Counted(None, name)
        for quantity, name in found if name or quantity
    )  # fmt: skip


def split(at: re.Pattern[str], words: str) -> list[str]:
    """Cut a text at a pattern, but not inside a number: `treinta y cinco`, `dos kilos y medio`."""
    found, start = [], 0
    for match in at.finditer(words):
        if not units.joins(words[start : match.start()], words[match.end() :], _FILLER):
            found.append(words[start : match.start()])
            start = match.end()
    return [*found, words[start:]]


def _line(part: str) -> tuple[units.Quantity | None, str]:
    part = _OF_SHORT.sub("de ", part)
    if (one := _THE_ONE.fullmatch(part.strip(" .,!?¿¡"))) and not product_phrase(one["before"]):
        return None, product_phrase(one["of"] or one["one"])  # `el de 88 grados`: the figure counts nothing
    some = _SOME_OF.fullmatch(part.strip(" .,!?¿¡"))
    if some and some["unit"] not in _MEASURED and not product_phrase(some["before"]):
        return units.Quantity(Decimal(1)), product_phrase(some["of"])
    quantity, name = units.one(part.strip(" .,!?¿¡"), _FILLER)
    if quantity is None or (quantity.upper and not quantity.unit and not name):  # 482-913 is a code
        return None, product_phrase(part)
    if THESE.fullmatch(name):
        return quantity if quantity.amount > 0 else None, name
    if quantity.unit in _NAMING:
        name = f"{quantity.unit} {name}"
    return quantity if quantity.amount > 0 else None, product_phrase(name)


def order_number(text: str) -> str | None:
    """Find what looks like an order, invoice or ticket number."""
    match = _SKU_LIKE.search(text) or _ORDER_NUMBER.search(text)
    return match.group(match.lastindex or 0).upper() if match else None


_REFUSAL = re.compile(r"\b(?:no|nao|nope|cancel\w*|deja(?:lo)?|olvid\w+|forget|never mind|nevermind|esquece|deixa)\b")
_EVERYTHING = re.compile(r"\b(?:todo|tudo|all|everything|el total|o total|completo|whole|entire|full)\b")
_SUM = re.compile(
    r"(?<![\w.,/-])(?P<sign>r\$|us\$|\$|usd|mxn)?\s?(?P<n>\d[\d.,]*)\s?(?P<k>mil\b|k\b)?"
    r"(?P<unit>\s?(?:usd|mxn|cop|brl|dolar\w*|dollars?|pesos?|reais|real|bucks)\b)?(?![\w/-])"
)
_CODE = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")


_MISSING = re.compile(
    r"\b(?:otro|nuevo|new|another|outro|novo) (?:codigo|code)\b"
    r"|\b(?:reenvi\w*|resend|send again|no (?:me )?(?:ha )?lleg\w+|nao (?:chegou|recebi|veio)"
    r"|never (?:came|arrived|got)|didn'?t (?:get|arrive|come|receive)|no (?:lo )?recib\w+)\b"
)


def code_missing(text: str) -> bool:
    """True for `no me llegó`, `otro código`, `resend it`: no refusal and, while a code is awaited, no complaint."""
    return bool(_MISSING.search(fold(text)))


def everything(text: str) -> bool:
    """True for `todo`, `all of it`, `tudo`."""
    return bool(_EVERYTHING.search(fold(text)))


def half(text: str) -> bool:
    """True for `la mitad`, `half of it`, `metade`."""
    return bool(re.search(r"\b(?:mitad|half|metade)\b", fold(text)))


def amount(text: str) -> Decimal | None:
    """The one sum of money that a text names: `500`, `US$1,109.34`, `1.109,34`, `2 mil`; None for none or for several.

    A mark before exactly three digits parts thousands: no currency of ours has three decimals.
    """
    found = list(_SUM.finditer(fold(text)))
    named = [match for match in found if match["sign"] or match["unit"]] or found
    if len(named) != 1:
        return None
    *whole, last = re.split(r"[.,]", named[0]["n"].rstrip(".,"))
    thousands = len(last) == 3 and whole[:1] != ["0"]
    number = "".join(whole) + last if thousands or not whole else f"{''.join(whole)}.{last}"
    try:
        value = Decimal(number) * (1000 if named[0]["k"] else 1)
    except InvalidOperation:  # digits of another script
        return None
    return value if value > 0 else None


def one_time_code(text: str) -> str | None:
    """Six digits, as `482913`, `482 913` or `482-913`; None when there are none or several."""
    found = _CODE.findall(text)
    return "".join(found[0]) if len(found) == 1 and found[0][0].isascii() and found[0][1].isascii() else None


_YES = (
    r"(?:si+|sip|sim|simon|yes|yeah|yep|yup|sure|ok+|okay|oki|dale|va|claro|sale|orale|listo|bueno|beleza|blz|perfecto"
    r"|perfeito|great|perfect|de acuerdo|esta bien|fine|pode(?: ser| aplicar| fechar)?|aplica\w*|apply(?: it)?|aplique"
    r"|ponlo|hazlo|hagale|do it|go ahead|go for it|let'?s do it|sounds good|works for me|fech(?:ad[oa]|ou|ar?)|isso"
    r"|adelante|confirmo|(?:l[oa]s? )?acepto|aceito|i accept|that'?s fine|com certeza|por supuesto|me parece(?: bien)?)"
)
_BESIDE = (
    r"(?:por favor|please|porfa\w*|pues|then|entao|entonces|gracias|thanks|obrigad[oa]|it|that|eso|asi|mesmo|mismo|ya"
    r"|pls|plz|xfa|pfv|e|and|y)"
)
_AGREES = re.compile(rf"(?:{_BESIDE} )*{_YES}(?: (?:{_YES}|{_BESIDE}))*")
_THANKS = re.compile(r"\b(?:gracias|thanks|thank you|obrigad[oa])\b")
_SURE = re.compile(
    r"\b(?:si+|sip|sim|yes|yeah|yep|yup|dale|acept\w*|aceito|accept|confirmo|do it|hazlo|fech\w+|aplic\w+)\b"
)


def agrees(text: str) -> bool:
    """True for a text that is nothing but a yes: `va, dale`, `ok do it`, `sí, gracias`; `ok, gracias` ends a matter."""
    words = " ".join(re.findall(r"[\w']+", fold(text)))
    return bool(_AGREES.fullmatch(words)) and (bool(_SURE.search(words)) or not _THANKS.search(words))


_PAID = re.compile(
    r"\bya (?:te |les? |lo |la |los |las |se |fue |esta |hice |realice )*(?:pag|deposit|transfer|abon|liquid|cubr)\w*"
    r"|\b(?:pague|deposite|transferi|ya quedo pagad\w) |\bpagad[oa]\b|\bcomprobante\b"
    r"|\b(?:already|i'?ve|have|just) (?:been )?(?:paid|sent the (?:money|payment))"
    r"|^paid(?: it| already| now)?$|^pagad[oa]s?$|^pago$|\bi paid\b|\bpaid (?:it|that|this|the)\b"
    r"|\bja (?:paguei|foi pag\w|esta pag\w|fiz|transferi|depositei|quitei)|\b(?:paguei|fiz o pix|mandei o pix)\b"
    r"|\bcomprovante\b"
    r"|\b(?:hice|hicimos|realice|mande|envie|fiz|fizemos|made|sent) (?:el|un|la|una|o|um|a|uma|the|my) "
    r"(?:pago|deposito|transferencia|abono|pagamento|pix|payment|transfer|deposit)\b"
)


_UNPAID = re.compile(
    r"\b(?:no|nao|not|nunca|never|haven'?t|hasn'?t|didn'?t|sin)\b(?: (?!ya\b|already\b|ja\b)\w+){0,3}"
    r" (?:pag\w+|paid|paying|deposit\w+|transfer\w+)\b"
)
_TO_PAY = re.compile(
    r"\b(?:(?<!el )(?<!o )(?<!un )(?<!um )(?<!mi )(?<!meu )pago|pagare(?:mos)?|pagarei|pagar|pay|vou|voy)\b"
)


_PAYMENT = r"(?:pagos?|depositos?|transferencias?|abonos?|spei|pagamentos?|pix|boleto|payments?|transfers?|deposits?)"
_SENT = rf"(?:{_PAYMENT}|dinero|plata|lana|feria|money|cash|dinheiro)"
_MINE = r"(?:mi|mis|el|la|meu|minha|o|a|my|the)"
_ARRIVED = re.compile(  # `did you get my money?`, `¿les llegó mi pago?`, `meu pix caiu?`
    rf"\b(?:did|have|has) (?:you|u|y'?all|they)(?: guys| people)? (?:get|got|gotten|received?|see|seen) {_MINE}"
    rf" {_SENT}\b"
    rf"|\b(?:did|has|is|was) {_MINE} {_PAYMENT} (?:arrived?|go(?:ne)? through|come through|c[ao]me in|in\b|landed|land"
    rf"|cleared|clear|posted?|credited|received|reach\w*|get (?:there|through))"
    rf"|\b(?:les|te|os) (?:ya )?(?:llego|cayo|entro|aparecio) (?:ya )?{_MINE} {_SENT}\b"
    rf"|\b(?:llego|cayo|entro|se (?:reflejo|acredito|aplico|registro)) (?:ya |bien )?{_MINE} {_PAYMENT}\b"
    rf"|\b(?:recibieron|recibiste|recibio|vieron|checaron) (?:ya |bien )?{_MINE} {_SENT}\b"
    rf"|\b(?:mi|meu|minha) {_PAYMENT} (?:ya |ja )?(?:les |te |se )?(?:llego|cayo|entro|reflejo|acredito|aplico|registro"
    rf"|paso|caiu|chegou|entrou|compensou|foi recebid\w)"
    rf"|\b(?:receberam|recebeu|viram|viu) (?:o |a )?(?:meu|minha) {_SENT}\b"
    rf"|\b(?:caiu|chegou|entrou|compensou) (?:o |a )?(?:meu|minha) {_PAYMENT}\b"
)


def says_paid(text: str) -> bool:
    """True for `ya pagué`, `I've already paid`, `mandei o pix`, `did you get it`; not for `I haven't paid`."""
    words = fold(text)
    return bool(_ARRIVED.search(words)) or (bool(_PAID.search(words)) and not _UNPAID.search(words))


def has_paid(text: str) -> bool:
    """As `says_paid`, and no word of paying later: `ya pago el viernes` is a promise."""
    return says_paid(text) and not _TO_PAY.search(fold(text))


_QUOTE = re.compile(r"\b(?:cotizacion(?:es)?|presupuestos?|quotes?|quotations?|orcamentos?|cotacao|proforma)\b")


def names_quote(text: str) -> bool:
    """True for a text that speaks of a quote by name: `la cotización`, `my quote`, `o orçamento`."""
    return bool(_QUOTE.search(fold(text)))


_NEWEST = re.compile(
    r"\b(?:ultim[oa]s?|last|latest|most recent|newest|mas recientes?)"
    r" (?:pedido|compra|orden|order|purchase)\b|\b(?:pedido|compra|orden|order)s? (?:mas|mais) recientes?\b"
    r"|\bmais recente\b|\bmas reciente\b|\bmost recent\b"
)


def newest(text: str) -> bool:
    """True for `el último pedido`, `my latest order`: the newest, though it stands first in a list."""
    return bool(_NEWEST.search(fold(text)))


def refuses(text: str) -> bool:
    """True for a short no: `no`, `mejor no`, `déjalo`, `cancel it`, `esquece`."""
    words = fold(text)
    return len(words.split()) <= 6 and bool(_REFUSAL.search(words))
