"""How a message sounds: sentiment from -1 to 1, urgency, and whether it is grave enough for a person."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

_CALM = 0.35  # one bad word among neutral ones
_NEGATIONS = frozenset({"no", "nao", "not", "sin", "sem", "never", "nunca", "isn't", "don't"})


class _Words:
    """Membership by word or by stem."""

    def __init__(self, text: str) -> None:
        words = text.split()
        self._whole = frozenset(word for word in words if not word.endswith("*"))
        self._stems = tuple(word[:-1] for word in words if word.endswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._stems)


_LISTS = tomllib.loads((Path(__file__).parent / "data" / "mood.toml").read_text("utf-8"))
_BAD, _GOOD, _URGENT, _GRAVE = (_Words(_LISTS[name]) for name in ("bad", "good", "urgent", "grave"))


def sentiment(words: Sequence[str], raw: str) -> float:
    """From furious (-1) to delighted (1); shouting makes it stronger."""
    total = 0.0
    for place, word in enumerate(words):
        weight = -1.0 if word in _BAD else 0.8 if word in _GOOD else 0.0
        if weight and place and words[place - 1] in _NEGATIONS:
            weight = -weight / 2
        total += weight
    if total < 0 and (raw.count("!") > 1 or (len(raw) > 12 and raw.isupper())):
        total -= 1.0
    return round(max(-1.0, min(1.0, total * _CALM)), 2)


def urgent(words: Sequence[str]) -> bool:
    """True when something has to happen now."""
    return any(word in _URGENT for word in words)


def grave(words: Sequence[str]) -> bool:
    """True for a threat of law or authority."""
    return any(word in _GRAVE for word in words)
