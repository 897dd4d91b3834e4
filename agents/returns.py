"""A complaint about goods, or a return, as a conversation: which order, which lines, why, a yes, and the authorisation.

No model says a word of it: amounts and numbers come from the tenant's rows and limits.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents import bought, catalog, knowledge, pointing, reading
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, choices
from core.messages import Reply
from core.records import Order, ReturnStep

say = Wording("returns")
SHOWN = 3
_SENT = ("shipped", "delivered")
_WHYS = {
    "damaged": re.compile(
        r"\b(?:rot[oa]s?|quebrad[oa]s?|danad[oa]s?|golpead\w+|defectuos\w+|defeit\w+|falla\w*|descompuest\w+|broken"
        r"|damaged|defective|faulty|cracked|estragad\w+|avariad\w+|no (?:sirven?|funcionan?|prenden?|enciende[n]?)"
        r"|nao (?:funcionam?|servem?|liga)|does ?n.?t work|not working)\b"
    ),
    "wrong": re.compile(
        r"\b(?:equivocad\w+|incorrect\w+|errad[oa]s?|trocad\w+|otr[oa] (?:pieza|medida|cosa|producto|modelo|color)"
        r"|no (?:es )?lo que pedi|wrong|not what i ordered|outr[oa] (?:peca|medida|produto|modelo|cor))\b"
    ),
    "unwanted": re.compile(
        r"\b(?:no (?:me|le) qued\w+|no (?:lo|la|los|las) (?:necesito|quiero|ocupo)|ya no|me arrepenti|no longer"
        r"|changed my mind|did ?n.?t fit|do(?:es)? ?n.?t fit|don.?t (?:need|want)|nao (?:quero|preciso|coube)|desisti"
        r"|muy (?:grande|chic[oa]|pequen\w+)|too (?:big|small|large))\b"
    ),
}
_POLICY = re.compile(
    r"\b(?:garantias?|warrant\w+|politicas?|policy"
    r"|(?:puedo|se puede|se pueden|aceptan|hay|can i|can we|do you (?:accept|take|do)|posso"
    r"|da pra|da para|aceitam|tem|cuant[oa]s dias|how many days|how long|quantos dias|plazo|prazo)\b.*"
    r"\b(?:devol\w*|regres\w*|cambi\w*|return\w*|refund\w*|exchange\w*|troca\w*|devoluc\w*))\b"
)
_SAID = re.compile(
    r"\b(?:devol\w+|regresar\w*|return\w*|refund\w*|reembols\w+|trocar|troca|cambi\w+"
    r"|garantia|warranty|money back|dinero|dinheiro)\b"
)
_WHEN = re.compile(
    r"\b(?:mi dinero|me (?:lo )?(?:regresan|devuelven|reembols\w+)|reembolso|notas? de credito|money back|refund(?:ed)?"
    r"|credit notes?|meu dinheiro|reembolsad?o?|estorno|(?:estado|status|como va|como esta|where is|when"
    r"|cuando|quando|what about|que paso con|cade)\b.*\b(?:devolucion|return|devolucao|troca|credito))\b|\bd-\d+\b"
)
_YES = re.compile(
    r"^(?:si+|claro|ok|okay|dale|va|de acuerdo|confirmo|correcto|adelante|sim|pode|isso|yes|yeah|yep|sure|please"
    r"|go ahead|(?:l[oa]s? )?acepto|aceito|i accept)\b"
)
_NOTES = ("return", "return_order", "return_lines", "return_why", "return_listed")
_WHICH = ("order", "lines")  # we asked which of a list


def concerns(turn: Turn) -> bool:
    """True for a return, an answer to our question about one among them, and for a complaint about goods that came."""
    if turn.intent == "return" and turn.state.get("expects") != "return":
        said = _SAID.search(reading.fold(turn.text)) or _why(turn.text) or reading.order_number(turn.text)
        return bool(said) or not turn.text.strip()  # a button has no text
    return turn.intent == "return" or (turn.intent == "complaint" and _why(turn.text) in ("damaged", "wrong"))


async def stands(turn: Turn) -> Answer | None:
    """Where the customer's returns stand, when it asks for the money or the credit note; None when it asks no such."""
    if turn.state.get("expects") == "return" or not _WHEN.search(reading.fold(turn.text)):
        return None
    found = [
        say(
            turn.locale, f"stands_{each.state}", number=each.number, note=each.credit_note,
            amount=each.amount.text(turn.locale) if each.amount else "",
        )
        for each in await turn.tools.returns()
    ]  # fmt: skip
    return Answer(reply=Reply(text="\n".join(found), money=True)) if found else None


