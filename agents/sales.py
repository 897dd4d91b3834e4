"""Greets, finds products and prices, prepares and bargains over a quote, and takes the order.

`stage` among its notes says how far a sale has come: greeting, discovery, proposal, negotiation, closing, completed.
"""

import re

import msgspec

from agents import (
    bargain,
    by_price,
    cancelling,
    catalog,
    changes,
    closing,
    fits,
    identity,
    no_quantity,
    others,
    promised_price,
    quotation,
    reading,
    recommend,
    settling,
    sizes,
    taking,
    thinking,
    those,
    wishes,
    without_discount,
)
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, vocative
from core.messages import Button, Reply
from core.records import Quote

say = Wording("sales")
_CANCEL = re.compile(r"\b(?:cancel\w*|unsubscribe|dar(?:me)? de baja|encerrar)\b")
_DEBT = re.compile(  # another thing to pay than the quote or the order
    r"\b(?:(?:mi|la|las|mis|esa|my|the|that|minha|essa|a) (?:factura|invoice|fatura|boleto|mensualidad|renta)s?"
    r"|facturas|invoices|faturas|deudas?|adeudos?|debo|owe|devo|dividas?|vencid[oa]s?|overdue|f-\d+)\b"
)


class Sales:
    """The agent that most customers meet first."""

    name = "sales"
    intents = frozenset(
        {"greeting", "product_search", "purchase", "quotation", "pricing", "thanks", "goodbye", "other"}
    )
    tools = ("search_products", "knowledge", "orders", "invoices")

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by what the open quote and the intent say; a question that is no sales matter goes to support."""
        if told := identity.said(turn) or others.refused(turn) or await cancelling.asked(turn):
            return told
        if promised := await promised_price.asked(turn):
            return promised
        if turn.intent == "return" and "support" in turn.visited:  # it asked what goes back; this names other goods
            turn = msgspec.structs.replace(turn, intent="product_search")
        both = wishes.both(turn.text)
        if both and (both.counts or (turn.intent in catalog.LOOKING and turn.intent != "other")):
            intent = "quotation" if both.counts else "product_search"
            order = msgspec.structs.replace(turn, text=both.order, intent=intent)
            return await wishes.answered(turn, both, await self._one(order))
        return await self._one(turn)

    async def _one(self, turn: Turn) -> Answer | HandOff:
        turn, quote = fits.for_it(bargain.spelled(turn)), await quotation.open_one(turn)
        if not _is_bargain(turn) and (settled := settling.read(turn.text, quote)):
            return await self._settled(turn, settled.order, quote)
        if odd := await no_quantity.asked(turn, quote):
            return odd
        turn = settling.beside_shown(turn, quote)
        turn = await by_price.placed(no_quantity.without_number(turn, quote))
        said = await those.named(turn, quote)
        return said if isinstance(said, Answer) else await self._said_in_full(said, quote)

    async def _settled(self, turn: Turn, order: str, quote: Quote | None) -> Answer | HandOff:
        """`fica nos 30 e fecha`: the quote with so many, and the question whether it is to be ordered."""
        if quote and settling.as_it_is(turn, quote, order):
            return await _closed(msgspec.structs.replace(turn, text="ok"), quote, wants=True)
        turn = msgspec.structs.replace(turn, text=order, intent="quotation")
        return await settling.asked(turn, await self._one(turn))

    async def _said_in_full(self, turn: Turn, quote: Quote | None) -> Answer | HandOff:
        """Answer a text that names what it is about."""
        if left := await _left(turn, quote):
            return left
        if looked := await _looked_for(turn):
            return looked
        if quote and (done := await self._about(turn, quote)):
            return done
        if turn.intent in ("payment", "support", "return"):
            return await self._held(turn)
        if pointed := await quotation.pointed(turn):
            return pointed
        if not quote and (done := await self._without_quote(turn)):
            return done
        if turn.intent in ("greeting", "thanks", "goodbye"):
            return await self._courtesy(turn)
        return await self._product(turn)

    async def _without_quote(self, turn: Turn) -> Answer | HandOff | None:
        """A better price, a document, or a yes to several things, while there is no quote."""
        shown = turn.state.get("shown") or []
        if len(shown) > 1 and reading.agrees(turn.text) and isinstance(asked := await those.taken(turn), Answer):
            return asked
        if taking.wants(turn.text) and taking.only(turn.text, None):
            return await self._nothing_to_take(turn, shown)
        if less := await by_price.cheaper(turn):
            return less
        if bargained := await bargain.answer(turn, None):
            return bargained
        if changes.only_document(turn.text):
            return Answer(reply=Reply(text=quotation.say(turn.locale, "none_yet")))
        elsewhere = "support" in turn.tenant.agents and "support" not in turn.visited
        if elsewhere and _CANCEL.search(reading.fold(turn.text)):
            return HandOff(to="support", reason="other")  # a plan, an order: no product
        return None

    async def _nothing_to_take(self, turn: Turn, shown: list[list[str]]) -> Answer | None:
        """`pode fechar` before there is a quote: of the one thing that was shown, else asked about."""
        if len(shown) == 1:
            return await quotation.answer(turn, [reading.Counted(None, "")])
        if shown:
            return await those.which(turn)
        return Answer(reply=Reply(text=quotation.say(turn.locale, "none_yet")))

    async def _product(self, turn: Turn) -> Answer | HandOff:
        """Quote what has a quantity, show what is asked for."""
        lines = await sizes.with_sizes(turn, reading.counted(turn.text))
        if any(line.amount is not None for line in lines) and (quoted := await quotation.answer(turn, lines)):
            return quoted
        if turn.intent == "other":
            return await self._other(turn)
        return await catalog.answer(turn)

    async def _about(self, turn: Turn, quote: Quote) -> Answer | HandOff | None:
        """What the customer wants of the open quote: a discount, its document, a change, or to have it."""
        if bargained := await _bargained(turn, quote):
            return bargained
        if told := await quotation.validity(turn, quote) or quotation.tax(turn, quote) or quotation.papers(turn, quote):
            return told
        if total := await quotation.sums(turn, quote):
            return total
        wants = _wants(turn)
        if (turn.intent in ("thanks", "goodbye") and not wants) or _elsewhere(turn):
            return None
        if changed := await quotation.change(turn, quote):
            return changed
        if turn.intent == "payment" and (_DEBT.search(reading.fold(turn.text)) or reading.says_paid(turn.text)):
            return HandOff(to="dunning", reason="payment")
        if wants or turn.intent == "payment" or await self._takes(turn, quote):
            return await self._taken(turn, quote, wants)
        return await quotation.stands(turn, quote) if turn.intent in catalog.LOOKING else None

    async def _taken(self, turn: Turn, quote: Quote, wants: bool) -> Answer | HandOff | None:
        """The order of the quote; after other things were shown, it is one of these, or asked about."""
        shown = await those.taken(turn)
        if isinstance(shown, Turn):
            return await quotation.change(shown, quote)
        if shown or not turn.state.get("looking"):
            return shown or await _closed(turn, quote, wants)
        return closing.asks(turn, quote)

    async def _takes(self, turn: Turn, quote: Quote) -> bool:
        """True for `la quiero`, or a bare yes: what we offered last was the quote."""
        if reading.agrees(turn.text):  # `ok` to what was said last, not to a quote of before
            return turn.state.get("offer") == "purchase"
        if changes.speaks_of_one(turn.text) or reading.refuses(turn.text):
            return False
        phrases = [phrase for _, phrase in reading.lines(turn.text)]
        return turn.intent == "purchase" and await quotation.accepts(turn, quote, phrases)

    async def _held(self, turn: Turn) -> Answer | HandOff:
        """A wish to pay: the order that was taken; else it was held for a quote that is none any more."""
        number = turn.state.get("order_number")
        if turn.intent == "payment" and number and not _DEBT.search(reading.fold(turn.text)):
            told = closing.paid if reading.says_paid(turn.text) else closing.pay
            if answer := await told(turn, number):
                return answer
        return HandOff(to="dunning" if turn.intent == "payment" else "support", reason=turn.intent)

    async def _courtesy(self, turn: Turn) -> Answer:
        values = {"name": vocative(turn.customer_name), "business": turn.tenant.name}
        if turn.intent == "greeting" and not turn.history and turn.state.get("stage") is None:
            draft = say(turn.locale, "first_greeting", **values, can=_abilities(turn))
        else:
            draft = say(turn.locale, turn.intent, **values)
        text = await turn.ask_llm(draft, {"business": turn.tenant.name, "sells": turn.tenant.business})
        stage = turn.state.get("stage")
        state = {"stage": "greeting"} if turn.intent == "greeting" and stage in (None, "completed") else {}
        return Answer(reply=Reply(text=text, buttons=menu(turn) if turn.intent == "greeting" else ()), state=state)

    async def _other(self, turn: Turn) -> Answer | HandOff:
        """Small talk and unclear text: a product if it surely names one, support's knowledge, or the menu."""
        found = await catalog.if_certain(turn)
        if found:
            return found
        if "support" in turn.tenant.agents and turn.text.strip() and "support" not in turn.visited:
            return HandOff(to="support", reason="other")
        return unclear(turn)


