"""Answers from the tenant's knowledge with the source named, tells the status of orders and releases."""

import re
from collections.abc import Sequence

from agents import (
    cancelling,
    colleague,
    identity,
    interest,
    knowledge,
    others,
    pointing,
    reading,
    return_undone,
    returns,
    tickets,
    wishes,
)
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices, day
from core.messages import Reply
from core.records import Order, Release

say = Wording("support")
SHOWN_ORDERS = 3
_KEPT, _SHORT = 200, 7  # letters of a question that are kept; words of one that goes on from it
_RELEASE = re.compile(
    r"\b(lanzamient\w+|release\w*|lancament\w+|sencillos?|single|album|disco|ep|cancion(?:es)?|track|tema|musica|song)\b"
)
_SEVERAL = re.compile(r"\b(?:pedidos|orders|compras|ordenes|purchases|otro pedido|other order|outro pedido)\b")
_FURTHER = re.compile(
    r"\b(?:cuanto (?:tarda\w*|cuesta|tiempo|es)|que costo|gratis|how (?:long|much|soon)|free"
    r"|quanto (?:tempo|custa|demora)|de graca|y (?:cuando|donde|como)|and (?:when|where|how)|e (?:quando|onde|como))\b"
)
_MINE = re.compile(r"\b(mi|mis|meu|minha|meus|my)\b")
_STATUS = re.compile(
    r"\b(estado|estatus|status|como va|en que (?:va|quedo|anda|estado)|que paso con|em que pe|"
    r"cuando sale|ya salio|no (?:ha )?sal\w+|todavia|no aparece|isn.?t|not (?:on|live|out)|yet|nao saiu|ainda|"
    r"when|quando|aprob\w+|aprovad\w+|approved|live|revision)\b"
)


class Support:
    """Knowledge, orders, releases, cases; a return is authorised within limits, a complaint goes to a person."""

    name = "support"
    intents = frozenset({"support", "complaint", "return", "order_status"})
    tools = ("knowledge", "orders", "tickets", "releases", "search_products")

    async def answer(self, turn: Turn) -> Answer | HandOff:
        """Answer by intent; never from anything but the tenant's own records and pages."""
        if turn.intent not in others.OWN_DATA and (told := others.refused(turn)):
            return told
        return others.first(turn, await self._answer(turn))

    async def _answer(self, turn: Turn) -> Answer | HandOff:
        if "person" in turn.state and "?" in turn.text and (heard := colleague.said(turn)):
            return Answer(reply=Reply(text=await turn.ask_llm(heard, {})))
        if told := await _of_before(turn) or await returns.policy(turn):
            return told
        if returns.concerns(turn):
            return await returns.step(turn)
        if turn.intent == "complaint":
            return await self._complaint(turn)
        if told := await tickets.step(turn):
            return told
        if turn.intent == "order_status":
            return await self._order_status(turn)
        if not turn.text.strip():
            return Answer(reply=Reply(text=say(turn.locale, "ask_question")))
        return identity.said(turn) or await self._knowledge(turn)

    async def _complaint(self, turn: Turn) -> HandOff:
        summary = say(turn.locale, "complaint", text=turn.text[:300])
        ticket = await turn.tools.open_ticket("complaint", summary, turn.priority)
        return HandOff(to="human", reason="complaint", summary=summary, state={"ticket": ticket.number})

    async def _knowledge(self, turn: Turn) -> Answer | HandOff:
        both = wishes.both(turn.text)
        order = bool(both and both.counts) or _months(turn)
        if order and "sales" in turn.tenant.agents and "sales" not in turn.visited:
            return HandOff(to="sales", reason="quotation")
        if "royalties" in turn.tenant.agents and turn.intent == "support" and _asks_status(turn.text):
            return await self._releases(turn)
        passage = await knowledge.passage(turn) or await interest.passage(turn) or await _further(turn)
        passage = passage or await _of_service(turn)
        if passage:
            text = await turn.ask_llm("\n".join(passage), {})
            return Answer(reply=Reply(text=text), state={"question": turn.text[:_KEPT]})
        number = reading.order_number(turn.text)
        orders = await turn.tools.orders(number) if number else ()
        if orders:
            return await self._order(turn, orders[0])
        if heard := colleague.said(turn):
            return Answer(reply=Reply(text=await turn.ask_llm(heard, {})))
        if turn.intent == "other" and "sales" not in turn.visited:
            return HandOff(to="sales", reason="other")
        text = say(turn.locale, "unknown")
        return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})

    async def _order_status(self, turn: Turn) -> Answer:
        if "royalties" in turn.tenant.agents and _RELEASE.search(reading.fold(turn.text)):
            return await self._releases(turn)
        number = reading.order_number(turn.text)
        orders = await turn.tools.orders(number)
        if not number and (mine := _just_placed(turn, orders)):
            return await self._order(turn, mine)
        place = pointing.place(reading.product_phrase(turn.text), min(len(orders), SHOWN_ORDERS), bare=True)
        if turn.state.get("expects") == "order_status" and place is not None:
            return await self._order(turn, orders[place])
        if number and orders:
            return await self._order(turn, orders[0])
        if number:
            return self._ask(turn, say(turn.locale, "no_order", number=number))
        if not orders:
            return self._ask(turn, say(turn.locale, "no_orders"))
        if len(orders) == 1:
            return await self._order(turn, orders[0])
        rows = order_rows(orders, turn.locale)
        draft = "\n".join([say(turn.locale, "orders_intro"), *rows, "", say(turn.locale, "orders_which")])
        text = await turn.ask_llm(draft, {})
        return Answer(reply=Reply(text=text), state={"expects": "order_status"})

    async def _order(self, turn: Turn, order: Order) -> Answer:
        text = "\n".join(order_lines(order, turn.locale))
        return Answer(reply=Reply(text=await turn.ask_llm(text, {"order": order.number})))

    async def _releases(self, turn: Turn) -> Answer:
        releases = await turn.tools.releases()
        if not releases:
            return self._ask(turn, say(turn.locale, "no_releases"))
        draft = "\n".join([say(turn.locale, "releases_intro"), *release_rows(releases, turn.locale)])
        return Answer(reply=Reply(text=await turn.ask_llm(draft, {})))

    def _ask(self, turn: Turn, text: str) -> Answer:
        return Answer(reply=Reply(text=text, buttons=choices(turn.locale, "human")), state={"offer": "human"})


