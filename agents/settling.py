"""Reads how many are wanted where more is said: `fica nos 30 e fecha`, `dame 2 y 3 brochas` of what was just shown."""

import re
from typing import NamedTuple

import msgspec

from agents import changes, closing, quotation, quoted, reading
from agents.base import Answer, HandOff, Turn
from core.records import Quote

_CLOSES = re.compile(
    r"(?P<head>.+?)(?:,| (?:y|e|and)\b),? (?:(?:eu|ya|ja|pode|podemos|puedes|vamos|me|lo|la|we|can|then|so|a) )*"
    r"(?:fecha|fechar|fechamos|fechou|fechad[oa]|feche|fecho|cierr[aeo](?:l[oa])?|cerramos|cerrar|cerrad[oa]|close it"
    r"|close|place the order|order it|(?:l[oa]s? )?compro|(?:l[oa]s? )?llevo|i'?ll take (?:it|them)"
    r"|confirm(?:a|o|amos|ar|al[oa])?|done|deal)"
    r"(?: (?:o pedido|el pedido|the order|it|ya|ja|isso|eso|(?:o )?negocio|(?:el )?trato|por favor|please|ai))*"
)
_STAYS = re.compile(
    r"(?:(?:ok|okay|va|bueno|entao|entonces|then|so|mejor|melhor|bom|ta|beleza),? )*"
    r"(?:fica(?:mos)?|fico|queda(?:mos)?|quedo|que sean|que sejam|make it|leave it|quedate"
    r"|we'?ll stay|stay|stick|let'?s (?:go|stay))"
    r"(?: (?:em|nos|nas|no|na|en|com|con|at|with))? (?P<some>(?:l[oa]s )?\d.*)"
)
_MONEY = re.compile(
    r"[$%]|\b(?:\w*(?:descuent|descont|discount|rebaj)\w*|off|precios?|precos?|prices?|pesos?"
    r"|reais|real|dolar\w*|dollars?|usd|mxn|brl|cop)\b"
)
_COUNT = r"(?:\d{1,4}|una?|uma?|one|dos|dois|duas|two|tres|three|cuatro|quatro|four|cinco|five|seis|six)"
_THESE_AND = re.compile(
    r"(?P<ask>(?:(?:ok|va|si|sim|yes|dame|deme|quiero|quero|give me|i want|i'?ll (?:take|have)|llevo|levo|ponme|me ve"
    rf"|me da|manda\w*|cotiza\w*|quote),? )*)(?P<n>{_COUNT}) (?:y|e|and) (?P<other>{_COUNT} [a-z].*)"
)


class Settled(NamedTuple):
    """The part of a text that says what is wanted, which is to be ordered then."""

    order: str


def read(text: str, quote: Quote | None) -> Settled | None:
    """Take the word that closes the sale off a text that says how many; None when it has no such word or number."""
    words = " ".join(reading.fold(text).split()).strip(" .!")
    match = _CLOSES.fullmatch(words)
    if not match or _MONEY.search(words):
        return None
    if stays := _STAYS.fullmatch(match["head"]):
        return Settled(f"mejor {stays['some']}" if quote else stays["some"])
    counted = any(line.amount is not None for line in reading.counted(match["head"]))
    return Settled(match["head"]) if counted and "?" not in text else None


def stays(text: str) -> bool:
    """True for a text that begins with `fica em 10`, `make it 10`."""
    return bool(_STAYS.fullmatch(" ".join(reading.fold(text).split()).strip(" .!")))


def as_it_is(turn: Turn, quote: Quote, order: str) -> bool:
    """True when the quote has just so many already."""
    wishes = changes.read(order)
    changed = changes.apply(quote, wishes, turn.state.get("line"))
    same = dict(changed.lines) == {line.product.sku: line.quantity for line in quote.sums.lines}
    return bool(wishes) and same and not (changed.unknown or changed.missing)


async def asked(turn: Turn, told: Answer | HandOff) -> Answer | HandOff:
    """The answer that tells a quote, with the question whether it is to be ordered so."""
    if isinstance(told, HandOff) or not told.state.get("quote_number"):
        return told
    made = await turn.tools.quote(turn.locale)
    if made is None or told.state.get("expects"):
        return told
    short = await quotation.above_stock(turn, made)
    sure = closing.asks_of_stock(turn, made, short) or closing.asks(turn, made)
    before = told.reply.text.removesuffix(quotation.say(turn.locale, "next_step")).rstrip()
    reply = msgspec.structs.replace(told.reply, text=f"{before}\n\n{sure.reply.text}")
    return msgspec.structs.replace(told, reply=reply, state={**told.state, **sure.state})


def beside_shown(turn: Turn, quote: Quote | None) -> Turn:
    """`dame 2 y 3 brochas`, after another thing was shown: two of that, and three brushes."""
    shown = turn.state.get("shown") or []
    if not shown or (quote and not turn.state.get("looking")):
        return turn
    match = _THESE_AND.fullmatch(" ".join(reading.fold(turn.text).split()).strip(" .!"))
    if not match:
        return turn
    words = reading.product_phrase(" ".join(match["other"].split()[1:])).split()
    known = {quoted.stem(word) for _, name in shown for word in re.findall(r"\w+", reading.fold(str(name)))}
    if not words or reading.THESE.fullmatch(words[0]) or quoted.stem(words[0]) in known:
        return turn  # `15 y 20 filtros` are of one kind
    return msgspec.structs.replace(turn, text=f"{match['ask']}{match['n']} de esas, {match['other']}")
