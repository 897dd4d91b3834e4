"""Recommends by what was sold: bought together with what the talk is about, else the best sellers; for sales."""

import re
from collections.abc import Sequence

from agents import catalog, reading
from agents.base import Answer, Turn
from agents.wording import Wording, choices
from core.messages import Reply
from core.records import Product, ProductFilter, Recommended

say = Wording("recommend")
_VERB = r"(?:recomiend[ae]s?|recomiendan|recomendas|sugieres?|sugieren|aconsejas?|aconsejan|recomendaria[ns]?)"
_ADVICE = re.compile(
    rf"\b(?:que|cual(?:es)?)\b[^.,;!?]{{0,40}}\b{_VERB}\b|\b(?:me|nos) {_VERB}\b"
    r"|\b(?:recomiende?|recomienda|sugiere|aconseja|recomendar|sugerir|aconsejar)(?:me|nos)\b"
    r"|\b(?:what|which|anything|something)\b[^.,;!?]{0,40}\b(?:recommend|suggest)\b"
    r"|\b(?:can|could|would) you (?:recommend|suggest)\b|\bany (?:recommendation|suggestion)s?\b"
    r"|\b(?:o que|qual|quais)\b[^.,;!?]{0,40}\b(?:recomendam?|sugerem?|aconselham?|indicam?)\b"
    r"|\bme (?:recomendam?|sugerem?|aconselham?|indicam?)\b"
)
_SOLD = re.compile(r"\b(?:mas|mais) vendid[oa]s?\b|\bbest[ -]?sell(?:ers?|ing)\b")
_TOGETHER = re.compile(
    r"\bque (?:mas )?(?:combinan?|va|van|queda|llevan|compran|se llevan?|se compra)\b[^.,;!?]{0,20}\bcon\b"
    r"|\bwhat (?:else )?(?:goes|would go|works|do (?:people|customers|others) (?:buy|get|take))\b[^.,;!?]{0,20}\bwith\b"
    r"|\bo que (?:mais )?(?:combina|vai|vao|fica|levam|compram)\b[^.,;!?]{0,20}\bcom\b"
)
_WHICH = re.compile(r"\b(?:cual(?:es)?|which|qual|quais)\b")
_OF_ASKING = re.compile(
    r"\b(?:recom\w+|sug[ie]\w+|aconse\w+|indicam?|suggest\w*|combinan?|goes|works?|people|customers|others|else"
    r"|vendid[oa]s?|best|sell(?:ers?|ing)|mas|mais|bien|well|bem|va[ino]?|queda|fica|llevan|levam|compran|compram"
    r"|es|sao|are|son|s|with|algo|anything|something|any|one|ones|eles?|elas?|ell[oa]s?|isso|isto|os|as|lo|mi|su|your|seus?)\b"
)
_LOOK_AT = 20  # hits among which the ones that sell best are named


def asks(turn: Turn) -> bool:
    """True for `¿qué me recomiendas?`, `what goes with it?`, `qual é o mais vendido?`; not for a counted order."""
    words = reading.fold(turn.text)
    if turn.intent not in catalog.LOOKING or any((quantity or 1) != 1 for quantity, _ in reading.lines(turn.text)):
        return False
    return any(pattern.search(words) for pattern in (_ADVICE, _SOLD, _TOGETHER))


async def answer(turn: Turn) -> Answer:
    """What the tenant's own orders say; when they say nothing, that."""
    words = reading.fold(turn.text)
    phrase = reading.product_phrase(_OF_ASKING.sub(" ", words))
    named = await _hits(turn, phrase) if phrase else []
    if phrase and not named:
        return catalog.unknown(turn, phrase)
    about = [item.sku for item in named[:1]] or await _subject(turn)
    among = [item.sku for item in named] or (about if _WHICH.search(words) and len(about) > 1 else [])
    if among and not _TOGETHER.search(words):
        sold = await turn.tools.recommend(among=among)
        if sold.products:
            return await _told(turn, sold)
        if there := named or await catalog.again(turn, among):  # never sold: what there is of it, and no more said
            return await catalog.found(turn, catalog.close_ones(there)[: catalog.SHOWN])
    return await _told(turn, await turn.tools.recommend(beside=about))


async def _hits(turn: Turn, phrase: str) -> Sequence[Product]:
    """What is in stock of the product that was named; nothing in stock: what is known of it."""
    for only in (ProductFilter(in_stock=True), None):
        hits = await turn.tools.search_products(phrase, _LOOK_AT, only)
        if relevant := [item for item in hits if item.score >= catalog.RELEVANT]:
            return catalog.close_ones(relevant)
    return []


async def _subject(turn: Turn) -> list[str]:
    """The products that the talk is about: those of the open quote, else those just shown."""
    quote = await turn.tools.quote(turn.locale) if turn.state.get("quote_number") else None
    if quote:
        return [line.product.sku for line in quote.sums.lines]
    return [str(sku) for sku, _ in turn.state.get("shown", [])]


async def _told(turn: Turn, found: Recommended) -> Answer:
    if not found.products:
        return Answer(reply=Reply(text=say(turn.locale, "nothing"), buttons=choices(turn.locale, "product_search")))
    return await catalog.found(turn, found.products, intro=say(turn.locale, found.kind))
