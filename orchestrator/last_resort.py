"""The predefined reply per agent and situation, with a person behind it: for turns in which even offline fails.

It looks nothing up and asks no agent, so that whatever made the turn fail cannot make this fail too.
"""

import logging
from collections.abc import Sequence
from typing import Literal

from agents.registry import BY_INTENT
from agents.wording import LOCALES, Wording
from core.conversation import Conversation, Inbound, Outcome
from core.log import ref
from core.messages import Reply
from core.records import Tenant
from orchestrator import language
from orchestrator.intents import read

logger = logging.getLogger("orkesta.turn")
AFTER_FAILURES = 3  # of the same turn
Situation = Literal["greeting", "technical", "pricing", "status"]
_SITUATIONS: dict[str, Situation] = {
    **dict.fromkeys(("greeting", "thanks", "goodbye"), "greeting"),
    **dict.fromkeys(("pricing", "quotation", "product_search", "purchase"), "pricing"),
    **dict.fromkeys(
        ("order_status", "royalties_balance", "royalties_earnings", "withdrawal", "debt", "payment"), "status"
    ),
}  # fmt: skip
_say = Wording("last_resort", folder="orchestrator")
_KEYS = frozenset(_say.keys())


def answer(conversation: Conversation, tenant: Tenant, messages: Sequence[Inbound]) -> Outcome:
    """Say what happened and pass the conversation to a person."""
    text = "\n".join(item.text for item in messages)
    situation, agent, locale = _read(conversation, tenant, text, messages)
    return Outcome(
        replies=(Reply(text=words(situation, agent, locale), author="system"),),
        agent=conversation.agent,
        mode="human",
        locale=locale,
        state={**conversation.state, "summary": text[:300]},
        trace={"last_resort": True, "situation": situation, "agent": agent},
    )


def words(situation: Situation, agent: str, locale: str) -> str:
    """The reply of one agent in one situation."""
    key = f"to_{agent}"
    return f"{_say(locale, situation)} {_say(locale, key if key in _KEYS else 'to_human')}"


def _read(
    conversation: Conversation, tenant: Tenant, text: str, messages: Sequence[Inbound]
) -> tuple[Situation, str, str]:
    try:
        intent = read(text)
        locale = language.choose(intent, text, messages, conversation.locale, tenant.locale)
        agent = conversation.agent or BY_INTENT.get(intent.name, "sales")
        return _SITUATIONS.get(intent.name, "technical"), agent, locale
    except Exception:  # the reading may be what fails all the time: the customer is answered all the same
        logger.exception("turn.unreadable", extra={"conversation": ref(conversation.id)})
        known = (conversation.locale, tenant.locale)
        return "technical", conversation.agent or "human", next((each for each in known if each in LOCALES), "es")
