"""Makes and changes the quote of a conversation, for the sales agent; all figures come from the tools."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from agents import (
    alike,
    beside,
    catalog,
    changes,
    choosing,
    fits,
    no_quantity,
    pointing,
    quoted,
    reading,
    regrets,
    sizes,
    variants,
    years,
)
from agents.base import Answer, Turn
from agents.wording import Wording, amount, choices, day
from core.messages import Media, Reply
from core.money import Money
from core.records import Product, Quote, QuoteTotal

say = Wording("quotation")
Lines = Sequence[reading.Counted]
_TAKES = re.compile(
    r"\b(?:dame|deme|denme|quiero|kiero|quisiera|quero|queria|give me|gimme|i want|i'?d like|i'?ll (?:take|have)|i need"
    r"|me ve|me da|manda(?:me)?|prefiero|prefiro|llevo|levo|fico com|necesito|preciso|mejor|melhor|cotiza\w*|ponme)\b"
)
_VALID = re.compile(
    r"\b(?:hasta cuando|vigencia|(?:es|sigue|esta) (?:valida|vigente)|cuanto (?:tiempo )?dura la cotizacion"
    r"|(?:is|still|quote) valid|until when|expires?|validade|e valido|ate quando|vale ate)\b"
)
_TAX = r"(?:iva|impuestos?|tax(?:es)?|vat|gst|impostos?|icms)"
_OF_TAX = re.compile(
    rf"\b(?:cuanto|quanto|how much|what)\b[^.,;!?]{{0,20}}\b{_TAX}\b|\b{_TAX} (?:is |are )?inclu\w+"
    r"|\b(?:inclu\w+|con|com|with|tiene|trae|lleva|tem|mas|mais|plus|before|after|sin|sem|without)"
    rf"(?: (?:el|la|los|o|os|the|ya|ja|any))? {_TAX}\b"
)
_TOTAL = re.compile(
    r"(?:y |and |e |ok |entonces |entao |so |cool |great |va |beleza )*"
    r"(?:cuanto(?: (?:es|seria|sale|quedo?|queda|va|da|suma))?"
    r"(?: (?:el total|todo|en total|total))?|quanto (?:deu|ficou|fica|da|e)(?: (?:tudo|no total|o total|ao todo))?"
    r"|(?:what'?s|what is) the total|how much (?:is |for |would )?(?:it|that|everything|all|all together|altogether)"
    r"(?: be)?(?: in total)?|(?:el |o |the )?total)"
)
_LONGEST = 200
_MIME = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def open_one(turn: Turn) -> Quote | None:
    """The quote that this conversation is about, if there is one."""
    return await turn.tools.quote(turn.locale) if turn.state.get("quote_number") else None


async def answer(turn: Turn, lines: Lines) -> Answer | None:
    """Quote the lines that name a quantity or a product; None when no line is a product that we know."""
    found, missing = await choosing.choose_all(turn, lines)
    if not found:
        return None
    if uncounted := [choice.product for choice in found if not _counts(choice)]:
        return await catalog.found(turn, uncounted)
    if odd := no_quantity.not_whole(turn.locale, [(choice.product, choice.quantity) for choice in found]):
        return odd
    quote = await turn.tools.save_quote([(choice.product.sku, choice.quantity) for choice in found], turn.locale)
    car = next(filter(None, (fits.car(line.phrase) for line in lines)), None)
    state = {"stage": "proposal", "refused": None, **({"car": car} if car else {})}
    return await told(turn, quote, found=found, missing=missing, state=state)


def _counts(choice: choosing.Choice) -> bool:
    """True unless the figure is a size of the thing, or a part of its name."""
    line, product = choice.line, choice.product
    return sizes.counts(line.unit, product) and not variants.is_figure_of(product.name, line.amount, line.phrase)


async def pointed(turn: Turn) -> Answer | None:
    """Quote one of a product in the list just shown when only its place is said: `la primera`; else None."""
    phrase, words = reading.product_phrase(turn.text), reading.fold(turn.text)
    shown = turn.state.get("shown", [])
    if len(shown) == 1 and turn.intent in ("purchase", "quotation") and not reading.product_phrase(turn.text):
        return await answer(turn, [reading.Counted(None, "")])  # `lo quiero`: there is only one
    if pointing.place(phrase, len(shown)) is None:
        return None
    if turn.intent in ("product_search", "pricing") and not _TAKES.search(words):
        return None
    return await answer(turn, [reading.Counted(None, phrase)])


async def change(turn: Turn, quote: Quote) -> Answer | None:
    """Carry out what the text wants changed on the open quote; None when it wants nothing changed."""
    if dropped := await _dropped(turn, quote):
        return dropped
    if plan := await alike.planned(turn, quote):
        return await _varied(turn, quote, plan)
    wishes = await _with_sizes(turn, changes.read(turn.text))
    if not wishes:
        return None
    if changes.unclear_both(quote, wishes):
        return await told(turn, quote, intro=say(turn.locale, "which_two"), state={})
    changed, found, missing = await _carried_out(turn, quote, wishes[:choosing.MAX_LINES])
    also = await beside.named(turn, quote)
    found, missing = [*found, *also.found], [*missing, *also.missing]
    not_there = changed.missing and turn.intent not in ("return", "support")  # else of what was bought before
    none_instead = missing and any(wish.kind == "swap" for wish in wishes)
    told_anyway = not_there or none_instead or also.missing or also.kinds
    if not found and dict(changed.lines) == _quantities(quote) and not told_anyway:
        return None
    lines = [*changed.lines, *((choice.product.sku, choice.quantity) for choice in found)]
    return beside.asked(turn, await _changed(turn, quote, lines, found, changed, missing), also)


async def _varied(turn: Turn, quote: Quote, plan: alike.Plan) -> Answer:
    """Another size or colour in the place of what is quoted; where there is none, nothing is changed."""
    name = plan.line.product.name
    if plan.missing:
        intro = say(turn.locale, "no_variant", name=name, what=", ".join(plan.missing))
        return await told(turn, quote, intro=intro, state={})
    if plan.asks:
        names = ", ".join(f"{amount(choice.quantity)} × {choice.product.name}" for choice in plan.found)
        text = say(turn.locale, "in_place", names=names, quantity=amount(plan.line.quantity), name=name)
        state = {"variant": reading.fold(turn.text)[:_LONGEST], "expects": "purchase"}
        return Answer(reply=Reply(text=text), state=state)
    if odd := no_quantity.not_whole(turn.locale, [(choice.product, choice.quantity) for choice in plan.found]):
        return odd
    if dict(plan.lines) == _quantities(quote):
        return await told(turn, quote, intro=say(turn.locale, "same"), state={})
    made = await turn.tools.save_quote(plan.lines, turn.locale, quote.extra)
    state = {"stage": "negotiation", "line": plan.found[-1].product.sku}
    return await told(turn, made, found=plan.found, state=state)


async def _dropped(turn: Turn, quote: Quote) -> Answer | None:
    """The quote is left when all of it is not wanted any more; where only some may be meant, we ask."""
    asked = turn.state.get("offer") == "quotation" and turn.state.get("drops") == quote.version
    if not (asked and reading.agrees(turn.text)):
        if not changes.cancels(turn.text):
            return None
        if turn.state.get("looking") and not changes.names_all(turn.text):  # what was shown is not wanted
            return await told(turn, quote, intro=say(turn.locale, "not_added"), state={})
        if len(quote.sums.lines) > 1 and regrets.of_some(turn.text):
            text = say(turn.locale, "drop_all", number=quote.number)
            return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state=_asks_to_drop(quote))
    await turn.tools.void_quote("customer")
    text = say(turn.locale, "void", number=quote.number)
    gone = dict.fromkeys(("quote_number", "line", "bargain", "refused", "holds", "holder", "looking", "drops"))
    return Answer(reply=Reply(text=text), state={**gone, "stage": "discovery"})


def _asks_to_drop(quote: Quote) -> dict[str, Any]:
    return {"offer": "quotation", "drops": quote.version, "looking": None}


async def stands(turn: Turn, quote: Quote) -> Answer | None:
    """The quote as it is, when all that is asked for is in it already; None when something else is."""
    wishes = await _with_sizes(turn, changes.read(turn.text))
    if not any(wish.amount and wish.phrase for wish in wishes):
        return None
    changed, found, missing = await _carried_out(turn, quote, wishes[:choosing.MAX_LINES])
    if found or missing or changed.missing or dict(changed.lines) != _quantities(quote):
        return None
    return await told(turn, quote, intro=say(turn.locale, "same"), state={})


async def _carried_out(
    turn: Turn, quote: Quote, wishes: Sequence[changes.Change]
) -> tuple[changes.Changed, list[choosing.Choice], list[str]]:
    """The quote's lines after the wishes, what else is to come, and what was not found."""
    last, others = turn.state.get("line"), await _others(turn, quote, wishes)
    changed = changes.apply(quote, wishes, last, others)
    found, missing = await choosing.choose_all(turn, changed.unknown)
    missing += [choice.line.phrase for choice in found if not _counts(choice)]
    found = [choice for choice in found if _counts(choice)]
    if missing and any(wish.kind == "swap" for wish in wishes):  # nothing goes before what comes for it is found
        kept = [wish for wish in wishes if wish.kind != "swap" and wish.phrase not in missing]
        changed = changes.apply(quote, kept, last, others)
    return changed, found, missing