def _wants(turn: Turn) -> bool:
    """True for `la compro`, `i'll take it`, whatever else it was read as; never with a change or a no in it."""
    return taking.wants(turn.text) and not changes.speaks_of_one(turn.text) and not reading.refuses(turn.text)


async def _bargained(turn: Turn, quote: Quote) -> Answer | HandOff | None:
    """About a discount, or the order of who takes the quote without one."""
    if said := await bargain.answer(turn, quote):
        return said
    if bargain.goes_on(turn) != "take":
        return None
    return await _closed(msgspec.structs.replace(turn, text=without_discount.rest(turn.text)), quote, wants=True)


async def _closed(turn: Turn, quote: Quote, wants: bool) -> Answer | HandOff:
    """Take the order; a wish to pay after debts were told is asked about, for it may be of these."""
    if not wants and turn.intent == "payment" and turn.state.get("debt_told") and not reading.names_quote(turn.text):
        return await closing.which(turn, quote)
    if not taking.only(turn.text, quote) and not reading.agrees(turn.text):
        return closing.asks(turn, quote)
    if quote.status == "expired":
        return await quotation.renew(turn, quote)
    asked = closing.asks_of_stock(turn, quote, await quotation.above_stock(turn, quote))
    return asked or await closing.answer(turn, quote)


