"""Reads the days, months and years that a customer names; pure functions."""

import re
from datetime import date, timedelta

from core.fold import fold
from core.unit_words import ARTICLES, NUMBERS

NUMBER_WORDS = {word: number for word, number in NUMBERS.items() if word not in ARTICLES}
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
_SHORT = {
    "ene": 1, "jan": 1, "feb": 2, "fev": 2, "mar": 3, "abr": 4, "apr": 4, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dic": 12, "dez": 12, "dec": 12,
}  # fmt: skip
_SHORT_AFTER_DE = {"ago": 8, "set": 9, "out": 10}  # words of their own in English
_EVERY_MONTH = {**MONTHS, **_SHORT, **_SHORT_AFTER_DE}
_SPANISH = """uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete
dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho
veintinueve treinta treinta_y_uno"""
_PORTUGUESE = """um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete
dezoito dezenove vinte vinte_e_um vinte_e_dois vinte_e_tres vinte_e_quatro vinte_e_cinco vinte_e_seis vinte_e_sete
vinte_e_oito vinte_e_nove trinta trinta_e_um"""
_ENGLISH = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty_first twenty_second twenty_third twenty_fourth
twenty_fifth twenty_sixth twenty_seventh twenty_eighth twenty_ninth thirtieth thirty_first"""
_FIRST = {"primero": 1, "primer": 1, "primeiro": 1}
_DAY_WORDS = {
    **_FIRST, "catorze": 14,
    **{
        word.replace("_", " "): number
        for names in (_SPANISH, _PORTUGUESE, _ENGLISH) for number, word in enumerate(names.split(), 1)
    },
}  # fmt: skip


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted((word.replace(" ", "[ -]") for word in words), key=len, reverse=True))


# 1, 1st, 1ro, 1er, 1º (which folds to `1o`)
_FIGURES = r"\d{1,2}(?:(?:\.? ?(?:st|nd|rd|th|ro|ero|er)|\.?[ao])\b|[°º])?(?![\d%])"
_D = rf"(?P<d>{_FIGURES}|(?:{_any(_DAY_WORDS)})\b)"
_YEAR = r"(?:,? ?(?:de |del |of )?(?P<y>20\d\d)\b)?"
_COUNTED = "(?:dias?|days?|semanas?|weeks?|pagos|partes|parts|payments|vezes|veces)"
_DATED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<y>20\d\d)(?P<to>[/-])(?P<m>\d{1,2})(?P=to)(?P<d>\d{1,2})\b",
        r"(?<![\w/.-])(?P<d>\d{1,2})(?P<to>[/-])(?P<m>\d{1,2})(?:(?P=to)(?P<y>20\d\d|\d\d))?(?![\w/-])(?! "
        + _COUNTED + ")",
        rf"(?<![\w.,$-]){_D} ?(?:de |of |do )(?P<m>{_any(_EVERY_MONTH)})\b\.?{_YEAR}",
        rf"(?<![\w.,$-])(?P<d>{_FIGURES})[ -]?(?P<m>{_any({**MONTHS, **_SHORT})})\b\.?{_YEAR}",
        rf"(?<!\bi )(?<!we )(?<!you )\b(?P<m>{_any({**MONTHS, **_SHORT})})\b\.? ?(?:the )?{_D}{_YEAR}",
    )
)  # fmt: skip
_WEEKDAY_DATED = re.compile(rf"\b(?:{_any(_WEEKDAYS)}),? (?:el |dia |the )?(?P<d>{_FIGURES})")
_BARE = re.compile(  # `the first one` is no day
    rf"\b(?:el|dia|on the|the|ate o dia) (?P<d>{_FIGURES})|\bdia (?P<word>{_any(_DAY_WORDS)})\b"
    rf"|\b(?:el|the) (?P<named>primero|first)\b(?! (?!(?:y|and|de|of|next|del|te|sin|a|i'?ll|please|por)\b)\w)"
    rf"|(?<![\w.,$-])(?P<alone>1(?:[eo]?ro|er|st|[ao]|[°º])(?!\w))"
)
WEEKDAY = _any(_WEEKDAYS)
_ANY_WEEKDAY = re.compile(rf"\b({WEEKDAY})\b")
_DAY_NAMES = "|".join(["hoy", "hoje", "today", "manana", "amanha", "tomorrow", *_WEEKDAYS])
_TILL = r"(?:hasta|ate|until|till|before|antes|sino|pero|mas|but|mejor|melhor|que)\b"
_NOT_THAT_DAY = re.compile(  # `no puedo hasta el viernes` and `no sábado` (Portuguese) do mean that day
    rf"\b(?:el |la |na |no |on )?(?:{_DAY_NAMES})(?: (?:no|nao|tampoco)\b| tambem nao\b| neither\b"
    rf"| either\b(?! way)| (?:i )?(?:can'?t|cannot)\b)"
    rf"|\b(?:ni|nem|nor|neither) (?:el |la |na |no |on )?(?:{_DAY_NAMES})\b"
    rf"|\b(?:no(?! sabado| domingo)|nao|not|can'?t|cannot|won'?t)(?: (?!{_TILL})\w+){{0,4}}?"
    rf" (?:el |na |on )?(?:{_DAY_NAMES})\b"
)
_PAYS_NOT = re.compile(  # `no te voy a pagar nada el viernes`
    r"\b(?:no|nao|nunca|never|won'?t|not|can'?t|cannot|don'?t|ain'?t)(?: (?:te|les?|l[oa]s?|se|lhes?|you|u"
    r"|them|going to|gonna|be able to|voy a|vamos a|vou|vamos|pienso|planeo|quiero|quero|puedo|podre|posso"
    r"|pretendo|consigo|plan to|want to|poder|a|ya))* (?:pag\w+|pay\w*|deposit\w+|transf\w+|abon\w+)"
    rf"(?: (?!{_TILL}|(?:te|les?|yo|i'?ll|eu|vou|voy|y|and|e)\b)\w+){{0,4}}?"
    rf" (?:el |la |este |esta |na |no |on |this |next )?(?:{_DAY_NAMES}|(?:el|dia|the) \d{{1,2}})\b"
)
_WEEKS_ON = re.compile(  # `de hoy en ocho`, `a week from friday`
    rf"\b(?P<since>{_DAY_NAMES}) (?:en|em|a) (?P<n>ocho|oito|8|quince|quinze|15)\b(?: dias)?"
    r"(?! ?(?:pagos|partes|parts|payments|vezes|veces|parcelas|cuotas|exhibiciones|mensualidades|de|x|mil|pesos"
    r"|min\w*)\b)"
    rf"|\b(?P<weeks>a|one|1|two|2) weeks? (?:from|after) (?:this |next )?(?P<from>now|{_DAY_NAMES})\b"
)
_SINCE_TODAY = re.compile(
    r"\b(?:de|a partir de|desde|contando de) (?:hoy|hoje)(?= (?:en|em|a) \w+ (?:dias?|semanas?)\b)"
)
_SHORT_WEEKDAYS = {
    "mon": "monday", "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "thu": "thursday", "thur": "thursday",
    "thurs": "thursday", "fri": "friday", "sat": "saturday", "sun": "sunday", "lun": "lunes", "mie": "miercoles",
    "jue": "jueves", "vie": "viernes", "sab": "sabado", "dom": "domingo", "seg": "segunda", "qua": "quarta",
    "qui": "quinta", "sex": "sexta",
}  # fmt: skip
_SHORTENED = re.compile(  # only beside a word of time: `sun` and `sex` are words of their own
    rf"\b(?P<at>on|by|this|next|until|till|before|el|este|proximo|na|nesta|no) (?P<day>{'|'.join(_SHORT_WEEKDAYS)})\b"
)
_OVERMORROW = re.compile(r"\b(?:pasado manana|depois de amanha|day after tomorrow)\b")
_TODAY = re.compile(r"\b(?:hoy|hoje|today)\b")
# `por la mañana` is a time of day
_TOMORROW = re.compile(r"(?<!\bla )(?<!\bde )(?<!\bda )(?<!\ba )\bmanana\b|\bamanha\b|\btomorrow\b")
_FROM_TODAY = re.compile(r"\b(?:en|in|em|dentro de) (?P<count>\w+) (?P<unit>dias?|days?|semanas?|weeks?)\b")
_NEXT_WEEK = re.compile(r"\b(?:proxima semana|otra semana|outra semana|semana que v(?:iene|em)|next week)\b")
_END_OF_MONTH = re.compile(r"\b(?:fin de mes|fim do mes|end of (?:the |this )?month)\b")
_ONE = ("una", "uma", "un", "um", "a", "one")
_SOME_DAY = date(2026, 1, 1)


def promised_day(text: str, today: date, *, month_first: bool = False) -> date | None:
    """Read `hoy`, `mañana`, `el viernes`, `el 15`, `15/12`, `15 de diciembre`, `Dec 1` as the next such day.

    A day that is refused is left out (`hoy no puedo, el viernes`), and a weekday with its date is that date. With
    `month_first`, `12/5` is the nearer of two days. A date that no calendar has is None.
    """
    words = _NOT_THAT_DAY.sub(" ", _PAYS_NOT.sub(" ", _in_full(fold(text))))
    if match := _WEEKS_ON.search(words):
        return _weeks_on(match, today)
    words = _SINCE_TODAY.sub(" ", words)
    if _OVERMORROW.search(words):
        return today + timedelta(days=2)
    if _TODAY.search(words):
        return today
    if _TOMORROW.search(words):
        return today + timedelta(days=1)
    for pattern in _DATED:
        for match in pattern.finditer(words):
            if pairs := _pairs(match, month_first):
                year = int(match["y"]) % 100 + 2000 if match["y"] else None
                return min(filter(None, (_next(today, day, month, year) for day, month in pairs)), default=None)
    return _undated(words, today)


def _weeks_on(match: re.Match[str], today: date) -> date | None:
    """`ocho` and `a week` are seven days after the day that is named."""
    weeks = 1 if (match["n"] or match["weeks"]) in ("ocho", "oito", "8", "a", "one", "1") else 2
    since = promised_day(match["since"] or match["from"], today) or today
    return since + timedelta(days=7 * weeks)


def _in_full(words: str) -> str:
    return _SHORTENED.sub(lambda match: f"{match['at']} {_SHORT_WEEKDAYS[match['day']]}", words)


def names(text: str) -> bool:
    """True for a text that names a day, whichever."""
    return promised_day(text, _SOME_DAY) is not None


def without(words: str) -> str:
    """Folded words without the days that they name: what is left of figures may be a sum of money."""
    for pattern in (*_DATED, _FROM_TODAY, _WEEKDAY_DATED, _BARE):
        words = pattern.sub(" ; ", words)
    return words


def _pairs(match: re.Match[str], month_first: bool) -> list[tuple[int, int]]:
    """Day and month as they may be meant; none: it is no date."""
    if not match["m"].isdigit():
        return [(_day(match["d"]), _EVERY_MONTH[match["m"]])]
    day, month = int(match["d"]), int(match["m"])
    either = [(day, month), (month, day)] if month_first or month > 12 else [(day, month)]
    return [pair for pair in either if 1 <= pair[0] <= 31 and 1 <= pair[1] <= 12]


def _day(word: str) -> int:
    figures = re.match(r"\d{1,2}", word)
    return int(figures[0]) if figures else _DAY_WORDS[word.replace("-", " ")]


def _undated(words: str, today: date) -> date | None:
    if match := _WEEKDAY_DATED.search(words):
        return _next(today, _day(match["d"]), None)
    named = set(_ANY_WEEKDAY.findall(words))
    for name, weekday in _WEEKDAYS.items():
        if name in named:
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if match := _BARE.search(words):
        return _next(today, _day(match["d"] or match["word"] or match["named"] or match["alone"]), None)
    return _from_today(words, today)


def _from_today(words: str, today: date) -> date | None:
    """Read `en 3 días`, `in two weeks`, `la próxima semana`, `fim do mês`."""
    if match := _FROM_TODAY.search(words):
        said = match["count"]
        count = int(said) if said.isdigit() and len(said) < 4 else NUMBER_WORDS.get(said, 0)
        count = 1 if said in _ONE else int(count)
        return today + timedelta(days=count * (7 if match["unit"][0] in "sw" else 1)) if count else None
    if _NEXT_WEEK.search(words):
        return today + timedelta(days=7)
    if _END_OF_MONTH.search(words):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return None


def _next(today: date, day: int, month: int | None, year: int | None = None) -> date | None:
    """The next such day, today included; None when there is none, or when its year is over."""
    candidate = today.replace(day=1)
    for _ in range(13):
        if month is None or candidate.month == month:
            try:
                found = candidate.replace(day=day, year=year or candidate.year)
            except ValueError:  # 31 June
                found = None
            if found and found >= today:
                return found
        candidate = (candidate + timedelta(days=32)).replace(day=1)
    return None


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


def year(text: str, today: date) -> str | None:
    """A whole year: `2025`, `este año`, `last year`."""
    words = fold(text)
    if re.search(r"\b(?:este ano|this year|neste ano|esse ano)\b", words):
        return str(today.year)
    if re.search(r"\b(?:ano pasado|last year|ano passado)\b", words):
        return str(today.year - 1)
    found = re.findall(r"\b(20\d\d)\b(?![-/]\d)", words)
    return str(found[0]) if len(set(found)) == 1 else None
