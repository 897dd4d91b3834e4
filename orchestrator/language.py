"""Which language to answer in: it stays what it was until the customer clearly changes."""

from core.conversation import Inbound
from orchestrator.intents import read

_ENOUGH_WORDS = 3  # `ok` or a product name does not change the language of a conversation


def choose(text: str, messages: tuple[Inbound, ...], current: str | None, default: str) -> str:
    """Return es, en or pt for the reply to `text`."""
    heard = read(text).language if text else None
    if heard and (current is None or len(text.split()) >= _ENOUGH_WORDS):
        return heard
    if current:
        return current
    hint = next((str(item.context.get("locale", ""))[:2] for item in messages if item.context.get("locale")), "")
    return hint if hint in ("es", "en", "pt") else default