async def _with_sizes(turn: Turn, wishes: Sequence[changes.Change]) -> list[changes.Change]:
    """The wishes with each size as a part of the name, where the measure counts nothing: `agrega cemento 50 kg`."""
    lines = [reading.Counted(wish.amount, wish.phrase, wish.unit, wish.behind) for wish in wishes]
    settled = await sizes.with_sizes(turn, lines)
    named = [
        wish._replace(amount=line.amount, phrase=line.phrase, unit=line.unit)
        for wish, line in zip(wishes, settled, strict=True)
    ]
    return [wish for wish in named if wish.amount or wish.kind != "set"]  # a size alone is asked about, not ordered


async def _others(turn: Turn, quote: Quote, wishes: Sequence[changes.Change]) -> set[str]:
    """The phrases that name another product than the quote's: `filtro de aire` where it has one for oil."""
    phrases = {wish.phrase for wish in wishes if wish.phrase and not reading.THESE.fullmatch(wish.phrase)}
    named = {each for each in phrases if not quoted.wholly(quote, each) and quoted.line(quote, each, None)}
    return {phrase for phrase in named if await _is_another(turn, quote, phrase)}


async def _is_another(turn: Turn, quote: Quote, phrase: str) -> bool:
    sku = quoted.line(quote, phrase, None)
    if any(fits.differs(phrase, line.product) for line in quote.sums.lines if line.product.sku == sku):
        return True
    hits = await turn.tools.search_products(phrase, choosing.LOOK_AT, words_only=True)
    best = [hit for hit in hits if hit.score >= 0.95 * hits[0].score]
    lacking = years.lacking(best[0], years.named(phrase)) if best else {phrase}
    return not lacking and _quantities(quote).keys().isdisjoint(hit.sku for hit in best)