def _is_bargain(turn: Turn) -> bool:
    """True while a figure may be a price or a rate, or is of no goods."""
    of_goods = turn.intent in catalog.LOOKING or settling.stays(turn.text)  # `fecha` may be of hours too
    return bool(turn.state.get("haggles")) or not of_goods


def _elsewhere(turn: Turn) -> bool:
    """True for a question or a return that says nothing of changing the open quote."""
    return turn.intent in ("support", "return") and not (changes.tells(turn.text) or changes.cancels(turn.text))


async def _left(turn: Turn, quote: Quote | None) -> Answer | HandOff | None:
    """Who thinks it over has time; who wants nothing any more has nothing open, or an order that a person looks at."""
    if waits := await thinking.over(turn, quote):
        return waits
    if quote or not changes.cancels(turn.text) or turn.intent == "return":
        return None
    nothing = Answer(reply=Reply(text=quotation.say(turn.locale, "nothing_open")), state={"looking": None})
    return cancelling.regretted(turn) or nothing


async def _looked_for(turn: Turn) -> Answer | None:
    """Products by price or by what sells, whatever quote is open."""
    if turn.intent in catalog.LOOKING and reading.price_range(turn.text):
        return await catalog.answer(turn)
    if turn.intent in catalog.LOOKING and (sorted_ := await by_price.answer(turn)):
        return sorted_
    if turn.intent in catalog.LOOKING and turn.state.get("looking") and (less := await by_price.cheaper(turn)):
        return less
    return await recommend.answer(turn) if recommend.asks(turn) else None


def unclear(turn: Turn) -> Answer:
    """Say what can be done here, with buttons."""
    return Answer(reply=Reply(text=say(turn.locale, "menu"), buttons=menu(turn)), state={"offer": "human"})


def _abilities(turn: Turn) -> str:
    """What can be done here, for who writes for the first time."""
    agents = turn.tenant.agents
    music = "royalties" in agents
    names = ["royalties", "plans"] if music else [name for name in ("sales", "support", "dunning") if name in agents]
    return ", ".join(say(turn.locale, f"can_{name}") for name in [*names, "human"])


def menu(turn: Turn) -> tuple[Button, ...]:
    """The three choices that fit what this tenant does."""
    if "royalties" in turn.tenant.agents:
        return choices(turn.locale, "royalties_balance", "royalties_earnings", "pricing")
    if "dunning" in turn.tenant.agents:
        return choices(turn.locale, "product_search", "order_status", "debt")
    return choices(turn.locale, "product_search", "order_status", "human")
