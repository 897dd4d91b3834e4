"""A complaint about goods, or a return, as a conversation: which order, which lines, why, a yes, and the authorisation.

No model says a word of it: amounts and numbers come from the tenant's rows and limits.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agents import bought, catalog, faults, knowledge, pointing, reading, return_undone, return_wishes
from agents.base import Answer, HandOff, Turn
from agents.wording import Wording, amount, choices
from core import returned
from core.messages import Reply
from core.records import Order, Returnable, ReturnStep

say = Wording("returns")
SHOWN = 3
_SENT = ("shipped", "delivered")
_POLICY = re.compile(
    r"\b(?:garantias?|warrant\w+|politicas?|policy"
    r"|(?:puedo|se puede|se pueden|aceptan|hay|can i|can we|do you (?:accept|take|do)|posso"
    r"|da pra|da para|aceitam|tem|cuant[oa]s dias|how many days|how long|quantos dias|plazo|prazo)\b.*"
    r"\b(?:devol\w*|regres\w*|cambi\w*|return\w*|refund\w*|exchange\w*|troca\w*|devoluc\w*))\b"
)
_SAID = re.compile(
    r"\b(?:devol\w+|devuel\w+|regresar\w*|return\w*|refund\w*|reembols\w+|trocar|troca|cambi\w+"
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
_NOTES = return_undone.NOTES
_WHICH = ("order", "lines")  # we asked which of a list


def concerns(turn: Turn) -> bool:
    """True for a return, an answer to our question about one among them, and for a complaint about goods that came."""
    if turn.intent == "return" and turn.state.get("expects") != "return":
        said = _SAID.search(reading.fold(turn.text)) or faults.why(turn.text) or reading.order_number(turn.text)
        return bool(said) or _goes_on(turn) or not turn.text.strip()  # a button has no text
    return turn.intent == "return" or (
        turn.intent == "complaint" and (faults.why(turn.text) in ("damaged", "wrong") or bool(faults.said(turn.text)))
    )


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
    if turn.intent != "return" or turn.state.get("expects") == "return" or gives_reason(turn.text) or _goes_on(turn):
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
    return faults.why(text) is not None


def _goes_on(turn: Turn) -> bool:
    """True for `y también el tambor`, right after a return was authorised."""
    return bool(turn.state.get("returned")) and return_wishes.adds(turn.text)


def _kept(turn: Turn, note: str) -> Any:
    """What was settled so far; forgotten when the customer talked of something else in between."""
    return turn.state.get(note) if turn.state.get("expects") == "return" else None


async def step(turn: Turn) -> Answer | HandOff:
    """The next step: ask for what is missing, propose, authorise; without an order that came, a person."""
    if aside := await _aside(turn):
        return aside
    place = pointing.place(reading.product_phrase(turn.text), SHOWN, bare=True)
    listed = _kept(turn, "return") == "order" and place is not None
    no_number = listed or _kept(turn, "return") in ("lines", "reason", "pieces") or _counted(turn)
    answered = None if no_number else reading.order_number(turn.text)
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


async def _aside(turn: Turn) -> Answer | HandOff | None:
    """A no that leaves it, or what is added to it; None for an answer to our question."""
    if _kept(turn, "return") and _leaves_it(turn.text):
        return _over(say(turn.locale, "left"))
    return await _more(turn) if return_wishes.adds(turn.text) else None


async def _more(turn: Turn) -> Answer | HandOff | None:
    """What else goes back, of the order that is talked about or was just now; None when no such order is known."""
    talked = _kept(turn, "return_order")
    number = talked or turn.state.get("returned")
    orders = await turn.tools.orders(str(number)) if number else ()
    if not orders:
        return None
    if return_wishes.the_rest(turn.text) or bought.lines_named(turn.text, orders[0]):
        return await _of_order(turn, orders[0])
    if talked:
        text = say(turn.locale, "not_in_order", number=number)
        state = {"expects": "return", "offer": "return" if _kept(turn, "return") == "confirm" else None}
        return Answer(reply=Reply(text=f"{text} {reminder(turn.state, turn.locale)}"), state=state)
    elsewhere = bought.orders_named(turn.text, await turn.tools.orders())
    return None if elsewhere or "sales" not in turn.tenant.agents else HandOff(to="sales", reason="product_search")


def _leaves_it(text: str) -> bool:
    """True for a no that gives no reason and wants no part of it: not for `no todas`."""
    return reading.refuses(text) and faults.why(text) is None and not return_wishes.partly(text)


def _which_order(turn: Turn, orders: Sequence[Order]) -> Answer:
    shown = orders[:SHOWN]
    rows = [
        say(turn.locale, "order_row", place=place, number=each.number, items=", ".join(each.items))
        for place, each in enumerate(shown, 1)
    ]
    why = faults.why(turn.text) or _kept(turn, "return_why")
    known = {"return_why": why, "return_listed": [o.number for o in shown]}
    if counted := _counted(turn):  # of whichever line it will be
        known["return_count"] = str(counted.pieces)
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
    answered = bought.orders_named(turn.text, sent) or faults.why(turn.text) or reading.everything(turn.text)
    answered = answered or return_wishes.partly(turn.text)
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


def _counted(turn: Turn) -> return_wishes.Count | None:
    """The pieces that the text speaks of; while we ask for a place in a list, a bare figure is that place."""
    if (return_wishes.adds(turn.text) or faults.said(turn.text)) and (more := return_wishes.count_of_more(turn.text)):
        return more
    return return_wishes.count(turn.text, alone=_kept(turn, "return") in ("pieces", "confirm"))


async def _of_order(turn: Turn, order: Order) -> Answer | HandOff:
    counted = _counted(turn)
    text = counted.rest if counted else turn.text
    listed = bought.counted(turn.text, order)
    lines = list(listed) or _lines(turn, order, text)
    if len(lines) > 1 and (counted or return_wishes.partly(turn.text)) and not bought.lines_named(text, order):
        lines = []  # so many, but of which of them?
    why = _reason(turn, counted)
    count = counted.pieces if counted else _kept_count(turn)
    known: dict[str, object] = {
        "return_order": order.number, "return_lines": lines or None, "return_why": why,
        "return_count": str(count) if count else None,
    }  # fmt: skip
    if not lines:
        return _ask(turn, "lines", _which_lines(turn, order, counted), known)
    terms = await turn.tools.returnable(order.number, turn.locale)
    left = {line: returned.left(order.lines[line], terms.backs[line]) for line in lines}
    if not any(left.values()):
        return _told(turn, order, await turn.tools.ask_return(order.number, lines, str(why or ""), ""), "")
    some_left = {line: some for line, some in left.items() if some}
    pieces = {line: min(listed[line], some) for line, some in some_left.items()} if listed else None
    pieces = pieces or _pieces(turn, order, some_left, count)
    if pieces is None:
        return _how_many(turn, order, lines, left, known)
    known |= {
        "return_lines": list(pieces), "return_pieces": {str(line): str(some) for line, some in pieces.items()},
        "return_count": None,
    }  # fmt: skip
    if why is None:
        return _ask(turn, "reason", say(turn.locale, "why", items=_items(order, pieces)), known)
    if _agreed(turn, order, pieces, counted):
        text = say(turn.locale, "summary", order=order.number, items=_items(order, pieces), why=_words(turn, str(why)))
        step = await turn.tools.ask_return(order.number, list(pieces), str(why), text, list(pieces.values()))
        return _told(turn, order, step, text)
    return _ask(turn, "confirm", _proposal(turn, order, pieces, terms, why=str(why), counted=bool(count)), known, True)


def _which_lines(turn: Turn, order: Order, counted: return_wishes.Count | None) -> str:
    """The lines to choose of; who answered `no todas, nomás una` to them is asked which, and not shown them again."""
    shown = _kept(turn, "return") == "lines" and _kept(turn, "return_order") == order.number
    if shown and counted:
        return say(turn.locale, "which_line_counted", count=amount(counted.pieces))
    if shown and return_wishes.partly(turn.text):
        return say(turn.locale, "which_line")
    rows = [f"{n}. {name}" for n, name in enumerate(order.items, 1)]
    return "\n".join([say(turn.locale, "which_lines", number=order.number), *rows])


def _pieces(
    turn: Turn, order: Order, left: Mapping[int, Decimal], count: Decimal | None
) -> dict[int, Decimal] | None:
    """The pieces of each line that go back; None when it has to be asked how many."""
    if count is not None and len(left) == 1:
        [(line, most)] = left.items()
        whole = order.lines[line].quantity % 1 == 0
        return {line: count} if 0 < count <= most and not (whole and count % 1) else None
    before = return_wishes.kept(_kept(turn, "return_pieces"), list(left))
    if count is not None and before and len(new := [line for line in left if line not in before]) == 1:
        return before | {new[0]: min(count, left[new[0]])}  # so many of what goes back besides
    if len(left) == 1 and return_wishes.partly(turn.text) and any(most > 1 for most in left.values()):
        return None
    anew = return_wishes.everything(turn.text) or return_wishes.all_but(turn.text)
    if anew or _kept(turn, "return_order") != order.number:
        return dict(left)
    return {line: before.get(line, most) for line, most in left.items()}


def _how_many(
    turn: Turn, order: Order, lines: Sequence[int], left: Mapping[int, Decimal], known: dict[str, object]
) -> Answer:
    line = next(line for line in lines if left[line])
    text = say(turn.locale, "how_many", name=order.lines[line].name, left=amount(left[line]), number=order.number)
    return _ask(turn, "pieces", text, {**known, "return_lines": [line], "return_pieces": None, "return_count": None})


def _agreed(turn: Turn, order: Order, pieces: Mapping[int, Decimal], counted: object) -> bool:
    """True for a plain yes to just what we proposed."""
    if _kept(turn, "return") != "confirm" or not _YES.match(reading.fold(turn.text)):
        return False
    proposed = return_wishes.kept(_kept(turn, "return_pieces"), range(len(order.lines)))
    return proposed == dict(pieces) and (bool(counted) or not return_wishes.qualified(turn.text))


def _proposal(
    turn: Turn, order: Order, pieces: Mapping[int, Decimal], terms: Returnable, *, why: str, counted: bool
) -> str:
    """What would go back and what it is credited, with the conditions that nobody can check here, and our question."""
    said = [say(turn.locale, "sorry")] if why in ("damaged", "wrong") and not _kept(turn, "return") else []
    said.append(
        say(
            turn.locale, "propose", items=_items(order, pieces), number=order.number, why=_words(turn, why),
            amount=returned.amount(order, terms.backs, pieces).text(turn.locale),
        )
    )  # fmt: skip
    if terms.late:
        return " ".join([*said, say(turn.locale, "late", days=terms.days)])
    if terms.conditions and why != "damaged":
        said.append(say(turn.locale, "conditions", conditions=terms.conditions))
    fewer = len(pieces) == 1 and not counted and next(iter(pieces.values())) > 1
    return " ".join([*said, say(turn.locale, "authorise_fewer" if fewer else "authorise")])


def _told(turn: Turn, order: Order, result: ReturnStep, summary: str) -> Answer | HandOff:
    money = result.amount.text(turn.locale) if result.amount else ""
    if result.state in ("over_limit", "late", "too_many"):
        said = say(turn.locale, f"summary_{result.state}", summary=summary, amount=money, days=result.days)
        state = {**dict.fromkeys(_NOTES), "ticket": result.ticket, "return_case": result.state}
        return HandOff(to="human", reason="return", summary=said, state=state)
    text = say(
        turn.locale, result.state, number=result.number, amount=money, ticket=result.ticket, note=result.credit_note
    )
    if result.state == "known" and result.credit_note:
        text += " " + say(turn.locale, "known_credited", note=result.credit_note)
    return _over(text, returned=order.number)


async def _person(turn: Turn, orders: Sequence[Order]) -> HandOff:
    key = "summary_not_sent" if orders else "summary_no_order"
    summary = say(turn.locale, key, text=turn.text[:300], number=orders[0].number if orders else "")
    reason = "complaint" if turn.intent == "complaint" else "return"
    ticket = await turn.tools.open_ticket(reason, summary, turn.priority)
    state = {**dict.fromkeys(_NOTES), "ticket": ticket.number}
    return HandOff(to="human", reason=reason, summary=summary, state=state)


def _lines(turn: Turn, order: Order, text: str) -> list[int]:
    """The lines that are meant: the only one, those named, those whose place in our list was answered, or all."""
    everything = list(range(len(order.lines)))
    if len(order.lines) == 1 or return_wishes.everything(text) or return_wishes.the_rest(text):
        return everything
    if stays := return_wishes.all_but(text):
        named = bought.lines_named(stays, order)
        return [line for line in everything if line not in named] if named else []
    if _kept(turn, "return") == "lines" and (places := re.findall(r"\b\d{1,2}\b", text)):
        return sorted({int(place) - 1 for place in places if 1 <= int(place) <= len(order.lines)})
    place = pointing.place(reading.product_phrase(text), len(order.lines), bare=True)
    if _kept(turn, "return") == "lines" and place is not None:
        return [place]
    kept = _kept(turn, "return_lines") if _kept(turn, "return_order") == order.number else None
    if kept and return_wishes.adds(turn.text):
        return sorted({*kept, *bought.lines_named(text, order)})
    return bought.lines_named(text, order) or (list(kept) if isinstance(kept, list) else [])


def _kept_count(turn: Turn) -> Decimal | None:
    """The pieces that were named before it was known of which line."""
    said = _kept(turn, "return_count")
    return Decimal(said) if isinstance(said, str) else None


def _reason(turn: Turn, counted: return_wishes.Count | None) -> str | None:
    """Why it goes back: in our words for it, else as the customer put it when we asked."""
    why = faults.why(turn.text) or _kept(turn, "return_why")
    only_a_count = counted and not reading.product_phrase(counted.rest)
    more = return_wishes.adds(turn.text)
    if why is None and _kept(turn, "return") == "reason" and not only_a_count and not more:
        return turn.text.strip()[:200]
    return why


def _words(turn: Turn, why: str) -> str:
    return say(turn.locale, f"why_{why}") if why in faults.WHYS else f"«{why}»"


def _items(order: Order, pieces: Mapping[int, Decimal]) -> str:
    """The lines as the customer reads them, each with the pieces that go back."""
    return ", ".join(
        order.items[line] if some == order.lines[line].quantity and line < len(order.items)
        else f"{amount(some)} x {order.lines[line].name}"
        for line, some in pieces.items()
    )  # fmt: skip


def _ask(turn: Turn, stage: str, text: str, notes: dict[str, object], offer: bool = False) -> Answer:
    state = {"expects": "return", "return": stage, **notes} | ({"offer": "return"} if offer else {})
    buttons = () if offer else choices(turn.locale, "human")
    return Answer(reply=Reply(text=text, money=offer, buttons=buttons), state=state)


def _over(text: str, returned: str | None = None) -> Answer:
    return Answer(reply=Reply(text=text, money=True), state={**dict.fromkeys(_NOTES), "returned": returned})