async def _changed(
    turn: Turn, quote: Quote, lines: list[tuple[str, Decimal]], found: list[choosing.Choice], changed: changes.Changed,
    missing: list[str],
) -> Answer:  # fmt: skip
    last = found[-1].product.sku if found else changed.last
    intro = say(turn.locale, "not_there", names=", ".join(changed.missing)) if changed.missing else ""
    if dict(lines) == _quantities(quote):
        return await told(turn, quote, intro=intro, missing=missing, state={})
    if not lines and missing:  # all shall go for something that we do not have
        return await told(turn, quote, intro=intro, missing=missing, state={})
    if not lines:
        await turn.tools.void_quote("customer")
        return Answer(
            reply=Reply(text=say(turn.locale, "void", number=quote.number)),
            state={**dict.fromkeys(("quote_number", "line", "holds", "holder")), "stage": "discovery"},
        )
    products = {line.product.sku: line.product for line in quote.sums.lines} | {c.product.sku: c.product for c in found}
    if odd := no_quantity.not_whole(turn.locale, [(products[sku], quantity) for sku, quantity in lines]):
        return odd
    made = await turn.tools.save_quote(lines, turn.locale, quote.extra)
    return await told(
        turn, made, intro=intro, found=found, missing=missing, state={"stage": "negotiation", "line": last}
    )


