"""Stage 2 of routing: which agent takes the turn, given the intent, the agent that holds it, and the tenant."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents import days, paying, payout, pointed, pointing, promised, regrets, return_wishes
from agents.registry import BY_INTENT
from core.fold import fold
from core.messages import Struct
from orchestrator.intents import Intent

# Said in any context, these do not change the subject.
_CONTEXT_FREE = frozenset({"other", "greeting", "thanks", "goodbye"})
_SURE = 0.45  # an intent below this does not take the customer away from the current agent
_STAND_IN = {"royalties": "support", "dunning": "support", "support": "sales", "sales": "support"}
_ASKS_WHICH = ("return", "order_status")  # we showed a list of orders, or of an order's lines
_NEW_MATTER = ("complaint", "return")  # not the answer to a question about where an order is
_OTHER_MATTER = ("support", "order_status")  # while a return is talked over; a reason may be read as anything
_OF_MONEY = ("royalties_balance", "royalties_earnings")  # asked while an amount to withdraw is awaited
_GOODS = ("product_search", "pricing", "quotation", "purchase")  # may name what goes back, of the list that we showed
_ASKS_WHETHER = ("return", "withdrawal")  # we asked for a yes, a no or a reason
# Sure below this, these may still be about the agent's own matter (`¿cuánto me queda?`): it looks first, and hands on.
_NEARLY_SURE = 0.75
_LOOKS_FIRST = {"royalties": frozenset({"pricing", "debt", "quotation", "product_search", "purchase", "support"})}
# What is said of a promise is none of these.
_NO_PROMISE = frozenset({"human", "opt_out", "dispute", "complaint", "withdrawal", "payment_promise", "debt"})
_NO_SUM = frozenset({"human", "opt_out", "dispute", "complaint"})  # a figure in these is no sum to withdraw
URGENT, FURIOUS = 9, -0.8


class Decision(Struct):
    """Who answers, and why."""

    intent: Intent
    agent: str
    reason: str


def decide(
    intent: Intent,
    enabled: Sequence[str],
    *,
    current: str | None = None,
    notes: Mapping[str, Any] | None = None,
    payload: str | None = None,
) -> Decision:
    """Choose the agent for a message; a pressed button and an answer to our question come before the reading."""
    named = _button(payload) or _expected(intent, notes or {})
    if named:
        intent = intent.named(named, 1.0)
        return Decision(intent=intent, agent=allowed(BY_INTENT[named], enabled), reason="asked")
    wanted = BY_INTENT.get(intent.name, "sales")
    if held := _of_the_matter(intent, wanted, current, notes or {}):
        agent = allowed(BY_INTENT[held], enabled)
        return Decision(intent=intent.named(held, intent.confidence), agent=agent, reason="held")
    if holder := _holder(intent, current, notes or {}, enabled):
        return Decision(intent=intent, agent=holder, reason="held")
    if current and current != "human" and allowed(current, enabled) == current:
        if intent.name == "other" or (intent.name in _CONTEXT_FREE and wanted == current):
            return Decision(intent=intent, agent=current, reason="kept")
        if intent.name in _LOOKS_FIRST.get(current, ()) and intent.confidence < _NEARLY_SURE:
            return Decision(intent=intent, agent=current, reason="unsure")
        if intent.confidence < _SURE and wanted != current:
            return Decision(intent=intent.named("other", intent.confidence), agent=current, reason="kept")
    return Decision(intent=intent, agent=allowed(wanted, enabled), reason="intent")


def for_a_person(intent: Intent) -> bool:
    """True for what no agent should answer: threats of law, and anger at its peak."""
    return intent.name != "human" and (intent.priority >= URGENT or intent.sentiment <= FURIOUS)


def allowed(agent: str, enabled: Sequence[str]) -> str:
    """`agent`, or who stands in when the tenant does not have it; people are always there."""
    if agent == "human" or agent in enabled:
        return agent
    stand_in = _STAND_IN.get(agent, "sales")
    return stand_in if stand_in in enabled else next(iter(enabled), "human")


def _of_the_matter(intent: Intent, wanted: str, current: str | None, notes: Mapping[str, Any]) -> str | None:
    """What a message is that goes on with what its agent has just shown or noted, however it was read."""
    if _of_the_promise(intent, current, notes):
        return "payment_promise"
    if current == "dunning" and notes.get("debt_told") and pointing.without_link(fold(intent.said)) is not None:
        return "payment"
    return _of_the_sale(intent, wanted, current, notes)


def _of_the_promise(intent: Intent, current: str | None, notes: Mapping[str, Any]) -> bool:
    """True for what changes the day or sum that dunning has just noted: `make it 500 on Thursday` names no order."""
    if current != "dunning" or intent.name in _NO_PROMISE or not intent.said:
        return False
    if (notes.get("planned") or notes.get("promised_on")) and promised.changes_plan(intent.said):
        return True
    told = bool(notes.get("debt_told") or notes.get("planned"))
    if told and pointed.points(intent.said) and promised.settles(intent.said):
        return True
    return ("promised_on" in notes and promised.changes(intent.said)) or (
        bool(notes.get("debt_told")) and intent.name != "payment" and promised.says_when(intent.said)
    )


def _of_the_sale(intent: Intent, wanted: str, current: str | None, notes: Mapping[str, Any]) -> str | None:
    """What a message is that points to what sales has just shown, or changes its open quote, however it was read."""
    if intent.drops and current == "sales" and notes.get("quote_number") and wanted != "human":
        return "quotation"
    if notes.get("quote_number") and wanted != "human" and regrets.buys_nothing(intent.said):
        return "quotation"  # also when something else was spoken of in between
    if wanted in ("sales", "human"):
        return None
    if intent.points and current == "sales" and notes.get("shown"):
        return "purchase"
    return "quotation" if intent.changes and notes.get("quote_number") else None


def _holder(
    intent: Intent, current: str | None, notes: Mapping[str, Any], enabled: Sequence[str]
) -> str | None:
    """The agent that asked to be given this intent; right after the debt was told, a wish to pay is about the debt."""
    if current == "dunning" and intent.name == "payment" and allowed(current, enabled) == current:
        return current
    holder = str(notes.get("holder") or current or "")
    return holder if holder and intent.name in notes.get("holds", ()) and allowed(holder, enabled) == holder else None


def _button(payload: str | None) -> str | None:
    name = (payload or "").removeprefix("intent:")
    return name if payload and payload.startswith("intent:") and name in BY_INTENT else None


def _expected(intent: Intent, notes: Mapping[str, Any]) -> str | None:
    """What a bare `sí` agrees to, or the question that a bare figure or day answers."""
    if intent.affirms and notes.get("offer") in BY_INTENT:
        return str(notes["offer"])
    said = "" if intent.name in _NO_SUM and intent.calls_off in ("figure", "maybe") else intent.calls_off
    if payout.is_meant(notes, code=intent.code, bare=intent.bare, said=said):
        return "withdrawal"
    expects = notes.get("expects")
    if _of_return(intent, notes):
        return "return"
    if expects not in BY_INTENT:
        return None
    if _leaves(str(expects), intent, notes):
        return None
    answered = intent.replies if expects in _ASKS_WHETHER else (expects, notes.get("case")) == ("support", "about")
    answered = answered or (intent.points and expects in _ASKS_WHICH)
    answered = answered or (expects == "payment_promise" and _names_when(intent.brief))
    answered = answered or (_asks_which_invoice(notes) and bool(intent.brief) and intent.name not in _CONTEXT_FREE)
    answered = answered or (expects == "return" and intent.name in _GOODS and notes.get("return") in ("order", "lines"))
    answered = answered or (
        expects == "return" and (return_wishes.partly(intent.brief) or return_wishes.lists(intent.said))
    )
    if answered and intent.name not in ("human", "opt_out"):
        return str(expects)
    if intent.bare or intent.name == "other" or BY_INTENT.get(intent.name) == BY_INTENT[expects]:
        return str(expects)
    return None


def _asks_which_invoice(notes: Mapping[str, Any]) -> bool:
    return notes.get("expects") == "payment_promise" and notes.get("asked") == "invoice"


def _of_return(intent: Intent, notes: Mapping[str, Any]) -> bool:
    """True for what calls a return off, or adds to the one that is talked over, or was told last."""
    if intent.of_return == "off":
        return True
    talked = notes.get("expects") == "return"
    return (intent.of_return == "keeps" and talked) or (
        intent.of_return == "adds" and (talked or bool(notes.get("returned")))
    )


def _names_when(text: str) -> bool:
    """True for a day, `dia primeiro`, or a wish to split, `split it`: what answers the question when to pay."""
    return bool(text) and (days.names(text) or paying.parts(text, asked=True) is not None)


def _answers_when(text: str) -> bool:
    """True for a day, parts or a sum, also in a whole sentence: no new wish to see the debt or to have its link."""
    return _names_when(text) or promised.names_part(text) or promised.conditional(text)


def _leaves(expects: str, intent: Intent, notes: Mapping[str, Any]) -> bool:
    """True for another question of the same agent instead of an answer to the one that we asked."""
    if expects == "order_status":
        return intent.name in _NEW_MATTER
    if expects == "payment_promise" and intent.name in ("dispute", "withdrawal"):
        return intent.name == "dispute" or intent.confidence >= _NEARLY_SURE  # `withdraw 20` is no day
    if expects == "payment_promise" and intent.name in ("debt", "payment"):
        if _asks_which_invoice(notes):
            return False
        return not (intent.replies or intent.bare or intent.affirms or _answers_when(intent.said))
    if expects == "return" and intent.which and notes.get("return") == "order":
        return False
    if intent.replies or intent.bare or intent.code or intent.points or intent.affirms:
        return False
    if expects == "return":
        other = intent.name in _OTHER_MATTER and notes.get("return") != "reason"
        return other and not return_wishes.partly(intent.brief)
    return expects == "withdrawal" and intent.name in _OF_MONEY
