"""Reads changes of an open quote: `agrega 2 más`, `quita el filtro`, `mejor 5`, `make it 3`; pure functions."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from agents import quoted, reading, regrets, sizes
from core import units
from core.messages import Struct
from core.records import Product, Quote

_REMOVE = re.compile(
    r"\b(?:(?:qu|k)it[ae](?:me|le|lo|la|los|las|r|rle)?|elimin\w+|borr\w+|sac[ao](?:me|le|lo|la|r)?"
    r"|^(?:sin|sem|without)|(?:never ?mind|forget|leave out) the|olvid[ae]\w* (?:de )?(?:la|el|las|los)"
    r"|esquece (?:o|a|os|as)|nao quero (?:o|a|os|as)|no quiero (?:el|la|los|las)|sin (?:el|la|los|las)"
    r"|ya no (?:quiero|ocupo)|remov[ea]\w*|drop|delete|take (?:off|out|away)|without the"
    r"|tir[ae]r?|retir[ae]r?|sem (?:o|a|os|as))\b"
)
_ADD = re.compile(
    r"\b(?:agreg\w+|anad\w+|sum[ae](?:me|le)?|ponle|ponme|adicion\w+|acrescent\w+|inclu[iy]\w*|add"
    r"|otr[oa]s?(?! vez)|mais|more|mas|another|extra|plus|tambien|tambem|also|met[ea](?:le|me)|ech[ae](?:le|me)"
    r"|^(?:poe|ponha|bot[ae])(?= (?:mais|\d)))\b"
)
_PUTS = re.compile(
    r"\b(?:agreg\w+|anad\w+|sum[ae](?:me|le)|ponle|ponme|adicion\w+|acrescent\w+|inclu[iy]r?|add|met[ea](?:le|me)"
    r"|ech[ae](?:le|me)|poe(?= (?:mais|\d)))\b"
)
_SET = re.compile(
    r"\b(?:mejor|que sean|cambi\w+|en (?:vez|lugar)|make (?:it|that|them)|instead|better|rather|change|melhor"
    r"|swap\w*|replac\w+|subs?titu\w+|sustitu\w+|reemplaz\w+"
    r"|que sejam|troc\w+|mud[ae]r?|solo|solamente|nomas|only|just|apenas|so(?= \d)|deja(?:lo|la|los|las)?|deixa)\b"
)
_LEVEL = re.compile(  # `baja las llantas a 2`: not by, but to so many
    r"\b(?:baj[ae]\w*|sub[ae]\w*|sob[ea]|reduc\w+|reduz\w*|baix[ae]\w*|aument\w+|disminu\w+|diminu\w+|lower|cut"
    r"|raise|increase|bump|bring)\b(?: (?:(?:it|them) )?(?:down|up)\b)?"
)
_RAISES = re.compile(r"\b(?:sub[ae]\w*|sob[ea]|aument\w+|raise|increase|bump)\b")
_FROM = re.compile(  # `quítale 2 a las llantas`
    r"^(?P<n>\d{1,4}) (?:a|al|from|off) (?:(?:l[oa]s?|[oa]s?|the|el) )?(?=[a-z]{3})"
)
_WITH = re.compile(r"^(?:con|com|with) (?=\d|un|dos|dois|duas|two|tres|three|cuatro|quatro|four)")
_BOTH = re.compile(r"\b(?:(?:l[oa]s|[oa]s|the) (?:dos|dois|duas|two)|ambos|ambas|both(?: of (?:them|these|those))?)$")
_TWO = frozenset({"dos", "dois", "duas", "two"})
BOTH = "*2"  # in the place of a phrase: all of the two that the quote has
_TO_ONLY = re.compile(r"(?:(?:it|them|el|ela|eles|elas) )?(?:a|to|para|pra|por|em) (?P<n>\d{1,5})")
_AT = re.compile(r"^(?:a|to|para|pra|por|em) (?P<n>\d{1,5}) (?P<phrase>(?:l[oa]s?|[oa]s?|el|the) .+)$")
_TO = re.compile(r"^(?P<phrase>.+?)\s+(?:a|to|para|pra|por|em)\s+(?P<n>\d{1,5}\b.*)$")
_FOR = re.compile(r"^(?P<old>.*?)\s*\b(?:por|for|with|pel[oa]s?) (?P<new>.+)$")
_RATHER = re.compile(
    r"^(?P<new>.+?)\s+(?:en (?:vez|lugar) del?|instead of|rather than|(?:em vez|no lugar|ao inves) d[eoa]s?)"
    r" (?P<old>.+)$"
)
_WANTS = re.compile(
    r"(?:mejor |melhor |ahora |agora |luego |then )*(?:pon\w*|poe|ponha|met[ea]\w*|bot[ae]|put|dame|deme|give me|gimme"
    r"|quiero|quero|i want|mand[ae]\w*|colo[cq]\w*|ech[ae]\w*|me (?:ve|da|das|pones|mandas)|deja(?:me)?|deixa)\b"
)
_NOTHING = reading.Counted(None, "")
_CANCEL = re.compile(
    r"\b(?:cancel\w*|anul\w+|olvid\w+|forget|descart\w+|esquece\w*)\b.*"
    r"\b(?:cotizacion|presupuesto|quote|quotation|orcamento|todo|everything|tudo)\b"
)
_FORGET = re.compile(
    r"(?:(?:no|mejor|ya|ok|bueno|hmm|actually|nah|sabes que|melhor|entao|wait) )*(?:olvidal[oa]|olvidate"
    r"|cancel[ae](?:l[oa]s?|r)?|no(?: l[oa])? quiero nada|forget (?:it|about it)|never ?mind"
    r"|(?:please )?cancel(?: (?:it|that|this))?|esquece|esqueca|deixa pra la|dejal[oa])"
    r"(?: (?:forget it|olvidal[oa]|gracias|thanks|obrigad[oa]|por favor|please|todo))*"
)
_SHEET = re.compile(r"\b(?:excel|xlsx?|hoja de calculo|spreadsheet|planilha)\b")
_FORM = re.compile(rf"{_SHEET.pattern}|\bpdf\b")
_PAPER = re.compile(r"\bpdf\b|\b(?:documento|archivo|document|file|arquivo)\b")
_AGAIN = re.compile(
    r"\b(?:manda\w*|envia\w*|pasa\w*|reenvia\w*|send|resend|mande|envie|compart\w+)\b.*"
    r"\b(?:de nuevo|otra vez|again|de novo|novamente|cotizacion|presupuesto|quote|quotation|orcamento)\b"
)
_SHOW = (
    r"(?:muestra|mostra|ensena)s?(?:me(?:l[ao])?|l[ao]|r|rme(?:l[ao])?)?|muestre(?:me)?|mostre(?:me)?|ver(?:l[ao])?|veo|vejo"
    r"|veja|show|see|view|look at|revisar(?:l[ao])?|consultar|display"
)
_ANEW = r"otra vez|de nuevo|nuevamente|again|once more|de novo|novamente|outra vez|mais uma vez"
_MY_QUOTE = (
    r"(?:(?:la|mi|el|tu|the|my|o|meu|esa|ese|esta|este|that|this|esse) )?"
    r"(?:cotizacion|presupuesto|quote|quotation|orcamento|cotacao)"
)
_AROUND = (
    r"(?:(?:hola|hi|hello|oi|ola|y|and|e|ok|please|por favor|porfa|me|te|you|voce|vc|can|could|puedes?|podes?|podrias?"
    r"|i|want|would like|need|i'd like|to|let me|quiero|quisiera|quero|queria|gostaria de|preciso|necesito|dame|give"
    r"|como (?:quedo|esta|va|ficou|quedaba)|cual es|what'?s|what is|where is|donde esta|qual e|cade|now|ahora|agora|it"
    r"|" + _SHOW + "|" + _ANEW + r") )*"
)
_SEE_QUOTE = re.compile(rf"{_AROUND}{_MY_QUOTE} {_AROUND}")
_SEE_IT = re.compile(rf"{_AROUND}(?:{_SHOW}) {_AROUND}")
_AGAIN_ONLY = re.compile(rf"\b(?:{_ANEW}|it|\w*(?:mela|mostrala|muestrala|mostrarla|verla))\b")
_SPLIT = re.compile(r"\s*(?:[;\n,](?!\d)|\s(?:y|e|and|pero|but|mas(?! d[eo]\b))\s)\s*")
_FEW = 3
_ONE = re.compile(r"(?:un[ao]?|um[a]?|one|an)\b")  # `quita una bujía` takes one away, `quita la bujía` all of them
_SENDS = re.compile(r"\b(?:mand|envi|send|pasa|correo|e-?mail|mail|whats|por)\w*")
_VOLUME_WORDS = re.compile(r"\b(?:precio|preco|price|descuento|desconto|discount|barat\w+|cheap\w*)\b")


Kind = Literal["add", "remove", "set"]


class Change(NamedTuple):
    """One wish; `amount` None is one more, or the whole line, or nothing named."""

    # A swap's next wish is what comes in its place; what is lowered never becomes more.
    kind: Literal["add", "remove", "set", "swap", "lower"]
    amount: Decimal | None
    phrase: str
    unit: str = ""  # the code of the unit that was named
    behind: bool = False  # the amount stands behind the phrase

    def said(self) -> str:
        """What it speaks of, for an answer that it is not there."""
        figure = f"{self.amount.normalize():f}" if self.amount and self.unit else ""
        return self.phrase or f"{figure} {units.unit_label(self.unit)}".strip()


class Changed(Struct):
    """The quote's lines after some wishes; `unknown` are phrases that no line has: perhaps other products."""

    lines: tuple[tuple[str, Decimal], ...]
    unknown: tuple[reading.Counted, ...] = ()
    missing: tuple[str, ...] = ()  # what should go but is not there
    last: str | None = None  # SKU of the line that was changed last


