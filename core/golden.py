"""Golden flows: an end-to-end conversation as data, what must come of each step, and how a step is judged."""

import re
from collections.abc import Sequence
from typing import Any

from core.errors import NotFound
from core.messages import Struct

FACTS = ("agent", "intent", "mode", "language", "opted_out")  # what a step may expect of the conversation after it


class Expected(Struct):
    """One thing that a customer says, and what must come of it."""

    say: str
    replies: tuple[str, ...] = ()  # patterns that the answers, taken together, must hold; case does not count
    never: tuple[str, ...] = ()  # patterns that they must not hold
    facts: dict[str, Any] = {}
    count: int | None = None  # how many messages answer; any number above zero unless said
    copies: int = 1  # how often the provider delivers the webhook
    within_seconds: float = 15.0


class Flow(Struct):
    """One conversation on one channel in one language, with a sandbox tenant."""

    name: str
    title: dict[str, str]  # by the reader's language
    tenant: str
    channel: str
    language: str
    steps: tuple[Expected, ...]


class Played(Struct):
    """What came of one step."""

    say: str
    passed: bool
    ms: int
    expected: tuple[str, ...]
    missing: tuple[str, ...]
    got: tuple[str, ...]  # the answers
    facts: dict[str, Any] = {}


def chosen(names: Sequence[str], known: Sequence[Flow]) -> list[Flow]:
    """The named flows, or those whose name begins with the word; all without names. Raises NotFound."""
    for name in names:
        if not any(_fits(name, flow) for flow in known):
            raise NotFound(f"there is no golden flow {name!r}: `orkesta golden list` names them")
    return [flow for flow in known if not names or any(_fits(name, flow) for name in names)]


def _fits(name: str, flow: Flow) -> bool:
    return flow.name == name or flow.name.startswith(f"{name}-")


def expectations(step: Expected) -> tuple[str, ...]:
    """What a step expects, one line each."""
    count = "an answer" if step.count is None else f"{step.count} answers"
    return (
        f"{count} within {step.within_seconds:g} s",
        *(f"answer has /{pattern}/" for pattern in step.replies),
        *(f"answer has no /{pattern}/" for pattern in step.never),
        *(f"{name} is {value}" for name, value in step.facts.items()),
    )


def missing(step: Expected, answers: Sequence[str], facts: dict[str, Any]) -> tuple[str, ...]:
    """The expectations that were not met; none means that the step passed."""
    said = "\n".join(answers)
    right = (
        bool(answers) if step.count is None else len(answers) == step.count,
        *(_holds(pattern, said) for pattern in step.replies),
        *(not _holds(pattern, said) for pattern in step.never),
        *(facts.get(name) == value for name, value in step.facts.items()),
    )
    return tuple(line for line, met in zip(expectations(step), right, strict=True) if not met)


def _holds(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
