"""Is a wording still the draft? It keeps the draft's words, and what it adds are words of courtesy."""

import re
from collections.abc import Sequence
from pathlib import Path

from orchestrator.figures import figures
from orchestrator.normal import plain

_ROOT = Path(__file__).parent
PROMPTS = _ROOT / "prompts"
_WORD = re.compile(r"[^\W\d_]+")
_STEM, _CONTENT = 5, 4  # letters that tell a word; shorter words say little
_RUN = 5  # so many words in a row that stand in a prompt are the prompt
_NEW_IN_ALL, _NEW_SHARE = 3, 0.2
_NEW_IN_SENTENCE, _SENTENCE_SHARE = 1, 0.34
_KEPT = 0.34  # of the shorter text's words
_ROW_SHARE = 0.6  # of a row's words


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(plain(text))


def _runs(text: str) -> set[tuple[str, ...]]:
    listed = words(text)
    return {tuple(listed[at : at + _RUN]) for at in range(len(listed) - _RUN + 1)}


# What anybody may say in a shop: a list of its own, so that new texts of ours do not widen what a model may add.
_HOUSE = frozenset(word[:_STEM] for word in words((_ROOT / "data" / "courtesy.txt").read_text("utf-8")))
_PROMPT_RUNS = frozenset().union(*(_runs(path.read_text("utf-8")) for path in PROMPTS.rglob("*.md")))


def leaks(text: str, draft: str) -> bool:
    """True when the text quotes what a model was told."""
    return bool((_runs(text) & _PROMPT_RUNS) - _runs(draft))


def strays(text: str, known: str) -> bool:
    """True when the text speaks of other things than `known`, as a whole or in one of its sentences."""
    ours = {word[:_STEM] for word in words(known)} | _HOUSE
    sentences = [[w for w in words(part) if len(w) >= _CONTENT] for part in re.split(r"[.!?\n]+", text)]
    fresh = [[word for word in listed if word[:_STEM] not in ours] for listed in sentences]
    if sum(map(len, fresh)) > max(_NEW_IN_ALL, _NEW_SHARE * sum(map(len, sentences))):
        return True
    return any(
        len(new) > max(_NEW_IN_SENTENCE, _SENTENCE_SHARE * len(all_))
        for new, all_ in zip(fresh, sentences, strict=True)
    )


def keeps(text: str, draft: str) -> bool:
    """True when enough of the draft's words are still there; figures are compared elsewhere."""
    said, ours = ({word[:_STEM] for word in words(each) if len(word) > 2} for each in (text, draft))
    if not ours:
        return True
    return len(said & ours) >= max(1, _KEPT * min(len(said), len(ours)))


def same_rows(text: str, draft: str) -> bool:
    """True when each line of a list still speaks of its own thing: prices do not change places with names."""
    ours, said = (_rows(each) for each in (draft, text))
    if len(ours) < 2:
        return True
    if len(said) != len(ours):
        return False
    for at, (new, old) in enumerate(zip(said, ours, strict=True)):
        own = old.difference(*ours[:at], *ours[at + 1 :])  # what tells this line from the others
        if not own <= new or len(new & old) < _ROW_SHARE * len(old):
            return False
    return True


def told(text: str, lines: Sequence[str]) -> list[str]:
    """Those of `lines` that the text tells: a row within one line of its own, a sentence anywhere.

    A row is told with all of its figures, with what tells it from the other rows, and with most of its words.
    """
    rows = [_stems(line) for line in lines if _is_row(line)]
    places = [(set(figures(place)), _stems(place)) for place in text.splitlines()]
    whole = [(set(figures(text)), _stems(text))]

    def tells(line: str) -> bool:
        needed, ours = set(figures(line)), _stems(line)
        own = ours.difference(*(row for row in rows if row != ours)) if _is_row(line) and len(rows) > 1 else set()
        share = _ROW_SHARE if _is_row(line) else _KEPT
        return any(
            needed <= said and own <= stems and len(ours & stems) >= share * len(ours)
            for said, stems in (places if _is_row(line) else whole)
        )

    return [line for line in dict.fromkeys(lines) if tells(line)]


def _rows(text: str) -> list[set[str]]:
    return [_stems(line) for line in text.splitlines() if _is_row(line)]


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("•")


def _stems(line: str) -> set[str]:
    return {word[:_STEM] for word in words(line) if len(word) >= _CONTENT}
