"""Reads the labelled messages of tests/orchestrator/data and fills in their placeholders; deterministic."""

import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "tests" / "orchestrator" / "data"

_FILL: dict[str, dict[str, list[str]]] = tomllib.loads((FOLDER / "fill.toml").read_text("utf-8"))


class Example(NamedTuple):
    """One labelled message; `half` is `test` for the messages whose errors nobody looks at."""

    text: str
    intent: str
    language: str
    half: str


def richness(text: str) -> int:
    """How many forms of a line are worth having: more when it offers more alternatives."""
    return 1 + text.count("{") + min(12, text.count("|"))


def read(kind: str, language: str) -> Iterator[Example]:
    """The labelled lines of `train`, `check`, `test` or `street`, placeholders still in place.

    Of `street`, every second line is held out: such lines are in the half `test`.
    """
    found = _labelled(kind, language)
    if kind != "street":
        yield from found
        return
    for place, example in enumerate(found):
        yield example._replace(half="test" if place % 2 else "open")


def _labelled(kind: str, language: str) -> Iterator[Example]:
    intent, half = "", "test" if kind == "test" else "open"
    for line in (FOLDER / f"{kind}.{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("== "):
            intent = line.removeprefix("== ")
        elif line.startswith("~ "):
            yield from (Example(word, intent, language, half) for word in line[2:].split("; "))
        elif line and not line.startswith("# "):
            yield Example(line, intent, language, half)


def fill(text: str, language: str, random_source: random.Random) -> str:
    """Choose among the alternatives, innermost first, then put a random word in each placeholder."""

    def word(match: re.Match[str]) -> str:
        words = _FILL[match[1]]
        return random_source.choice(words.get(language) or words["any"])

    def alternative(match: re.Match[str]) -> str:
        optional = match.group().startswith("[")
        return "" if optional and random_source.random() < 0.5 else random_source.choice(match[1].split("|"))

    innermost, times = r"[(\[]([^()\[\]]*)[)\]]", 1
    while times:
        text, times = re.subn(innermost, alternative, text)
    return re.sub(r" +", " ", re.sub(r"\{(\w+)\}", word, text)).strip()
