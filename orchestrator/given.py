"""What waits in a conversation, read: its text, intent and language, and what the customer says about itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from agents import no_person
from core.conversation import Conversation, Inbound
from core.messages import Attachment
from core.records import Tenant
from orchestrator import language, memory
from orchestrator.intents import Intent, read

_BY_PHONE = ("whatsapp_cloud", "whatsapp_twilio", "sms")
_LONGEST_TEXT = 8000  # characters that a turn reads; a mail may have millions


class Given(NamedTuple):
    """What waits in a conversation, read."""

    conversation: Conversation
    tenant: Tenant
    messages: tuple[Inbound, ...]
    state: dict[str, Any]
    text: str
    intent: Intent
    locale: str
    payload: str | None
    deadline: float  # monotonic: of all model calls of the turn
    facts: dict[str, str]  # what the customer has said about itself


def take(conversation: Conversation, tenant: Tenant, messages: tuple[Inbound, ...], deadline: float) -> Given:
    """Read the messages of one turn as one text."""
    text = "\n".join(item.text.strip() for item in messages if item.text.strip())[:_LONGEST_TEXT]
    intent = read(text)
    phone = conversation.peer if conversation.channel in _BY_PHONE else ""
    if conversation.mode != "human":  # `no quiero a nadie, dime el precio`: what agents look for is the price
        text = no_person.without(text) or text
    return Given(
        conversation=conversation,
        tenant=tenant,
        messages=messages,
        state=dict(conversation.state),
        text=text,
        intent=intent,
        locale=language.choose(
            intent, text, messages, conversation.locale, tenant.locale, history=conversation.history, phone=phone
        ),
        payload=next((item.payload for item in reversed(messages) if item.payload), None),
        deadline=deadline,
        facts=memory.facts(conversation, messages),
    )


def attachments(messages: Sequence[Inbound]) -> tuple[Attachment, ...]:
    """The files of all messages."""
    return tuple(item for message in messages for item in message.attachments)
