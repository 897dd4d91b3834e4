"""What outlives the ten lines that a turn sees: a digest of the conversation, and facts learned about the customer.

The digest has a fixed size, so a turn costs the same at message 10 and at message 10,000. Facts come only from the
customer's own words and carry their source: the number of the message and its day.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agents.wording import Wording
from core.conversation import Conversation, Inbound, Write
from orchestrator.cleaning import clean
from orchestrator.normal import plain

say = Wording("memory", folder="orchestrator")
_ASKED, _LONGEST = 8, 60  # intents that the digest counts; letters of a fact
_STOP = r"(?=[.,;!?\n]|\s+(?:y|e|and|pero|mas|but|con|com|with|tengo|quiero|necesito|i|busco)\b|$)"
_NO_PLACE = r"(?:l[ao]s?|una?|the|my|tu|mi|sus?|ustedes|voces|[ao]|d[ao]|acuerdo|acordo)\b"
_NO_VEHICLE = (
    r"(?:pedido|orden|order|factura|invoice|fatura|cuenta|recibo|boleto|conta|nota|cita|abril|mayo|julio|enero|junio)\b"
)
_FACTS: dict[str, re.Pattern[str]] = {
    "name": re.compile(rf"\b(?:me llamo|mi nombre es|my name is|me chamo|meu nome e) ([a-z' ]{{2,40}}?){_STOP}"),
    "city": re.compile(
        rf"\b(?:vivo en|soy de|i live in|i am from|i'm from|moro em|sou de) (?!{_NO_PLACE})([a-z' ]{{3,40}}?){_STOP}"
    ),
    "vehicle": re.compile(
        rf"\b(?:mi|un|una|my|an?|meu|minha|um|uma) (?!{_NO_VEHICLE})([a-z][a-z-]+(?: [a-z0-9-]+)? (?:19|20)\d\d)\b"
    ),
    "company": re.compile(
        rf"\b(?:mi empresa es|mi negocio es|my company is|minha empresa e) ([a-z0-9&' ]{{2,40}}?){_STOP}"
    ),
    "email": re.compile(r"\b([\w.+-]+@[\w-]+\.[\w.]*\w)"),
}  # fmt: skip


def learn(messages: Sequence[Inbound]) -> dict[str, dict[str, Any]]:
    """Facts that the customer states about itself, as written, the newest of each kind."""
    facts: dict[str, dict[str, Any]] = {}
    for message in messages:
        text = clean(message.text)
        folded = plain(text)
        for name, pattern in _FACTS.items():
            for match in pattern.finditer(folded):
                # the customer's own spelling, as long as folding has moved nothing
                written = text[match.start(1) : match.end(1)] if len(text) == len(folded) else match[1]
                day = message.received_at.date().isoformat()
                facts[name] = {"value": written.strip()[:_LONGEST], "seq": message.seq, "day": day}
    return facts


def keep(
    old: Mapping[str, Any], conversation: Conversation, messages: Sequence[Inbound], intent: str, now: datetime
) -> tuple[dict[str, Any], tuple[Write, ...]]:
    """The digest after this turn, and the write that adds what is new to the customer's profile."""
    asked: dict[str, Any] = dict(old.get("asked") or {})
    count = asked.pop(intent, [0, ""])[0]
    asked[intent] = [count + 1, now.date().isoformat()]  # the newest stands last
    digest = {
        "turns": int(old.get("turns") or 0) + 1,
        "since": old.get("since") or now.date().isoformat(),
        "asked": dict(list(asked.items())[-_ASKED:]),
    }
    known = conversation.learned
    fresh = {
        name: {**fact, "conversation": conversation.id}
        for name, fact in learn(messages).items()
        if (known.get(name) or {}).get("value") != fact["value"]
    }
    return digest, (Write(kind="profile", data={"learned": fresh}),) if fresh else ()


def facts(conversation: Conversation, messages: Sequence[Inbound] = ()) -> dict[str, str]:
    """What is known of the customer: from its profile and from what it writes now."""
    found = {**conversation.learned, **learn(messages)}
    return {name: str(fact["value"]) for name, fact in found.items() if isinstance(fact, dict) and fact.get("value")}


def known(digest: Mapping[str, Any], learned: Mapping[str, str], locale: str) -> str:
    """The memory in words, for a model and for a person who takes over; empty for a new customer."""
    lines = []
    if int(digest.get("turns") or 0) > 1:
        asked = ", ".join(f"{intent} ×{count}" for intent, (count, _) in (digest.get("asked") or {}).items())
        lines.append(say(locale, "digest", turns=digest["turns"], since=digest["since"], asked=asked))
    if learned:
        lines.append(say(locale, "facts", facts="; ".join(f"{name}: {value}" for name, value in learned.items())))
    return "\n".join(lines)


def interest(notes: Mapping[str, Any]) -> str:
    """The product that was shown or quoted last, by name."""
    shown = notes.get("shown") or []
    first = shown[0] if isinstance(shown, list) and shown else None
    return clean(str(first[1])) if isinstance(first, list | tuple) and len(first) > 1 else ""