def cancels(text: str) -> bool:
    """True when the whole quote shall go."""
    words = reading.fold(text)
    return bool(_FORGET.fullmatch(" ".join(re.findall(r"\w+", words)))) or names_all(text) or regrets.said(text)


def names_all(text: str) -> bool:
    """True for a text that names the whole of what shall go: `cancela la cotización`."""
    return bool(_CANCEL.search(reading.fold(text)))


def speaks_of_one(text: str) -> bool:
    """True for a text that may want something changed, whether we understand what or not: it is no yes."""
    words = reading.fold(text)
    return bool(re.search(r"\d", words)) or any(p.search(words) for p in (_REMOVE, _SET, _ADD))


def tells(text: str) -> bool:
    """True for a text that says what to change, by its verb: `make it 2`, `quita uno`."""
    words = reading.fold(text)
    one_more = bool(_ADD.search(words)) and len(words.split()) <= _FEW and bool(_ONE.search(words))
    return one_more or any(pattern.search(words) for pattern in (_REMOVE, _SET, _PUTS))


def shows(text: str) -> bool:
    """True for a wish to see the open quote and nothing more: `muéstrame la cotización`, `show it again`."""
    words = " ".join(re.findall(r"[\w']+", reading.fold(text))) + " "
    return bool(_SEE_QUOTE.fullmatch(words) or (_SEE_IT.fullmatch(words) and _AGAIN_ONLY.search(words)))