async def renew(turn: Turn, quote: Quote) -> Answer:
    """Price an expired quote again with today's prices."""
    made = await turn.tools.save_quote(list(_quantities(quote).items()), turn.locale, quote.extra)
    return await told(turn, made, intro=say(turn.locale, "expired"), state={"stage": "proposal"})


async def validity(turn: Turn, quote: Quote) -> Answer | None:
    """How long the quote stands, when that is asked; one that stands no more is priced again."""
    if not _VALID.search(reading.fold(turn.text)):
        return None
    if quote.status == "expired":
        return await renew(turn, quote)
    text = say(turn.locale, "stands", number=quote.number, date=day(quote.valid_until, turn.locale))
    state = {"offer": "purchase", "looking": None}
    return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "purchase")), state=state)


def papers(turn: Turn, quote: Quote) -> Answer | None:
    """The quote's document, or its sums, when these are asked for."""
    form = changes.document(turn.text)
    return document(turn, quote, form) if form else None


def tax(turn: Turn, quote: Quote) -> Answer | None:
    """What of the quote is tax, when that is asked; no change is told with it, and no other figure."""
    words = reading.fold(turn.text)
    if not _OF_TAX.search(words) or changes.tells(turn.text) or re.search(r"\d", words):
        return None
    found = quote.sums
    text = say(
        turn.locale, "tax_of" if found.tax.amount_minor else "no_tax", number=quote.number,
        rate=amount(found.tax_rate * 100), tax=found.tax.text(turn.locale), total=found.total.text(turn.locale),
        net=Money(found.total.amount_minor - found.tax.amount_minor, found.total.currency).text(turn.locale),
    )  # fmt: skip
    reply = Reply(text=text, buttons=choices(turn.locale, "purchase"), money=True)
    return Answer(reply=reply, state={"offer": "purchase", "looking": None})


async def sums(turn: Turn, quote: Quote) -> Answer | None:
    """The quote as it stands, when it or its total is asked for; and for a yes to nothing, before an order."""
    agreed = turn.intent == "other" and reading.agrees(turn.text)
    asks = agreed or changes.shows(turn.text)
    if not asks and not _TOTAL.fullmatch(" ".join(re.findall(r"[\w']+", reading.fold(turn.text)))):
        return None
    return await told(turn, quote, intro=say(turn.locale, "same"), state={})


def document(turn: Turn, quote: Quote, form: Literal["pdf", "xlsx"]) -> Answer:
    """Send the quote once more, in the form that is asked for."""
    text = say(turn.locale, "document", number=quote.number, version=quote.version)
    reply = Reply(text=text, media=_media(quote, form), buttons=choices(turn.locale, "purchase"))
    return Answer(reply=reply, state={"offer": "purchase", **_kept(quote)})


async def told(
    turn: Turn, quote: Quote, *, state: Mapping[str, Any], intro: str = "", found: Sequence[choosing.Choice] = (),
    missing: Sequence[str] = (),
) -> Answer:  # fmt: skip
    """The quote in words and as a document."""
    short = await above_stock(turn, quote)
    draft = _draft(turn.locale, quote, intro, found, missing, short)
    text = await turn.ask_llm(draft, {"quote": quote.number, "total": quote.sums.total.text(turn.locale)})
    reply = Reply(text=text, media=_media(quote, "pdf"), buttons=choices(turn.locale, "purchase", "human"))
    return Answer(reply=reply, state={"offer": "purchase", **_kept(quote), **state})


