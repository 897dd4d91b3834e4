"""Cut a long text into pieces that fit a channel's limit, never inside what a reader sees as one character."""

from collections.abc import Iterator
from typing import Literal

import regex

Unit = Literal["chars", "utf16", "bytes"]

# An extended grapheme cluster of Unicode: ZWJ emoji, flags, combining marks, CRLF count as one.
GRAPHEME = regex.compile(r"\X")
# Where to cut, best first; each but the last only in the second half, so that pieces do not get tiny.
BREAKS = (
    regex.compile(r"(?:\r\n|\n)[^\S\n]*\n"),
    regex.compile(r"\r\n|\n"),
    regex.compile(r"(?<=[.!?…。！？])\s"),
    regex.compile(r"(?![\u00a0\u202f])\s"),
)


def size(text: str, unit: Unit) -> int:
    """Measure a text in the provider's unit."""
    if unit == "chars":
        return len(text)
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def fits(text: str, limit: int, unit: Unit) -> bool:
    """Tell whether a text is within the limit, without measuring what is surely too long."""
    return len(text) <= limit and size(text, unit) <= limit


def shorten(text: str, limit: int, unit: Unit = "chars") -> str:
    """The beginning of a text that fits, ending in an ellipsis when something was left out."""
    if fits(text, limit, unit):
        return text
    head = prefix(text, limit - size("…", unit), unit)
    return text[: boundaries(text, len(head))[-1]].rstrip() + "…"


def split(text: str, limit: int, unit: Unit = "chars") -> list[str]:
    """Cut a text into non-empty pieces within the limit; only whitespace at the cuts is left out."""
    pieces = []
    while not fits(text, limit, unit):
        cut = best_cut(text, prefix(text, limit, unit))
        pieces.append(text[:cut].rstrip())
        text = text[cut + leading_space(text[cut : cut + limit]) :]
    return [piece for piece in (*pieces, text) if piece.strip()]


def prefix(text: str, limit: int, unit: Unit) -> str:
    """The longest beginning that fits, cut between code points."""
    window = text[:limit]
    if unit == "utf16":
        return window.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")
    if unit == "bytes":
        return window.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
    return window


def best_cut(text: str, head: str) -> int:
    """The best place to cut inside `head`, the longest beginning of `text` that fits."""
    allowed = boundaries(text, len(head))
    places = set(allowed)
    for number, pattern in enumerate(BREAKS):
        floor = 0 if number == len(BREAKS) - 1 else len(head) // 2
        # One more character is looked at: a break exactly at the end of the head costs no space in the piece.
        found = [m.start() for m in pattern.finditer(text, floor, len(head) + 1) if m.start() in places]
        if found:
            return int(found[-1])
    return allowed[-1]


def boundaries(text: str, end: int) -> list[int]:
    """Places up to `end` where a cut divides no grapheme; only `end` itself when one grapheme is longer than that."""
    return list(ends(text, end)) or [max(end, 1)]


def ends(text: str, end: int) -> Iterator[int]:
    # Whether a grapheme goes on is decided by the next code point alone: one more than `end` is enough to see.
    for match in GRAPHEME.finditer(text, 0, end + 1):
        if match.end() <= end:
            yield match.end()


def leading_space(text: str) -> int:
    """Count the characters of whole whitespace graphemes at the beginning."""
    count = 0
    for match in GRAPHEME.finditer(text):
        if not match.group().isspace():
            break
        count = match.end()
    return count