def without_verbs(words: str) -> str:
    """A folded text without the words that ask for a change."""
    for pattern in (_REMOVE, _SET, _ADD):
        words = pattern.sub(" ", words)
    return words


def document(text: str) -> Literal["pdf", "xlsx"] | None:
    """Which form of the quote is asked for."""
    words = reading.fold(text)
    if _SHEET.search(words):
        return "xlsx"
    return "pdf" if _PAPER.search(words) or _AGAIN.search(words) else None


def only_document(text: str) -> bool:
    """True when a text asks for a quote's document and names nothing else: `mándamela en excel`."""
    return not reading.product_phrase(_FORM.sub(" ", reading.fold(text))) and bool(_FORM.search(reading.fold(text)))


def read(text: str) -> list[Change]:
    """The wishes in a text; none when it names no quantity and no change."""
    words = reading.fold(text)
    if _VOLUME_WORDS.search(words):
        return []
    found: list[Change] = []
    kind: Kind | None = None
    for part in reading.split(_SPLIT, _rather(words)):
        own = _kind(part, kind)
        kind = own or kind
        found += _wishes(part, kind, own)
    return found


def beside(text: str, locale: str) -> list[reading.Counted]:
    """What is named without a figure behind a change that has one; an article counts it: `mejor 2 y un filtro`."""
    words = reading.fold(text)
    if _VOLUME_WORDS.search(words):
        return []
    found: list[reading.Counted] = []
    kind: Kind | None = None
    changed = False
    for part in reading.split(_SPLIT, _rather(words)):
        own = _kind(part, kind)
        kind = own or kind
        lines = reading.counted(part)
        if changed and own is None and kind in (None, "set") and not sizes.only_asks(part):
            counted = _ONE.match(part.strip()) or (locale == "en" and part.strip().startswith("a "))
            one = Decimal(1) if counted else None
            named = [line._replace(amount=one) for line in lines if line.amount is None and line.phrase]
            found += named if one or not _SENDS.search(part) else []
        changed = changed or any(wish.amount for wish in _wishes(part, kind, own))
    return found


