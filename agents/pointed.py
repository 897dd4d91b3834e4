"""Reads which of the open invoices a customer speaks of: by number, place, age, size, sum, or as the other one."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from agents import currencies, days, reading
from core.fold import fold
from core.records import Invoice

_BILL = r"(?:factur\w*|fatur\w*|invoices?|bills?|boletos?|cuentas?|ones?)"
_NOUN = (  # `a última hora`, `la primera semana` are no invoice
    r"(?: (?:factura|fatura|invoice|bill|boleto|cuenta|one)\b"
    r"|(?= ?(?:$|[,.;!?)])| (?:el|la|los|na|no|em|en|on|y|e|manana|amanha|hoy|hoje|te|lo|este|esta|para|pra|pasado"
    rf"|dia|por favor|mejor|melhor|{days.WEEKDAY})\b))"
)
_SECOND = rf"\bla segunda{_NOUN}"
_OVERDUE = re.compile(r"\b(?<!no )(?<!nao )(?<!not )(?:vencid[oa]s?|atrasad[oa]s?|overdue|past[ -]due|em atraso)\b")
_BY_PLACE = tuple(
    (place, re.compile(pattern))
    for place, pattern in (
        (0, rf"\b(?:(?:l?a|ess?a) prim(?:er|eir)a){_NOUN}|\bthe (?:first|1st) {_BILL}\b"),
        (1, rf"\bl?a segunda {_BILL}\b|{_SECOND}|\bthe (?:second|2nd) {_BILL}\b"),
        (2, rf"\b(?:l?a terc(?:er|eir)a){_NOUN}|\bthe (?:third|3rd) {_BILL}\b"),
        (-1, rf"\bl?a ultima{_NOUN}|\bthe last {_BILL}\b"),
    )
)
_PLAINLY = rf"(?:{_NOUN}|(?= (?:pago|paga\w*|te|vou|voy|quero|quiero|de)\b))"  # `divide la grande en 3`
_OLDEST = re.compile(  # `at the latest` is of a day
    rf"\bthe old {_BILL}\b|\bl?a (?:vieja|viejita|velha|antigua|antiga){_PLAINLY}"
    r"|\b(?:mas|mais) (?:viej[oa]s?|viejit[oa]|velh[oa]|antig[uoa]+)\b|\boldest\b|(?<!at the )\bearliest\b"
)
_NEWEST = re.compile(
    rf"\bthe new {_BILL}\b|\bl?a (?:nueva|nova){_PLAINLY}"
    r"|\b(?:mas|mais) (?:nuev[oa]|nov[oa]|recientes?|recentes?)\b|\b(?:newest|most recent)\b|(?<!at the )\blatest\b"
)
_SMALLEST = re.compile(
    rf"\bthe (?:small|little|cheap) {_BILL}\b|\bl?a (?:chica|chiquita|pequena){_PLAINLY}"
    r"|\b(?:mas|mais) (?:chic[oa]|chiquit[oa]|pequen[oa]|barat[oa]|baj[oa]|baix[oa])\b|\b(?:l?a|o) menor\b"
    r"|\b(?:smallest|smaller|cheapest|lowest)\b"
)
_BIGGEST = re.compile(
    rf"\bthe (?:big|large|expensive) {_BILL}\b|\bl?a grand(?:e|ota){_PLAINLY}"
    r"|\b(?:mas|mais) (?:grande|grandota|car[oa]|alt[oa])\b|\b(?:l?a|o) mai?or\b|\b(?:biggest|bigger|largest|highest)\b"
)
_OTHER = re.compile(
    r"\b(?:l[oa]s? otr[oa]s?|as? outras?|os? outros?|the others?(?: ones?)?)\b"
    r"(?! (?:mitad|metade|half|day|dia(?! \d)|semana|week|quincena|quinzena|mes|month|vez|fecha|data|date|persona"
    r"|pessoa|parte|part|cuenta|conta|account)\b)"
)
_THAT = re.compile(
    r"\b(?:that|this) one\b|\bess?a(?: fac?tura)?(?= (?:la|te|se|eu|pago|vou|manana|hoje|amanha|el|na|no|en|em)\b| ?$)"
)
_MONTHS = "|".join(sorted(days.MONTHS, key=len, reverse=True))
_OF_MONTH = re.compile(  # `la de noviembre`, `the october one`
    rf"\b(?:l?a|the one|the (?:invoice|bill)) (?:(?:factura|fatura) )?(?:de|from|of|for) (?P<m>{_MONTHS})\b"
    rf"|\bthe (?P<n>{_MONTHS}) {_BILL}\b"
)
_NUMBER = re.compile(r"(?<![\w-])[a-z]{1,6}[- ]?\d{1,}(?:-\d+)*(?![\w.,]?\d|\w)")
_LIKE_NUMBER = re.compile(r"(?<![\w-])(?:[a-z]{1,6}-\d+|[a-z]{1,3}\d{3,})(?:-\d+)*(?![\w.,]?\d|\w)")
_FIGURES = re.compile(
    r"(?:\b(?:factura|fatura|invoice|bill|boleto|numero|number|no\.|nro\.?|la|a)|#) ?(\d{3,})(?![\w.,]?\d|\w)"
    r"(?! ?(?:pesos?|reais|dol|usd|mxn|cop|brl))"
)
_COIN = rf"(?: ?{currencies.COIN}\b)?"
_SUM = re.compile(
    rf"\b(?:l[oa]|a|the one (?:for|of|with|that is|that'?s)) (?:(?:factura|fatura) )?(?:(?:de|por) )?"
    rf"(?:r\$|us\$|\$)? ?(?P<n>\d[\d.,]*\d|\d){_COIN}(?=\W|$)"
    rf"|\bthe (?:r\$|us\$|\$)? ?(?P<m>\d[\d.,]*\d){_COIN} (?:one|invoice|bill)\b"
)
_OF_SUM = re.compile(r"\b(?:de|por|for|of|with|is|that'?s|one|invoice|bill)\b")


def pointed(
    text: str, invoices: Sequence[Invoice], noted: Sequence[str] = ()
) -> list[Invoice] | None:
    """The invoices that a text points to, in their order; empty: to one that is not there. None: it points to none.

    `noted` are those that something is promised of: `the other one` is none of them.
    """
    words = fold(text)
    found: list[Invoice] = []
    points = False
    for reads in (_numbered, _summed, _placed, _sized, _monthly, _late):
        some = reads(words, invoices)
        points = points or some is not None
        found += some or []
    if not found and _OTHER.search(words) and noted:
        points, found = True, [item for item in invoices if item.number not in noted]
    return [item for item in invoices if item in found] if points else None


def points(text: str) -> bool:
    """True for a text that names an invoice by its number, or by what it is: `la F-1023`, `la más vieja`."""
    words = fold(text)
    named = _SUM.search(words)
    return any(pattern.search(words) for pattern in _LOOKS) or bool(named and _OF_SUM.search(named[0]))


def speaks_of_other(text: str) -> bool:
    """True for `la otra`, `the other ones`."""
    return bool(_OTHER.search(fold(text)))


def speaks_of_that(text: str) -> bool:
    """True for `i'll pay that one`, `esa la pago mañana`."""
    return bool(_THAT.search(fold(text)))


def asks_overdue(text: str) -> bool:
    """True for `la vencida`, `the overdue one`."""
    return bool(_OVERDUE.search(fold(text)))


def without(text: str) -> str:
    """The text without what names an invoice and may be read as more: `la de 500` is no sum, `la segunda` no day."""
    words = _SUM.sub(lambda match: " " if _OF_SUM.search(match[0]) else match[0], fold(text))
    for _, pattern in _BY_PLACE:
        words = pattern.sub(" ", words)
    return _OF_MONTH.sub(" ", words)


def _numbered(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    named = {re.sub(r"[ -]", "", each) for each in _NUMBER.findall(words)}
    figures = tuple(_FIGURES.findall(words))
    found = []
    for item in invoices:
        number = fold(item.number).replace("-", "")
        if number in named or fold(item.number) in words.split() or _only_figures(number) in figures:
            found.append(item)
    return found or None


def _only_figures(number: str) -> str:
    return number.lstrip("abcdefghijklmnopqrstuvwxyz")


def _summed(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    """`la de 500`: whose open or whole sum is that, also told without its cents."""
    match = _SUM.search(words)
    if not match or not _OF_SUM.search(match[0]):
        return None
    said = reading.amount(match["n"] or match["m"])
    return [item for item in invoices if said and _is_sum(said, item)]


def _is_sum(said: Decimal, item: Invoice) -> bool:
    return any(said == sum_.major or said in (int(sum_.major), round(sum_.major)) for sum_ in (item.due, item.total))


def _placed(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    places = [place for place, pattern in _BY_PLACE if pattern.search(words)]
    return [invoices[place] for place in places if -len(invoices) <= place < len(invoices)] if places else None


def _sized(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    found = [choose(invoices, key=key) for pattern, choose, key in _SIZES if pattern.search(words)]
    return found or None


def _monthly(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    """`la de noviembre`: due in that month."""
    months = {days.MONTHS[match["m"] or match["n"]] for match in _OF_MONTH.finditer(words)}
    return [item for item in invoices if item.due_on.month in months] if months else None


def _day(item: Invoice) -> int:
    return item.due_on.toordinal()


def _owed(item: Invoice) -> int:
    return item.due.amount_minor


_SIZES: tuple[tuple[re.Pattern[str], Callable[..., Invoice], Callable[[Invoice], int]], ...] = (
    (_OLDEST, min, _day), (_NEWEST, max, _day), (_SMALLEST, min, _owed), (_BIGGEST, max, _owed),
)  # fmt: skip
_LOOKS = (
    _LIKE_NUMBER, _FIGURES, _OVERDUE, _OTHER, _OF_MONTH, *(row[1] for row in _BY_PLACE), *(row[0] for row in _SIZES)
)  # fmt: skip


def _late(words: str, invoices: Sequence[Invoice]) -> list[Invoice] | None:
    """Those that are overdue; when none is, those of today."""
    if not _OVERDUE.search(words):
        return None
    late = [item for item in invoices if item.days_overdue > 0]
    return late or [item for item in invoices if item.days_overdue == 0]
