"""Reads changes of an open quote: `agrega 2 más`, `quita el filtro`, `mejor 5`, `make it 3`; pure functions."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from agents import reading
from core.messages import Struct
from core.records import Quote
from core.synonyms import synonyms
from core.words import content_words

_REMOVE = re.compile(
    r"\b(?:(?:qu|k)it[ae](?:me|le|lo|la|los|las|r|rle)?|elimin\w+|borr\w+|sac[ao](?:me|le|lo|la|r)?"
    r"|^(?:sin|sem|without)|(?:never ?mind|forget|leave out) the|olvid[ae]\w* (?:de )?(?:la|el|las|los)"
    r"|esquece (?:o|a|os|as)|nao quero (?:o|a|os|as)|no quiero (?:el|la|los|las)|sin (?:el|la|los|las)"
    r"|ya no (?:quiero|ocupo)|remov[ea]\w*|drop|delete|take (?:off|out|away)|without the"
    r"|tir[ae]r?|retir[ae]r?|sem (?:o|a|os|as))\b"
)
_ADD = re.compile(
    r"\b(?:agreg\w+|anad\w+|sum[ae](?:me|le)?|ponle|ponme|adicion\w+|acrescent\w+|inclu[iy]\w*|add"
    r"|otr[oa]s?(?! vez)|mais|more|mas|another|extra|plus|tambien|tambem|also)\b"
)
_PUTS = re.compile(r"\b(?:agreg\w+|anad\w+|sum[ae](?:me|le)|ponle|ponme|adicion\w+|acrescent\w+|inclu[iy]r?|add)\b")
_SET = re.compile(
    r"\b(?:mejor|que sean|cambi\w+|en (?:vez|lugar)|make (?:it|that|them)|instead|better|rather|change|melhor"
    r"|que sejam|troc\w+|mud[ae]r?|solo|solamente|nomas|only|just|apenas|so(?= \d)|deja(?:lo|la|los|las)?|deixa)\b"
)
_TO = re.compile(r"^(?P<phrase>.+?)\s+(?:a|to|para|por|em|por)\s+(?P<n>\d{1,5})(?:\s+\w{1,8})?$")
_FOR = re.compile(r"^(?P<old>.*?)\s*\b(?:por|for|with|pel[oa]s?) (?P<new>.+)$")
_CANCEL = re.compile(
    r"\b(?:cancel\w*|anul\w+|olvid\w+|forget|descart\w+|esquece\w*)\b.*"
    r"\b(?:cotizacion|presupuesto|quote|quotation|orcamento|todo|everything|tudo)\b"
)
_FORGET = re.compile(
    r"(?:(?:no|mejor|ya|ok|bueno|hmm|actually|nah|sabes que|melhor|entao|wait) )*(?:olvidal[oa]|olvidate|cancelal[oa]"
    r"|ya no(?: l[oa])? quiero|no(?: l[oa])? quiero(?: ya| nada)?|forget (?:it|about it)|never ?mind|cancel (?:it|that)"
    r"|esquece|esqueca|deixa pra la|nao quero mais|dejal[oa])"
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
_SPLIT = re.compile(r"\s*(?:[;\n,](?!\d)|\s(?:y|e|and|pero|but|mas)\s)\s*")
_FEW = 3
_ONE = re.compile(r"(?:un[ao]?|um[a]?|one|an)\b")  # `quita una bujía` takes one away, `quita la bujía` all of them
_VOLUME_WORDS = re.compile(r"\b(?:precio|preco|price|descuento|desconto|discount|barat\w+|cheap\w*)\b")


class Change(NamedTuple):
    """One wish; `amount` None is one more, or the whole line, or nothing named."""

    kind: Literal["add", "remove", "set", "swap"]  # a swap's next wish is what comes in its place
    amount: Decimal | None
    phrase: str


class Changed(Struct):
    """The quote's lines after some wishes; `unknown` are phrases that no line has: perhaps other products."""

    lines: tuple[tuple[str, Decimal], ...]
    unknown: tuple[tuple[Decimal, str], ...] = ()
    missing: tuple[str, ...] = ()  # what should go but is not there
    last: str | None = None  # SKU of the line that was changed last


