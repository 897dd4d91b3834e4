"""Talks about a discount on an open quote: within the tenant's limit it is given, beyond it a person is asked."""

import re
from decimal import Decimal

import msgspec

from agents import changes, pointing, quotation, reading, taking, without_discount
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core.messages import Reply
from core.records import Quote
from core.unit_words import NUMBERS

say = Wording("bargain")
_ASKS = re.compile(
    r"\b(?:descuent\w*|descont\w*|rebaj\w*|discount\w*|mas barat\w+|cheaper|mais barat\w+|abatimento"
    r"|(?:mejor|buen|better|best|melhor|ultimo|last|menor|lowest) (?:precio|price|preco)|lo menos|o minimo"
    r"|baj(?:ar?|as|an|e|es|en)(?:le|me)? (?:el |al |un poco (?:el )?)?precio"
    r"|si me l[oa]s? (?:deja|baja|da)[sn]? (?:en|a|mas)|baix(?:ar?|e|asse) o preco"
    r"|se (?:voce |vc )?(?:me )?(?:fizer|fizesse|deixar) por \d"
    r"|(?:lower|drop|bring down|reduce) the price"
    r"|(?:percent|%) off)\b|% off\b"
)
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|por ?ciento|por cento|percent)(?: (?:off|de)\b)?")
_TAX = re.compile(r"\b(?:iva|impuestos?|tax(?:es)?|impostos?|icms|anticipo|deposit|entrada|sinal)\b")
_MOST = re.compile(r"\b(?:maxim[oa]|lo mas|most|best you can|limite?|tope|maximum|max|melhor que (?:voce|vc)|o mais)\b")
_PROMISE = re.compile(
    r"\b(?:(?:me|nos) (?:lo )?(?:promet\w+|autoriz\w+|aprob\w+|aprov\w+|ofrec\w+|oferec\w+|dijeron|dijo|disse\w*"
    r"|dieron|deram|habian? (?:dicho|dado))|(?:promised|offered|approved|authori[sz]ed|told|gave|granted) (?:me|us)"
    r"|(?:was|were) (?:promised|offered|told)|quedamos en|acordamos|combinamos|(?:we|had) agreed)\b"
)
# `y 8?`, `então 5`, `ok, what about 3 then`: after a word about a discount, another one is asked for.
_AROUND = (
    r"(?:y|e|and|o|ou|or|ok|okay|bueno|va|entonces|entao|then|mejor|melhor|rather|al menos|por lo menos|pelo menos"
    r"|at least|siquiera|que tal|what about|how about|con|com|with|faz|faca|haz|hazme|dejamel[oa] en|ponle|aplica\w*"
    r"|apply|aplique|me (?:haces|das|faz|da)|dame|give me|quiero|quero|i want|can you do|could you do|do|make it"
    r"|que sea|aunque sea|puede ser|pode ser|seria|un|um|el|o|a|an|de|just|only|solo|por|for|off|descuento|desconto"
    r"|discount|please|por favor|porfa\w*|no|nao|pues|ja|ya|si|se|esta bien|instead|and if|maybe|tal vez|talvez"
    r"|quizas?) "
)
_ANOTHER_RATE = re.compile(rf"(?:{_AROUND})*(?P<n>\d{{1,2}}(?:[.,]\d{{1,2}})?|[a-z]+) (?:{_AROUND})*")
_COUNTS = re.compile(r"\b(?:dame|give me|quiero|quero|i want|mejor|melhor|por|solo|only|just) \d")
_NOT = re.compile(r"(?:no+|nao|nope|nah|nel|not)\b")
_AS_IT_IS = re.compile(
    r"(?:no+|nao|nope|nah|nel|not)(?:[ ,.]+(?:gracias|thanks|thank you|obrigad[oa]))?"
    r"(?:[ ,.]+(?:mejor |melhor )?(?:dej(?:a|al[oa]|emosl[oa])|deixa|leave it|queda|fica))?"
    r"(?:[ ,.]+(?:asi|assim|as it is|como esta|esta bien|ta bom|that'?s fine))*"
)
_APPLY = re.compile(r"\b(?:aplica\w*|apply|aplique|ponlo|dale|hazlo|do it|pode aplicar)\b")


