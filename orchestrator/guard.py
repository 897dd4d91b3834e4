"""The number guard: a model's wording goes out only when all its figures, links and claims are ours or the customer's.

What it cannot prove it refuses: the draft, which says the same, goes out instead.
"""

import re
from collections import Counter
from collections.abc import Sequence

from orchestrator import own_words
from orchestrator.claims import unfounded
from orchestrator.figures import amounts, currencies, figures, in_order, links, visible
from orchestrator.intents import read

_LEAK = re.compile(r"</?\|?\w+|commentary\s+to=|```|\bfunctions\.\w+|\{\s*\"|\{\w+\}|\b[A-Za-z0-9+/]{24,}={0,2}")
_LONGER = 2.5  # times the draft, and some words more


def objection(
    text: str, draft: str, sources: tuple[str, str], locale: str, colleagues: Sequence[str] = ()
) -> str | None:
    """Why `text` may not be sent in place of `draft`; None: it may. `sources` are the facts, and the customer's words.

    What `colleagues` told this customer is as good as the draft, except that their promise of a person was theirs.
    """
    text, theirs = visible(text), " ".join(colleagues)
    facts, heard = sources
    known = visible(" ".join([draft, facts, theirs]))
    draft = visible(draft)
    if _LEAK.search(text) and not _LEAK.search(draft):
        return "markup"
    if len(text) > len(draft) * _LONGER + 120:
        return "too long"
    if own_words.leaks(text, draft):
        return "prompt"
    return _wrong_figures(text, draft, known, visible(heard)) or _wrong_words(text, draft, known, theirs, locale)


def _wrong_figures(text: str, draft: str, known: str, heard: str) -> str | None:
    if not set(links(text)) <= set(links(known)) | set(links(heard)) & set(links(draft)):
        return "unknown link"
    said, ours = list(figures(text)), list(figures(draft))
    if not set(said) <= set(figures(f"{known} {heard}")):
        return "unknown figure"
    # a figure may be the customer's, a price or a rate may not: nor may a count of ours become one
    if not set(amounts(text)) <= set(amounts(known)) or not currencies(text) <= currencies(known):
        return "unknown amount"
    if Counter(amounts(text)) - Counter(amounts(known)):  # said once more, a price becomes that of something else
        return "amount repeated"
    return None if in_order(ours, said) else "figures left out or moved"


def _wrong_words(text: str, draft: str, known: str, theirs: str, locale: str) -> str | None:
    if claim := unfounded(text, draft, theirs):
        return f"unfounded {claim}"
    spoken = read(text).language
    if spoken and spoken != locale and len(text) > 40:
        return f"wrong language: {spoken}"
    if not own_words.same_rows(text, draft):
        return "rows left out or mixed"
    if not own_words.keeps(text, f"{draft} {theirs}") or own_words.strays(text, known):
        return "another subject"
    return None
