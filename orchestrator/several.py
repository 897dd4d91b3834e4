"""Several wishes in one message, `cuánto debo y a qué hora abren`: found here, answered one by one by the graph."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agents import wishes
from agents.base import Answer, Turn
from agents.reading import fold
from agents.registry import BY_INTENT
from agents.wording import Wording
from orchestrator.intents import read

say = Wording("common")
MOST, _QUOTED = 3, 80  # answers in one reply; letters of a wish that is told again
_GOODS = frozenset({"product_search", "pricing", "quotation", "purchase"})
_LOOKS_UP = frozenset({"debt", "order_status", "royalties_balance", "royalties_earnings", "support"})
_DONE = frozenset({"payment_promise", "withdrawal"})  # done beside a look-up, and the look-up would be forgotten
_DOES = re.compile(r"\b(?:pago|pagar\w*|pay|retir\w+|sacar|withdraw\w*)\b")
_PHRASE = 3  # words of a clause that is a wish of its own
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
    found, looks_up = _found(turn)
    return found[:MOST] if looks_up and len(found) > 1 else []


def left_over(turn: Turn, agent: str, answered: Sequence[Wish]) -> list[Wish]:
    """What a message asks for besides, and is not answered when `agent` has answered the whole, or `answered` of it."""
    if agent == "human":
        return []  # a person reads all of it
    found, looks_up = _found(turn)
    if answered:
        return found[len(answered) :] if looks_up else []
    if looks_up or len(found) < 2 or not any(each.intent in _DONE for each in found):
        return []
    return [each for each in found if _stands_alone(each) and not _served(turn, each, agent)]


def _stands_alone(wish: Wish) -> bool:
    words = len(wish.text.split())
    return words > 1 if wish.intent in _DONE else words >= _PHRASE and wish.intent in _GOODS | _LOOKS_UP


def _served(turn: Turn, wish: Wish, agent: str) -> bool:
    return wish.agent == agent and (agent != "royalties" or wish.intent == turn.intent)


def _found(turn: Turn) -> tuple[list[Wish], bool]:
    """The wishes of a message with several clauses, and whether all of them only look something up."""
    if turn.payload or turn.state.get("expects") == turn.intent:
        return [], False
    words = fold(turn.text)
    looks_up = bool(_OF_OTHERS.search(words)) or wishes.names_service(words)
    if "cancel" in words or not (looks_up or turn.intent in _DONE or _DOES.search(words)):
        return [], False
    found: list[Wish] = []
    for clause in _clauses(turn.text):
        looks_up = _wish_into(found, clause, turn.tenant.agents) and looks_up
    return found, looks_up


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
        found.append(Wish(clause, intent.name, agent))
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


def with_rest(answer: Answer, left: Sequence[Wish], locale: str) -> Answer:
    """The answer, and a line that names what of the message it leaves out."""
    rest = ", ".join(f"«{each.text.strip(' .,;')[:_QUOTED]}»" for each in left)
    text = f"{answer.reply.text}\n\n{say(locale, 'left', wishes=rest)}"
    return msgspec.structs.replace(answer, reply=msgspec.structs.replace(answer.reply, text=text))


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
