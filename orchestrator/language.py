"""Which language to answer in: it stays what it was until the customer clearly changes."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core.conversation import Inbound
from orchestrator.intents import Intent
from orchestrator.normal import plain

_ENOUGH_WORDS = 3  # `ok` or a product name does not change the language of a conversation
_SPOKEN = ("es", "en", "pt")
_LISTS = tomllib.loads((Path(__file__).parent / "data" / "telltale.toml").read_text("utf-8"))
_COUNTED = Counter(word for words in _LISTS.values() for word in set(words.split()))
_TELLTALE = {
    language: frozenset(word for word in words.split() if _COUNTED[word] == 1) for language, words in _LISTS.items()
}


def choose(intent: Intent, text: str, messages: Sequence[Inbound], current: str | None, default: str) -> str:
    """Return es, en or pt for the reply to `text`, which was read as `intent`."""
    told, heard = telltales(text), intent.language
    if any(told.values()):
        heard = max(_SPOKEN, key=lambda each: (told[each], each == intent.language))
    if not any(told.values()) and {heard, default} == {"es", "pt"}:
        heard = default  # too alike to tell them by a product's name
    if heard and current is None and (told[heard] or len(text.split()) >= _ENOUGH_WORDS):
        return heard
    if heard and current in _SPOKEN and heard == intent.language:
        return heard if len(text.split()) >= _ENOUGH_WORDS and told[heard] > told[str(current)] else str(current)
    if current in _SPOKEN:
        return str(current)
    hints = (str(item.context.get("locale") or "")[:2] for item in messages)
    return next((hint for hint in hints if hint in _SPOKEN), default if default in _SPOKEN else "es")


def telltales(text: str) -> dict[str, int]:
    """How many words of the text tell each language."""
    words = set(re.findall(r"[a-z']+", plain(text)))
    return {language: len(words & known) for language, known in _TELLTALE.items()}