def cancels(text: str) -> bool:
    """True when the whole quote shall go."""
    words = reading.fold(text)
    return bool(_CANCEL.search(words) or _FORGET.fullmatch(" ".join(re.findall(r"\w+", words))))


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
    kind: Literal["add", "remove", "set"] | None = None
    for part in reading.split(_SPLIT, words):
        kind = _kind(part) or kind
        found += _wishes(part, kind)
    return found


def _kind(part: str) -> Literal["add", "remove", "set"] | None:
    if _REMOVE.search(part):
        return "remove"
    if _SET.search(part):
        return "set"
    return "add" if _ADD.search(part) else None


def _wishes(part: str, kind: Literal["add", "remove", "set"] | None) -> list[Change]:
    part = re.sub(r"[.!?¿¡]+", " ", without_verbs(part)).strip()
    moved = _TO.match(part) if kind == "set" else None
    if moved:
        return [Change("set", Decimal(moved["n"]), reading.product_phrase(moved["phrase"]))]
    if kind == "set" and (swapped := _FOR.match(part)) and reading.lines(swapped["new"])[0][0] is None:
        old, new = reading.product_phrase(swapped["old"]), reading.product_phrase(swapped["new"])
        return [Change("swap", None, old), Change("add", None, new)] if new else []
    if _ONE.fullmatch(part) and kind in ("add", "remove"):  # `mais uma`: of what was talked about last
        return [Change(kind, Decimal(1), "")]
    if kind == "remove" and not part:  # `quítala`
        return [Change("remove", None, "")]
    wishes = []
    one = Decimal(1) if kind in ("add", "remove") and _ONE.match(part) else None
    for amount, phrase in reading.lines(part):
        amount = amount or one
        if amount is None and kind in (None, "set"):
            continue  # a product without a number: asked about, not ordered
        wishes.append(Change(kind or "set", amount, phrase))
    return wishes


def apply(quote: Quote, wishes: Sequence[Change], last: str | None) -> Changed:
    """Carry the wishes out on the quote's lines."""
    lines = {line.product.sku: line.quantity for line in quote.sums.lines}
    names = {line.product.sku: line.product.name for line in quote.sums.lines}
    unknown: list[tuple[Decimal, str]] = []
    missing: list[str] = []
    swapped: Decimal | None = None  # how many of what goes: as many come in its place
    for wish in wishes:
        sku = _meant(wish.phrase, names, last)
        if sku is None or sku not in lines:
            if wish.kind == "remove":
                missing.append(wish.phrase)
            elif wish.kind != "swap":
                unknown.append((wish.amount or swapped or Decimal(1), wish.phrase))
                swapped = None
            continue
        last = sku
        if wish.kind == "swap":
            swapped = lines.pop(sku)
            continue
        lines[sku] = _amount(lines[sku], wish)
        if lines[sku] <= 0:
            del lines[sku]
    return Changed(lines=tuple(lines.items()), unknown=tuple(unknown), missing=tuple(missing), last=last)


def _amount(before: Decimal, wish: Change) -> Decimal:
    if wish.kind == "add":
        return before + (wish.amount or 1)
    if wish.kind == "remove":
        return before - wish.amount if wish.amount else Decimal(0)
    return wish.amount or before


def _meant(phrase: str, names: dict[str, str], last: str | None) -> str | None:
    """The line that a phrase names: most words in common; without words, the last one that was talked about."""
    if not phrase.split() or reading.THESE.fullmatch(phrase):
        return last if last in names else next(reversed(names), None)
    known = {sku: content_words(f"{name} {sku}") for sku, name in names.items()}
    return _best(content_words(phrase), known, {}) or _best(
        content_words(phrase), known, {sku: synonyms(set(words)) for sku, words in known.items()}
    )


def _best(wanted: Sequence[str], known: dict[str, list[str]], others: dict[str, set[str]]) -> str | None:
    """The line that has the most of the wanted words, at least half of them; `others` are its names elsewhere."""
    words = {stem(word) for word in wanted}
    scores = {
        sku: len(words & {stem(word) for word in [*name, *others.get(sku, ())]}) for sku, name in known.items()
    }
    best = max(scores.values(), default=0)
    first = next((sku for sku, score in scores.items() if score == best), None)
    return first if words and best * 2 >= len(words) else None


def stem(word: str) -> str:
    """Enough of a word to know it again in the plural."""
    return word.rstrip("s") if len(word) < 6 else word[:5]