async def policy(turn: Turn) -> Answer | None:
    """What the tenant's pages say about returns in general, or of a text that was read as a return and says nothing
    of one; None for a return of one's own."""
    if turn.intent != "return" or turn.state.get("expects") == "return" or gives_reason(turn.text):
        return None
    words = reading.fold(turn.text)
    general = bool(_POLICY.search(words))
    if reading.order_number(turn.text) or not (general or not _SAID.search(words)):
        return None  # `quiero devolver una pieza`: the customer's own
    page = await knowledge.passage(turn)
    if not page:
        return None
    text = "\n".join([*page, "", say(turn.locale, "begin")] if general else page)
    return Answer(reply=Reply(text=text), state={"offer": "return"} if general else {})


def gives_reason(text: str) -> bool:
    """True for `llegó roto`, `ya no lo necesito`, `it is the wrong one`."""
    return _why(text) is not None


def _kept(turn: Turn, note: str) -> Any:
    """What was settled so far; forgotten when the customer talked of something else in between."""
    return turn.state.get(note) if turn.state.get("expects") == "return" else None


async def step(turn: Turn) -> Answer | HandOff:
    """The next step: ask for what is missing, propose, authorise; without an order that came, a person."""
    if _kept(turn, "return") and reading.refuses(turn.text) and _why(turn.text) is None:
        return _over(say(turn.locale, "left"))
    place = pointing.place(reading.product_phrase(turn.text), SHOWN, bare=True)
    listed = _kept(turn, "return") == "order" and place is not None
    answered = None if listed or _kept(turn, "return") in ("lines", "reason") else reading.order_number(turn.text)
    named = answered or _kept(turn, "return_order")
    orders = await turn.tools.orders(str(named) if named else None)
    if named and not orders:
        return _ask(turn, "order", say(turn.locale, "no_order", number=named), {"return_order": None})
    sent = [order for order in orders if order.status in _SENT and order.lines]
    if not sent:
        return await _person(turn, orders)
    if elsewhere := await _other_goods(turn, sent, named=bool(answered) or listed):
        return elsewhere
    mentioned = bought.orders_named(turn.text, sent) if len(sent) > 1 else []
    if listed and place is not None:
        mentioned = _listed(turn, sent)[place : place + 1]
    if reading.newest(turn.text):
        mentioned = sent[:1]
    if len(sent) > 1 and len(mentioned) != 1:
        return _which_order(turn, mentioned or sent)
    return await _of_order(turn, (mentioned or sent)[0])


def _which_order(turn: Turn, orders: Sequence[Order]) -> Answer:
    shown = orders[:SHOWN]
    rows = [
        say(turn.locale, "order_row", place=place, number=each.number, items=", ".join(each.items))
        for place, each in enumerate(shown, 1)
    ]
    known = {"return_why": _why(turn.text) or _kept(turn, "return_why"), "return_listed": [o.number for o in shown]}
    return _ask(turn, "order", "\n".join([say(turn.locale, "which_order"), *rows]), known)


def _listed(turn: Turn, sent: Sequence[Order]) -> list[Order]:
    """The orders in the list that the customer saw."""
    numbers = turn.state.get("return_listed") or [order.number for order in sent[:SHOWN]]
    return [order for number in numbers for order in sent if order.number == number]


async def _other_goods(turn: Turn, sent: Sequence[Order], *, named: bool) -> HandOff | None:
    """For the name of a thing that was never bought, instead of one in our list: it is looked for in the catalogue."""
    phrase = reading.product_phrase(turn.text)
    asked = _kept(turn, "return") in _WHICH and not named and phrase and "sales" in turn.tenant.agents
    if not asked or pointing.place(phrase, SHOWN, bare=True) is not None or reading.order_number(turn.text):
        return None
    answered = bought.orders_named(turn.text, sent) or _why(turn.text) or reading.everything(turn.text)
    if answered or reading.newest(turn.text) or _SAID.search(reading.fold(turn.text)):
        return None
    hits = await turn.tools.search_products(phrase, 1, words_only=True)
    if not hits or hits[0].score < catalog.CERTAIN:
        return None
    return HandOff(to="sales", reason="product_search")


def reminder(notes: Mapping[str, Any], locale: str) -> str:
    """What a return waits for, said once more after something else was answered; empty when none is open."""
    stage = notes.get("return")
    return say(locale, f"still_{stage}") if stage else ""