def spelled(turn: Turn) -> Turn:
    """The turn with `y 8?` said in full, `8%`, while a discount is talked about; a change without one is only that."""
    if turn.state.get("quote_number") and goes_on(turn) == "change":
        state = {name: value for name, value in turn.state.items() if name != "haggles"}
        return msgspec.structs.replace(turn, text=without_discount.rest(turn.text), state=state)
    if not turn.state.get("haggles"):
        return turn
    words = " ".join(re.findall(r"\d+(?:[.,]\d+)?|[a-z]+", reading.fold(turn.text))) + " "
    match = _ANOTHER_RATE.fullmatch(words)
    if not match or _COUNTS.search(words) or re.search(r"[%-]", turn.text):
        return turn
    rate = match["n"] if match["n"][0].isdigit() else NUMBERS.get(match["n"], 0)
    return msgspec.structs.replace(turn, text=f"{rate}%") if rate not in (0, 1) else turn


async def answer(turn: Turn, quote: Quote | None) -> Answer | HandOff | None:
    """Answer a wish for a discount, or to go on without one; None when the text has neither."""
    without = goes_on(turn) if quote and not _PERCENT.search(reading.fold(turn.text)) else ""
    if quote and without == "on":
        return _kept(turn, quote)
    if quote and without == "not":
        return await _bargain(turn, quote, None)
    return None if without else await _wished(turn, quote)


async def _wished(turn: Turn, quote: Quote | None) -> Answer | HandOff | None:
    words = reading.fold(turn.text)
    percent = _PERCENT.search(words)
    offered = turn.state.get("bargain")
    if quote and offered and not percent and (_applies(words) or _agreed(turn, words)):
        return await _give(turn, quote, Decimal(str(offered)))
    if quote and (offered or turn.state.get("offer") == "human") and _MOST.search(words):
        return await _bargain(turn, quote, None)
    dear = quote is not None and pointing.cheaper(words)
    if quote and offered and not (percent or dear or _ASKS.search(words)) and _declined(turn):
        return _kept(turn, quote)
    rate = percent and (offered or _PROMISE.search(words) or (quote and not _TAX.search(words)))
    if not (_ASKS.search(words) or dear or rate):
        return None
    if promised := await _beyond_limit(turn, words, percent):
        return _as_promised(turn, quote, promised)
    if quote is None:
        named = reading.product_phrase(_ASKS.sub(" ", _PERCENT.sub(" ", words)))
        return None if named else Answer(reply=Reply(text=say(turn.locale, "what_for")))
    return await _bargain(turn, quote, Decimal(percent[1].replace(",", ".")) / 100 if percent else None)


def goes_on(turn: Turn) -> without_discount.Said:
    """How the text goes on without a discount that was talked about."""
    talked = bool(turn.state.get("haggles")) or turn.state.get("offer") == "pricing"
    if without_discount.asks(turn.text, talked=talked):
        return "on"  # it is told what that comes to
    if talked:
        return without_discount.said(turn.text, talked=True)
    said = without_discount.said(turn.text, talked=turn.state.get("offer") == "purchase")
    named = without_discount.said(turn.text, talked=False)
    return said if said == "take" else named  # `así está bien` says yes to the quote that was offered last


def _applies(words: str) -> bool:
    return bool(_APPLY.search(words) or taking.as_much_as_possible(words)) and not _NOT.match(words)


def _declined(turn: Turn) -> bool:
    """A bare no to our offer: it changes nothing, and voids nothing."""
    if turn.state.get("offer") != "pricing":
        return False
    if _AS_IT_IS.fullmatch(reading.fold(turn.text).strip(" .!")):
        return True
    if changes.tells(turn.text) or changes.cancels(turn.text):
        return False
    return reading.refuses(turn.text)