async def _of_before(turn: Turn) -> Answer | HandOff | None:
    """A return, or an order, that is called off, and where a return stands."""
    return await return_undone.asked(turn) or await cancelling.asked(turn) or await returns.stands(turn)


def _months(turn: Turn) -> bool:
    """True for `dame 12 meses`, after a plan was shown."""
    return bool(interest.of(turn)) and any(amount and name == "mes" for amount, name in reading.lines(turn.text))


async def _further(turn: Turn) -> list[str]:
    """`¿y cuánto tarda?` goes on from the question before, which a page has answered."""
    before = str(turn.state.get("question") or "")
    if not before or len(turn.text.split()) > _SHORT or not _FURTHER.search(reading.fold(turn.text)):
        return []
    return await knowledge.passage(turn, question=f"{before} {turn.text}")


async def _of_service(turn: Turn) -> list[str]:
    """`además saber si hacen envíos a Puebla`: by the words that ask about the service, for a place says nothing."""
    asked = wishes.services(turn.text)
    return await knowledge.passage(turn, question=" ".join(asked)) if asked else []


def _just_placed(turn: Turn, orders: Sequence[Order]) -> Order | None:
    """The order that a question means when it names none: the newest if it says so, or the one placed in this chat."""
    if orders and reading.newest(turn.text):
        return orders[0]
    placed = None if _SEVERAL.search(reading.fold(turn.text)) else turn.state.get("order_number")
    return next((order for order in orders if order.number == placed), None)


def order_lines(order: Order, locale: str) -> list[str]:
    """Everything about one order."""
    text = [
        say(
            locale, "order",
            number=order.number, status=say(locale, f"status_{order.status}"),
            placed=day(order.placed_on, locale), total=order.total.text(locale),
        )
    ]  # fmt: skip
    if order.items:
        text.append(say(locale, "order_items", items=", ".join(order.items)))
    if order.eta and order.status in ("paid", "packed", "shipped"):
        text.append(say(locale, "order_eta", eta=day(order.eta, locale)))
    if order.status == "new":
        text.append(say(locale, "order_waits"))
    if order.tracking:
        text.append(say(locale, "order_tracking", tracking=order.tracking))
    return text


def order_rows(orders: Sequence[Order], locale: str) -> list[str]:
    """The newest orders, a line for each."""
    return [
        say(
            locale, "order_short",
            number=order.number, status=say(locale, f"status_{order.status}"),
            placed=day(order.placed_on, locale), total=order.total.text(locale),
        )
        for order in orders[:SHOWN_ORDERS]
    ]  # fmt: skip


def release_rows(releases: Sequence[Release], locale: str) -> list[str]:
    """Where releases stand, a line for each."""
    return [
        say(
            locale, "release",
            title=item.title, status=say(locale, f"release_{item.status}"),
            when=f" ({day(item.release_date, locale)})" if item.release_date else "",
        )
        for item in releases
    ]  # fmt: skip


def _asks_status(text: str) -> bool:
    words = reading.fold(text)
    return all(pattern.search(words) for pattern in (_RELEASE, _MINE, _STATUS))