def _rather(words: str) -> str:
    """`3 bujías en vez de los filtros` is `cambia los filtros por 3 bujías`; of an amount only the new one counts."""
    match = _RATHER.match(words)
    if not match:
        return words
    return f"cambia {match['old']} por {match['new']}" if _one(match["old"]).phrase else f"mejor {match['new']}"


def _kind(part: str, before: Kind | None) -> Kind | None:
    if before == "remove" and _WANTS.match(part):
        return "add"  # `quita las bujías y pon un filtro`
    if _leveled(part) or (before == "remove" and _WITH.match(part)):  # `sem o serrote e com 3 martelos`
        return "set"
    if _REMOVE.search(part):
        return "remove"
    if _SET.search(part):
        return "set"
    return "add" if _ADD.search(part) else None


def _leveled(part: str) -> list[Change]:
    """`drop the saws to 1`, `sube a 6 las llantas`: a line and how much of it is to be there, whatever the verb."""
    if not (_REMOVE.search(part) or _LEVEL.search(part)):
        return []
    words = _bare(_LEVEL.sub(" ", part))
    if only := _TO_ONLY.fullmatch(words):  # `drop it to 3`; `bájalo a 500` may be of the price
        return [Change("set" if _RAISES.search(part) else "lower", Decimal(only["n"]), "")]
    found = _moved(words)
    return found if found and found[0].phrase else []


def _bare(part: str) -> str:
    return " ".join(re.sub(r"[!?¿¡]+|\.(?!\d)", " ", without_verbs(part)).split())


def _wishes(part: str, kind: Kind | None, own: Kind | None) -> list[Change]:
    if leveled := _leveled(part):
        return leveled
    both, part = bool(_BOTH.search(part)), _bare(part)
    if both and kind == "remove" and (part in _TWO or _BOTH.fullmatch(part)):
        return [Change("remove", None, BOTH)]
    part = _WITH.sub("", part) if kind == "set" else part
    part = _FROM.sub(r"\g<n> ", part) if kind in ("add", "remove") else part
    # `mejor 4, y mándamelo por correo`: only a part with such a verb itself puts one thing in another's place
    if kind == "set" and (found := _moved(part) or (_swapped(part) if own == "set" else [])):
        return found
    if _ONE.fullmatch(part) and kind in ("add", "remove"):  # `mais uma`: of what was talked about last
        return [Change(kind, Decimal(1), "")]
    if kind == "remove" and not part:  # `quítala`
        return [Change("remove", None, "")]
    wishes = []
    one = Decimal(1) if kind in ("add", "remove") and _ONE.match(part) else None
    for amount, phrase, unit, behind in reading.counted(part):
        amount = amount or one
        if amount is None and kind in (None, "set"):
            continue  # a product without a number: asked about, not ordered
        wishes.append(Change(kind or "set", amount, phrase, unit, behind))
    return wishes


