"""Which language to answer in: it stays what it was until the customer clearly changes."""

from collections.abc import Sequence

from core.conversation import Inbound
from orchestrator.intents import Intent

_ENOUGH_WORDS = 3  # `ok` or a product name does not change the language of a conversation
_SPOKEN = ("es", "en", "pt")


def choose(intent: Intent, text: str, messages: Sequence[Inbound], current: str | None, default: str) -> str:
    """Return es, en or pt for the reply to `text`, which was read as `intent`."""
    if intent.language and (current is None or len(text.split()) >= _ENOUGH_WORDS):
        return intent.language
    if current in _SPOKEN:
        return str(current)
    hints = (str(item.context.get("locale") or "")[:2] for item in messages)
    return next((hint for hint in hints if hint in _SPOKEN), default if default in _SPOKEN else "es")
