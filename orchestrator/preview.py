"""The routing decision of one text alone, nothing stored: POST /api/route and `orkesta route`."""

from core.messages import Struct
from core.records import Tenant
from orchestrator import language, route
from orchestrator.intents import read


class Preview(Struct):
    """Where a first message with this text would go."""

    intent: str
    agent: str
    confidence: float
    tier: str  # what read it; a new conversation's text is read without a model call
    language: str


def preview(text: str, tenant: Tenant, locale: str | None = None) -> Preview:
    """Decide as for a new conversation; `locale` is the language known so far."""
    intent = read(text)
    decision = route.decide(intent, tenant.agents)
    return Preview(
        intent=decision.intent.name, agent=decision.agent, confidence=round(decision.intent.confidence, 4),
        tier="offline", language=language.choose(intent, text, (), locale, tenant.locale),
    )  # fmt: skip