def _moved(part: str) -> list[Change]:
    """`las balatas a 5`, `the filters to 3 pieces`: a line, and how much of it."""
    match = _AT.match(part) or _TO.match(part)
    behind = reading.counted(match["n"]) if match else []
    if not match or len(behind) != 1 or behind[0].phrase or behind[0].amount is None:
        return []
    return [Change("set", behind[0].amount, _one(match["phrase"]).phrase, behind[0].unit)]


def _swapped(part: str) -> list[Change]:
    """`los tornillos por 100 taquetes`: what goes, and what comes in its place."""
    match = _FOR.match(part)
    old, new = (_one(match["old"]), _one(match["new"])) if match else (_NOTHING, _NOTHING)
    if not new.phrase or (old.amount and not old.phrase):  # `3 for jetta` puts nothing in another's place
        return []
    return [Change("swap", old.amount, old.phrase, old.unit), Change("add", new.amount, new.phrase, new.unit)]


def _one(text: str) -> reading.Counted:
    return next(iter(reading.counted(text)), _NOTHING)


def apply(quote: Quote, wishes: Sequence[Change], last: str | None, others: Collection[str] = ()) -> Changed:
    """Carry the wishes out on the quote's lines; phrases among `others` name products that it does not have."""
    lines = {line.product.sku: line.quantity for line in quote.sums.lines}
    products = {line.product.sku: line.product for line in quote.sums.lines}
    unknown: list[reading.Counted] = []
    missing: list[str] = []
    place: Decimal | None = None  # how many of what goes: as many come in its place
    for wish in wishes:
        if wish.phrase == BOTH:
            lines.clear()
            continue
        sku = None if wish.phrase in others else quoted.line(quote, wish.phrase, last, wish.unit)
        wanted = wish if wish.amount or wish.kind != "add" else wish._replace(amount=place)
        if sku is None or sku not in lines:
            if wish.kind in ("remove", "swap") or not wish.phrase:
                missing += [wish.said()] if wish.said() else []
            else:
                unknown.append(reading.Counted(wanted.amount or Decimal(1), wish.phrase, wish.unit))
            place = None
            continue
        if not sizes.counts(wish.unit, products[sku]):  # 50 kg of what is sold by the sack
            missing.append(wish.said())
            continue
        last = sku
        lines[sku], place = _amount(lines[sku], wanted, products[sku])
        if lines[sku] <= 0:
            del lines[sku]
    return Changed(lines=tuple(lines.items()), unknown=tuple(unknown), missing=tuple(missing), last=last)


def unclear_both(quote: Quote, wishes: Sequence[Change]) -> bool:
    """True when both shall go and the quote has more than two."""
    return len(quote.sums.lines) > 2 and any(wish.phrase == BOTH for wish in wishes)


def _amount(before: Decimal, wish: Change, product: Product) -> tuple[Decimal, Decimal | None]:
    """How many of a line there are after a wish, and how many are to come in the place of those that go."""
    amount = quoted.converted(wish.amount, wish.unit, product) if wish.amount else None
    if wish.kind == "add":
        return before + (amount or 1), None
    if wish.kind == "lower":
        return min(amount or before, before), None
    if wish.kind == "set":
        return amount or before, None
    gone = min(amount, before) if amount else before
    return before - gone, gone if wish.kind == "swap" else None
