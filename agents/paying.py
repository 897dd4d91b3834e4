"""Reads how a customer would like to pay a debt; pure functions."""

import re

from agents.days import NUMBER_WORDS
from core.fold import fold


def parts(text: str) -> int | None:
    """Read into how many parts a debt is to be split: `en 3 pagos`, `em duas vezes`, a bare `3`; 0: it does not say.

    None: it is about something else.
    """
    words = fold(text).strip(" .!?¿¡")
    if words.isdigit() or words in NUMBER_WORDS:
        return _count(words)
    if match := re.search(r"\b(?:en|em|in) (\d{1,2}) ?x\b", words):
        return _count(match[1])
    if match := re.search(
        r"\b(\w+) (?:pagos|partes|veces|vezes|parcelas|cuotas|mensualidades|exhibiciones|payments|parts|instal+ments)"
        r"\b", words,
    ):  # fmt: skip
        return _count(match[1])
    if match := re.search(r"\b(?:split|divid\w+|partir\w*)\b.*\b(?:in|into|en|em|por) (\w+)\b", words):
        return _count(match[1])
    asked = r"\b(?:parcialidades|a plazos|en pagos|plan de pagos?|cuotas|instal+ments?|payment plan|parcel\w+)\b"
    return 0 if re.search(asked, words) else None


def _count(word: str) -> int:
    return int(word) if word.isdigit() and len(word) < 4 else NUMBER_WORDS.get(word, 0)