def _kept(turn: Turn, quote: Quote) -> Answer:
    text = say(turn.locale, "kept", number=quote.number, total=quote.sums.total.text(turn.locale))
    buttons = choices(turn.locale, "purchase", "human")
    state = {"bargain": None, "offer": "purchase", "looking": None}
    return Answer(reply=Reply(text=text, buttons=buttons, money=True), state=state)


def _agreed(turn: Turn, words: str) -> bool:
    """A bare yes to our offer."""
    return turn.state.get("offer") == "pricing" and reading.agrees(turn.text) and not _ASKS.search(words)


async def _beyond_limit(turn: Turn, words: str, percent: re.Match[str] | None) -> str:
    """What was promised, unless it is no more than what can be given at once."""
    promised = _promised(turn, words)
    if not promised or not percent:
        return promised
    return promised if Decimal(percent[1].replace(",", ".")) / 100 > await turn.tools.discount_limit() else ""


def _promised(turn: Turn, words: str) -> str:
    """What a person is said to have promised, or has written here about a discount; empty when there is none."""
    theirs = [line.text for line in turn.history if line.author == "human"]
    said = [each for each in theirs if _of_a_discount(reading.fold(each))]
    if said and (_ASKS.search(words) or _PERCENT.search(words)):
        return said[-1].strip()[:300]
    return turn.text.strip()[:300] if _PROMISE.search(words) else ""


def _of_a_discount(words: str) -> bool:
    return bool(_ASKS.search(words) or (_PERCENT.search(words) and not _TAX.search(words)))


def _as_promised(turn: Turn, quote: Quote | None, promised: str) -> HandOff:
    """Only who promised it can keep it: the assistant neither refuses nor gives it."""
    number = quote.number if quote else say(turn.tenant.locale, "no_quote")
    summary = say(turn.tenant.locale, "promised", said=promised, number=number)
    state = {"stage": "negotiation", "awaits": "discount"} if quote else {}
    return HandOff(to="human", reason="discount" if quote else "promised", summary=summary, state=state)


async def _bargain(turn: Turn, quote: Quote, wanted: Decimal | None) -> Answer | HandOff:
    limit = await turn.tools.discount_limit()
    if wanted is not None and quote.extra < wanted <= limit:
        return await _give(turn, quote, wanted)
    if wanted is not None and wanted > limit and turn.state.get("refused"):
        return _person(turn, quote, wanted)
    refused = True if wanted and wanted > limit else None
    state: dict[str, object] = {"stage": "negotiation", "refused": refused, "haggles": True}
    buttons = choices(turn.locale, "purchase", "human")
    if limit <= quote.extra or (wanted is not None and wanted <= quote.extra):
        text = say(turn.locale, "have_it" if quote.extra else "none", rate=_percent(quote.extra))
        return Answer(reply=Reply(text=text, buttons=buttons, money=True), state={**state, "offer": "human"})
    key = "too_much" if wanted is not None else "could"
    text = say(turn.locale, key, wanted=_percent(wanted or Decimal(0)), limit=_percent(limit))
    state |= {"bargain": str(limit), "offer": "pricing"}
    return Answer(reply=Reply(text=text, buttons=buttons, money=True), state=state)


async def _give(turn: Turn, quote: Quote, rate: Decimal) -> Answer:
    lines = [(line.product.sku, line.quantity) for line in quote.sums.lines]
    made = await turn.tools.save_quote(lines, turn.locale, rate)
    given = say(turn.locale, "given", rate=_percent(rate))
    state = {"stage": "negotiation", "bargain": None, "haggles": True}
    return await quotation.told(turn, made, intro=given, state=state)


def _person(turn: Turn, quote: Quote, wanted: Decimal) -> HandOff:
    summary = say(
        turn.tenant.locale, "summary", wanted=_percent(wanted), number=quote.number,
        total=quote.sums.total.text(turn.tenant.locale),
    )  # fmt: skip
    return HandOff(to="human", reason="discount", summary=summary, state={"stage": "negotiation", "awaits": "discount"})


def _percent(rate: Decimal) -> str:
    return amount(rate * 100)