async def _of_order(turn: Turn, order: Order) -> Answer | HandOff:
    lines = _lines(turn, order)
    why = _why(turn.text) or _kept(turn, "return_why")
    if why is None and _kept(turn, "return") == "reason":
        why = turn.text.strip()[:200]
    known = {"return_order": order.number, "return_lines": lines or None, "return_why": why}
    if not lines:
        rows = [f"{n}. {name}" for n, name in enumerate(order.items, 1)]
        text = "\n".join([say(turn.locale, "which_lines", number=order.number), *rows])
        return _ask(turn, "lines", text, known)
    if why is None:
        return _ask(turn, "reason", say(turn.locale, "why", items=_items(order, lines)), known)
    if _kept(turn, "return") == "confirm" and _YES.match(reading.fold(turn.text)):
        text = say(turn.locale, "summary", order=order.number, items=_items(order, lines), why=_words(turn, str(why)))
        return _told(turn, await turn.tools.ask_return(order.number, lines, str(why), text), text)
    text = say(
        turn.locale, "propose", items=_items(order, lines), number=order.number, why=_words(turn, str(why)),
        amount=_amount(order, lines, turn),
    )  # fmt: skip
    sorry = say(turn.locale, "sorry") if why in ("damaged", "wrong") and not _kept(turn, "return") else ""
    return _ask(turn, "confirm", f"{sorry} {text}".strip(), known, offer=True)


def _told(turn: Turn, result: ReturnStep, summary: str) -> Answer | HandOff:
    amount = result.amount.text(turn.locale) if result.amount else ""
    if result.state in ("over_limit", "late", "too_many"):
        said = say(turn.locale, f"summary_{result.state}", summary=summary, amount=amount, days=result.days)
        state = {**dict.fromkeys(_NOTES), "ticket": result.ticket, "return_case": result.state}
        return HandOff(to="human", reason="return", summary=said, state=state)
    text = say(
        turn.locale, result.state, number=result.number, amount=amount, ticket=result.ticket, note=result.credit_note
    )
    if result.state == "known" and result.credit_note:
        text += " " + say(turn.locale, "known_credited", note=result.credit_note)
    return _over(text)


async def _person(turn: Turn, orders: Sequence[Order]) -> HandOff:
    key = "summary_not_sent" if orders else "summary_no_order"
    summary = say(turn.locale, key, text=turn.text[:300], number=orders[0].number if orders else "")
    reason = "complaint" if turn.intent == "complaint" else "return"
    ticket = await turn.tools.open_ticket(reason, summary, turn.priority)
    state = {**dict.fromkeys(_NOTES), "ticket": ticket.number}
    return HandOff(to="human", reason=reason, summary=summary, state=state)


def _lines(turn: Turn, order: Order) -> list[int]:
    """The lines that are meant: the only one, those named, those whose place in our list was answered, or all."""
    if len(order.lines) == 1 or reading.everything(turn.text):
        return list(range(len(order.lines)))
    if _kept(turn, "return") == "lines" and (places := re.findall(r"\b\d{1,2}\b", turn.text)):
        return sorted({int(place) - 1 for place in places if 1 <= int(place) <= len(order.lines)})
    place = pointing.place(reading.product_phrase(turn.text), len(order.lines), bare=True)
    if _kept(turn, "return") == "lines" and place is not None:
        return [place]
    kept = _kept(turn, "return_lines") if _kept(turn, "return_order") == order.number else None
    return bought.lines_named(turn.text, order) or (list(kept) if isinstance(kept, list) else [])


def _why(text: str) -> str | None:
    words = reading.fold(text)
    return next((why for why, pattern in _WHYS.items() if pattern.search(words)), None)


def _words(turn: Turn, why: str) -> str:
    return say(turn.locale, f"why_{why}") if why in _WHYS else f"«{why}»"


def _items(order: Order, lines: Sequence[int]) -> str:
    return ", ".join(order.items[line] if line < len(order.items) else order.lines[line].name for line in lines)


def _amount(order: Order, lines: Sequence[int], turn: Turn) -> str:
    total = order.total
    if len(lines) < len(order.lines):
        first, *rest = (order.lines[line].total for line in lines)
        total = sum(rest, first)
    return total.text(turn.locale)


def _ask(turn: Turn, stage: str, text: str, notes: dict[str, object], offer: bool = False) -> Answer:
    state = {"expects": "return", "return": stage, **notes} | ({"offer": "return"} if offer else {})
    buttons = () if offer else choices(turn.locale, "human")
    return Answer(reply=Reply(text=text, money=offer, buttons=buttons), state=state)


def _over(text: str) -> Answer:
    return Answer(reply=Reply(text=text, money=True), state=dict.fromkeys(_NOTES))
