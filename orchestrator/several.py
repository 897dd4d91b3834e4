"""Several wishes in one message, `cuánto debo y a qué hora abren`: found here, answered one by one by the graph."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents import wishes
from agents.base import Answer, Turn
from agents.reading import fold
from agents.registry import BY_INTENT
from orchestrator.intents import read

MOST = 3  # answers in one reply
_GOODS = frozenset({"product_search", "pricing", "quotation", "purchase"})
_LOOKS_UP = frozenset({"debt", "order_status", "royalties_balance", "royalties_earnings", "support"})
_BESIDE = frozenset({"greeting", "thanks", "goodbye", "other"})  # beside a wish these are no wish
_SURE, _SURE_WORD = 0.7, 0.9  # a clause, or a word alone, that is read less surely goes with the one before it
_ONE_TURN = ("offer", "expects")
# Two wishes are never both about goods: without one of these words there is nothing to take apart, nor to read twice.
_OF_OTHERS = re.compile(
    r"\b(?:deb[oe]|debemos|deud\w+|adeud\w+|dev[oe]|devemos|divida\w*|owe|owing|debts?|factur\w+|invoices?|faturas?|boletos?"
    r"|vencid[oa]s?|regalia\w*|royalt\w+|gan[eo]|ganad\w|ganancia\w*|ganhei|ganhos?|earn\w*|rend\w+|saldo|balance"
    r"|open\w*|clos\w+|hours|abiert\w+|abr[ei]\w*|cierr\w+|fech\w+|hora\w*|located|address|direccion|endereco|sucursal\w*"
    r"|pedidos?|orden(?:es)?|orders?|paquetes?|pacotes?|package|encomendas?"
    r"|lanzamient\w+|lancament\w+|releases?)\b"
)
_ROYALTIES = re.compile(r"\b(?:regalia|royalt)\w+")  # where there are none, that is to be said
_CUTS = re.compile(
    r"[;!?\n¿¡]+|\.(?!\d)|,(?!\d)|\s(?:y|e|and|&|adem[aá]s|tambi[eé]n|tamb[eé]m|also|plus|as[ií] como)(?=\s)",
    re.IGNORECASE,
)


class Wish(NamedTuple):
    """A part of a message that asks for one thing."""

    text: str
    intent: str
    agent: str


def wishes_of(turn: Turn) -> list[Wish]:
    """The wishes of a message that holds several which only look something up; an order of goods may be one of them.

    None of them when the message asks for one thing, answers our question, or wants something done.
    """
    if turn.payload or turn.state.get("expects") == turn.intent:
        return []
    words = fold(turn.text)
    if "cancel" in words or not (_OF_OTHERS.search(words) or wishes.names_service(words)):
        return []
    found: list[Wish] = []
    for clause in _clauses(turn.text):
        if not _wish_into(found, clause, turn.tenant.agents):
            return []
    return found[:MOST] if len(found) > 1 else []


def _clauses(text: str) -> list[str]:
    """The text between its cuts; nothing when there is none."""
    parts, start = [], 0
    for cut in [*_CUTS.finditer(text), None]:
        part = text[start : cut.start() if cut else len(text)].strip()
        start = cut.end() if cut else start
        parts += [part] if part else []
    return parts if len(parts) > 1 else []


def _wish_into(found: list[Wish], clause: str, enabled: Sequence[str]) -> bool:
    """Add a clause to the wishes; False when it wants something done, which only the whole message tells."""
    intent = read(clause)
    agent = BY_INTENT.get(intent.name, "")
    sure = intent.confidence >= (_SURE if " " in clause else _SURE_WORD)
    if sure and intent.name not in _GOODS | _LOOKS_UP | _BESIDE:
        return False
    foreign = agent not in enabled and not _ROYALTIES.search(fold(clause))
    if not sure or intent.name in _BESIDE or foreign:
        if found:
            found[-1] = _longer(found[-1], clause)
        return True
    wish = Wish(clause, intent.name, agent)
    same = next((n for n, each in enumerate(found) if _same(each, wish)), None)
    if same is None:
        found.append(wish)
    else:
        found[same] = _longer(found[same], clause)
    return True


def _longer(wish: Wish, clause: str) -> Wish:
    return wish._replace(text=f"{wish.text}, {clause}")


def _same(one: Wish, other: Wish) -> bool:
    """True for wishes that one answer is for: about goods, or the same thing looked up."""
    if one.intent == other.intent == "support":
        first, second = (set(wishes.services(each.text)) for each in (one, other))
        return not (first and second) or bool(first & second)
    return one.intent == other.intent or {one.intent, other.intent} <= _GOODS


def onward(state: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """What the next wish knows: no question of ours is open for it."""
    return {name: value for name, value in {**state, **answer.state}.items() if name not in _ONE_TURN}


def together(answers: Sequence[Answer]) -> Answer:
    """One reply of several: each text once, the first buttons of each; offers that differ are none."""
    replies = [answer.reply for answer in answers]
    offers = {answer.state["offer"] for answer in answers if answer.state.get("offer")}
    state = {name: value for answer in answers for name, value in answer.state.items()}
    if len(offers) > 1:
        state["offer"] = None
    buttons = dict.fromkeys(button for reply in replies for button in reply.buttons[:1])
    reply = msgspec.structs.replace(
        replies[-1], text="\n\n".join(dict.fromkeys(reply.text for reply in replies)), buttons=tuple(buttons)[:3],
        money=any(reply.money for reply in replies),
        media=next((reply.media for reply in replies if reply.media), None),
    )  # fmt: skip
    return Answer(reply=reply, state=state)
