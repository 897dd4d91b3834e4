"""Reads quantities, products, numbers, dates and periods out of what a customer wrote; pure functions."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from core import units
from core.fold import fold as fold  # the agents fold as what they read is folded
from core.unit_words import ARTICLES, NUMBERS, UNIT_CODES

_NUMBER_WORDS = {word: number for word, number in NUMBERS.items() if word not in ARTICLES}
# `less than 500 can you`: no cans
_UNITS = "(?:" + "|".join(sorted(name for name in UNIT_CODES if len(name) > 1 and name not in ("can", "cans"))) + ")"
_PRICE = r"(?:us|r|mx)?\$?\s?(?P<{}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?|\d{{1,7}}(?:[.,]\d{{1,2}})?)(?![\w/,.]*\d)"
# a number of things, or a size, is no price
_PRICED = (
    r"(?!\s*(?:mm|cm|pulg\w*|inch\w*|volts?|watts?|v|w|hp|anos?|years?|dias?|days?|por ?ciento|percent|"
    + _UNITS + r")\b|\s*%)"
)
_COIN = r"(?:\s*(?:pesos|mxn|usd|reais|brl|cop|dolar\w*|dollars?|bucks))?"
_BELOW = re.compile(
    r"\b(?:(?:de|por|for) )?(?:menos (?:de|que)|hasta|maximo(?: de)?|under|below|less than|cheaper than|up to|ate"
    r"|no maximo|abaixo de|por debajo de|mas barat\w+ que)\s+" + _PRICE.format("n") + _PRICED + _COIN
)
_ABOVE = re.compile(
    r"\b(?:(?:de|por|for) )?(?:mas de|arriba de|over|above|more than|mais de|acima de|a partir de)\s+"
    + _PRICE.format("n") + _PRICED + _COIN
)  # fmt: skip
_BETWEEN = re.compile(
    r"\b(?:entre|between|de entre)\s+" + _PRICE.format("a") + r"\s+(?:y|e|and)\s+" + _PRICE.format("b")
    + _PRICED + _COIN
)
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
_NAMING = ("KIT", "MES")  # units that products have in their names
_ORDER_NUMBER = re.compile(r"#?\b((?:[A-Za-z]{1,6}[-_]?)?\d{3,}(?:-\d+)*)\b")
_SKU_LIKE = re.compile(r"\b(?=[A-Za-z0-9-]*\d)[A-Za-z]{2,}[A-Za-z0-9]*-[A-Za-z0-9-]+\b")
_WEEKDAYS = {
    "lunes": 0, "segunda": 0, "monday": 0, "martes": 1, "terca": 1, "tuesday": 1, "miercoles": 2, "quarta": 2,
    "wednesday": 2, "jueves": 3, "quinta": 3, "thursday": 3, "viernes": 4, "sexta": 4, "friday": 4,
    "sabado": 5, "saturday": 5, "domingo": 6, "sunday": 6,
}  # fmt: skip
MONTHS = {
    "enero": 1, "janeiro": 1, "january": 1, "febrero": 2, "fevereiro": 2, "february": 2, "marzo": 3, "marco": 3,
    "march": 3, "abril": 4, "april": 4, "mayo": 5, "maio": 5, "may": 5, "junio": 6, "junho": 6, "june": 6,
    "julio": 7, "julho": 7, "july": 7, "agosto": 8, "august": 8, "septiembre": 9, "setiembre": 9, "setembro": 9,
    "september": 9, "octubre": 10, "outubro": 10, "october": 10, "noviembre": 11, "novembro": 11, "november": 11,
    "diciembre": 12, "dezembro": 12, "december": 12,
}  # fmt: skip


@lru_cache(maxsize=256)
def product_phrase(text: str) -> str:
    """Leave the words that name a product: `hola, tienen balatas para jetta?` becomes `balatas jetta`."""
    words = re.findall(r"[\w/.,\"-]*[\w\"]", fold(text))
    kept = [word for word in words if word.strip(".,") not in _FILLER]
    return " ".join(kept)[:120]


def price_range(text: str) -> tuple[str, Decimal | None, Decimal | None] | None:
    """Read `de menos de $500`, `entre 200 y 500`, `over 300`: the text without it, least and most; else None."""
    words = fold(text)
    if both := _BETWEEN.search(words):
        least, most = sorted(_price(both[name]) for name in ("a", "b"))
        return words.replace(both[0], " "), least, most
    if one := _BELOW.search(words):
        return words.replace(one[0], " "), None, _price(one["n"])
    if one := _ABOVE.search(words):
        return words.replace(one[0], " "), _price(one["n"]), None
    return None


def _price(text: str) -> Decimal:
    return Decimal(re.sub(r",(?=\d{3}\b)", "", text).replace(",", "."))


def lines(text: str) -> list[tuple[Decimal | None, str]]:
    """Read `3 balatas y 2 filtros` as quantities and product phrases; no quantity is None."""
    return list(_lines(text))


@lru_cache(maxsize=256)
def _lines(text: str) -> tuple[tuple[Decimal | None, str], ...]:
    found = units.shared([_line(part) for part in split(_SPLIT, _SIGNED.split(fold(text))[0])])
    return tuple((quantity.amount if quantity else None, name) for quantity, name in found if name or quantity)


def split(at: re.Pattern[str], words: str) -> list[str]:
    """Cut a text at a pattern, but not inside a number: `treinta y cinco`, `dos kilos y medio`."""
    found, start = [], 0
    for match in at.finditer(words):
        if not units.joins(words[start : match.start()], words[match.end() :], _FILLER):
            found.append(words[start : match.start()])
            start = match.end()
    return [*found, words[start:]]


def _line(part: str) -> tuple[units.Quantity | None, str]:
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


_DAY_NAMES = "|".join(["hoy", "hoje", "today", "manana", "amanha", "tomorrow", *_WEEKDAYS])
_TILL = r"(?:hasta|ate|until|till|before|antes|sino|pero|mas|but|mejor|melhor|que)\b"
_NOT_THAT_DAY = re.compile(  # `no puedo hasta el viernes` and `no sábado` (Portuguese) do mean that day
    rf"\b(?:el |la |na |no |on )?(?:{_DAY_NAMES})(?: (?:no|nao)\b| (?:i )?(?:can'?t|cannot)\b)"
    rf"|\b(?:no(?! sabado| domingo)|nao|not|can'?t|cannot)(?: (?!{_TILL})\w+){{0,4}}?"
    rf" (?:el |na |on )?(?:{_DAY_NAMES})\b"
)


def promised_day(text: str, today: date) -> date | None:
    """Read `hoy`, `mañana`, `el viernes`, `el 15`, `15/12`, `15 de diciembre` as the next such day.

    A day that is refused is left out (`hoy no puedo, el viernes`), and a weekday with its date is that date.
    """
    words = _NOT_THAT_DAY.sub(" ", fold(text))
    if re.search(r"\b(pasado manana|depois de amanha|day after tomorrow)\b", words):
        return today + timedelta(days=2)
    if re.search(r"\b(hoy|hoje|today)\b", words):
        return today
    # `por la mañana` is a time of day
    if re.search(r"(?<!la )(?<!de )(?<!da )(?<!a )\bmanana\b|\bamanha\b|\btomorrow\b", words):
        return today + timedelta(days=1)
    return next(_dates(words, today), None) or _from_today(words, today)


def _from_today(words: str, today: date) -> date | None:
    """Read `en 3 días`, `in two weeks`, `la próxima semana`, `fim do mês`."""
    if match := re.search(r"\b(?:en|in|em|dentro de) (\w+) (dias?|days?|semanas?|weeks?)\b", words):
        count = int(match[1]) if match[1].isdigit() and len(match[1]) < 4 else _NUMBER_WORDS.get(match[1], 0)
        if match[1] in ("una", "uma", "un", "um", "a", "one"):
            count = 1
        return today + timedelta(days=count * (7 if match[2][0] in "sw" else 1)) if count else None
    if re.search(r"\b(proxima semana|semana que v(?:iene|em)|next week)\b", words):
        return today + timedelta(days=7)
    if re.search(r"\b(fin de mes|fim do mes|end of (?:the |this )?month)\b", words):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return None


def parts(text: str) -> int | None:
    """Read into how many parts a debt is to be split: `en 3 pagos`, `em duas vezes`, a bare `3`; 0: it does not say.

    None: it is about something else.
    """
    words = fold(text).strip(" .!?¿¡")
    if words.isdigit() or words in _NUMBER_WORDS:
        return _count(words)
    if match := re.search(r"\b(?:en|em|in) (\d{1,2}) ?x\b", words):
        return _count(match[1])
    if match := re.search(
        r"\b(\w+) (?:pagos|partes|veces|vezes|parcelas|cuotas|mensualidades|exhibiciones|payments|parts|instal+ments)"
        r"\b", words,
    ):  # fmt: skip
        return _count(match[1])
    if match := re.search(r"\b(?:split|divid\w+|partir\w*)\b.*\b(?:in|into|en|em|por) (\w+)\b", words):
        return _count(match[1])
    asked = r"\b(?:parcialidades|a plazos|en pagos|plan de pagos?|cuotas|instal+ments?|payment plan|parcel\w+)\b"
    return 0 if re.search(asked, words) else None


def _count(word: str) -> int:
    return int(word) if word.isdigit() and len(word) < 4 else _NUMBER_WORDS.get(word, 0)


def _dates(words: str, today: date) -> Iterator[date]:
    for day, month in re.findall(r"\b(\d{1,2})[/-](\d{1,2})\b", words):
        yield from _next(today, int(day), int(month))
    names = "|".join(MONTHS)
    for day, month in re.findall(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:de |of )?({names})\b", words):
        yield from _next(today, int(day), MONTHS[month])
    for month, day in re.findall(rf"\b({names}) (\d{{1,2}})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(day), MONTHS[month])
    if match := re.search(rf"\b(?:{'|'.join(_WEEKDAYS)}),? (?:el |dia |the )?(\d{{1,2}})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(match[1]), None)
    for name, weekday in _WEEKDAYS.items():
        if re.search(rf"\b{name}\b", words):
            yield today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    for day in re.findall(r"\b(?:el|dia|on the|the|ate o dia) (\d{1,2})(?:st|nd|rd|th)?\b", words):
        yield from _next(today, int(day), None)


def _next(today: date, day: int, month: int | None) -> Iterator[date]:
    candidate = today.replace(day=1)
    for _ in range(13):
        if (month is None or candidate.month == month) and 1 <= day <= 31:
            try:
                found = candidate.replace(day=day)
            except ValueError:  # 31 June
                found = None
            if found and found >= today:
                yield found
                return
        candidate = (candidate + timedelta(days=32)).replace(day=1)


def period(text: str, today: date) -> str | None:
    """Read a month as `2026-09`: `septiembre`, `el mes pasado`, `last month`, `2026-09`."""
    words = fold(text)
    match = re.search(r"\b(20\d\d)[-/](\d{1,2})\b", words)
    if match and 1 <= int(match[2]) <= 12:
        return f"{match[1]}-{int(match[2]):02d}"
    if re.search(r"\b(mes pasado|ultimo mes|mes anterior|last month|previous month|mes passado)\b", words):
        return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    if re.search(r"\b(este mes|this month|neste mes|mes actual)\b", words):
        return f"{today:%Y-%m}"
    for name, month in MONTHS.items():
        if name != "may" and re.search(rf"\b{name}\b", words):
            year = re.search(r"\b(20\d\d)\b", words)
            past = today.year if month <= today.month else today.year - 1
            return f"{year[1] if year else past}-{month:02d}"
    return None


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
    number = "".join(whole) + last if len(last) == 3 or not whole else f"{''.join(whole)}.{last}"
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


def says_paid(text: str) -> bool:
    """True for `ya pagué`, `I've already paid`, `mandei o pix`; not for `I haven't paid`."""
    words = fold(text)
    return bool(_PAID.search(words)) and not _UNPAID.search(words)


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


def year(text: str, today: date) -> str | None:
    """A whole year: `2025`, `este año`, `last year`."""
    words = fold(text)
    if re.search(r"\b(?:este ano|this year|neste ano|esse ano)\b", words):
        return str(today.year)
    if re.search(r"\b(?:ano pasado|last year|ano passado)\b", words):
        return str(today.year - 1)
    found = re.findall(r"\b(20\d\d)\b(?![-/]\d)", words)
    return str(found[0]) if len(set(found)) == 1 else None