async def above_stock(turn: Turn, quote: Quote) -> list[tuple[Product, Decimal]]:
    """The lines that want more than is in stock now, with the products as they are today."""
    short = []
    for line in quote.sums.lines:
        hits = await turn.tools.search_products(line.product.sku, 1)
        short += [(hit, line.quantity) for hit in hits if hit.sku == line.product.sku and hit.stock < line.quantity]
    return short


async def accepts(turn: Turn, quote: Quote, phrases: Sequence[str]) -> bool:
    """True when the customer takes the quote as it stands: it names no product beside the quote's."""
    wishes = [changes.Change("set", None, phrase) for phrase in phrases if phrase]
    others = changes.apply(quote, wishes, None).unknown
    return not any([await choosing.choose(turn, each) for each in others])


def _kept(quote: Quote) -> dict[str, Any]:
    # while a quote is open, `quiero pagar` is about the quote, and `y en excel` is no question for support
    holds = ["payment", "support", "return"]
    kept = {"quote_number": quote.number, "quote_version": quote.version, "holds": holds, "holder": "sales"}
    return {**kept, "looking": None, "debt_told": None, "variant": None}  # the quote is what the customer saw last


def _quantities(quote: Quote) -> dict[str, Decimal]:
    return {line.product.sku: line.quantity for line in quote.sums.lines}


def _media(quote: Quote, form: Literal["pdf", "xlsx"]) -> Media | None:
    url = quote.pdf if form == "pdf" else quote.xlsx
    name = f"{quote.number}-v{quote.version}.{form}"
    return Media(kind="document", mime=_MIME[form], url=url, name=name) if url else None


def _draft(
    locale: str, quote: Quote, intro: str, found: Sequence[choosing.Choice], missing: Sequence[str],
    short: Sequence[tuple[Product, Decimal]],
) -> str:  # fmt: skip
    total = quote.sums
    text = [intro] if intro else []
    text.append(say(locale, "changed" if quote.version > 1 else "intro", number=quote.number, version=quote.version))
    text += [
        say(
            locale, "line",
            quantity=amount(line.quantity), name=line.product.name, sku=line.product.sku,
            price=line.product.price.text(locale), total=line.total.text(locale),
        )
        for line in total.lines
    ]  # fmt: skip
    text += ["", *_sums(locale, total), say(locale, "valid", date=day(quote.valid_until, locale)), ""]
    text += [_short(locale, product) for product, _ in short]
    text += [_not_for(locale, each) for each in found if each.not_for]
    if missing:
        text.append(say(locale, "missing", names=", ".join(missing)))
    if any(choice.others for choice in found):
        text.append(say(locale, "others"))
    return "\n".join([*text, say(locale, "next_step")])


def _not_for(locale: str, choice: choosing.Choice) -> str:
    product, year = choice.product, years.told(choice.not_for)
    return say(locale, "other_year", name=product.name, span=years.spans([product]), year=year)


def _short(locale: str, product: Product) -> str:
    if product.stock <= 0:
        return say(locale, "no_stock", name=product.name)
    return say(locale, "short_stock", name=product.name, count=amount(product.stock))


def _sums(locale: str, total: QuoteTotal) -> list[str]:
    sums = []
    if total.discount.amount_minor or total.tax.amount_minor:
        sums.append(say(locale, "subtotal", amount=total.subtotal.text(locale)))
    if total.discount.amount_minor:
        sums.append(say(locale, "discount", amount=total.discount.text(locale)))
    if total.tax.amount_minor:
        rate = amount(total.tax_rate * 100)
        sums.append(say(locale, "tax", rate=rate, amount=total.tax.text(locale)))
    return [*sums, say(locale, "total", amount=total.total.text(locale))]
