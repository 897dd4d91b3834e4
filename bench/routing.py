"""Routing quality and speed on the labelled messages: `python -m bench.routing`, `make bench-routing`."""

import json
import re
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from agents.registry import BY_INTENT
from bench.routing_data import Example, read
from orchestrator import intents
from orchestrator.labels import LANGUAGES
from orchestrator.normal import tokens

_RULES = Path(intents.__file__).parent / "data" / "rules.toml"
Pair = tuple[str, str]


def agent_of(intent: str) -> str:
    """The agent of an intent; consent is nobody's."""
    return BY_INTENT.get(intent, intent)


def macro_f1(pairs: Iterable[Pair]) -> tuple[float, dict[str, float]]:
    """The mean F1 over the labels that occur, and each one's."""
    counted = Counter(pairs)
    labels = sorted({wanted for wanted, _ in counted})
    each = {}
    for label in labels:
        right = counted[label, label]
        said = sum(count for (_, got), count in counted.items() if got == label)
        due = sum(count for (wanted, _), count in counted.items() if wanted == label)
        each[label] = 2 * right / (said + due) if said + due else 0.0
    return statistics.mean(each.values()), each


def evaluate(examples: list[Example]) -> tuple[dict[str, float], list[Pair], list[tuple[Example, str]]]:
    """Figures, agent pairs (wanted, got), and the messages that went to the wrong agent."""
    readings = [intents.read(example.text) for example in examples]
    pairs = [(agent_of(e.intent), agent_of(r.name)) for e, r in zip(examples, readings, strict=True)]
    score, _ = macro_f1(pairs)
    figures = {
        "messages": len(examples),
        "agent_macro_f1": round(score, 4),
        "intent_accuracy": _share(e.intent == r.name for e, r in zip(examples, readings, strict=True)),
        "language_accuracy": _share(e.language == r.language for e, r in zip(examples, readings, strict=True)),
    }
    wrong = [(e, r.name) for e, r in zip(examples, readings, strict=True) if agent_of(e.intent) != agent_of(r.name)]
    return figures, pairs, wrong


def _share(hits: Iterable[bool]) -> float:
    listed = list(hits)
    return round(sum(listed) / len(listed), 4) if listed else 0.0


def matrix(pairs: list[Pair]) -> str:
    """The confusion matrix as text: rows are what was meant, columns what was read."""
    labels = sorted({label for pair in pairs for label in pair})
    counted = Counter(pairs)
    head = " " * 10 + "".join(f"{label[:9]:>10}" for label in labels)
    rows = [f"{row[:9]:<10}" + "".join(f"{counted[row, column] or '.':>10}" for column in labels) for row in labels]
    return "\n".join([head, *rows])


def latency(examples: list[Example]) -> dict[str, float]:
    """Microseconds per message."""
    spent = []
    for example in examples:
        runs = []
        for _ in range(3):  # the best one: what other processes of the machine do is not meant
            started = time.perf_counter_ns()
            intents.read(example.text)
            runs.append((time.perf_counter_ns() - started) / 1000)
        spent.append(min(runs))
    spent.sort()
    return {"p50_us": round(spent[len(spent) // 2], 1), "p99_us": round(spent[int(len(spent) * 0.99)], 1)}


def rules_check(examples: list[Example]) -> list[str]:
    """How often each rule agrees with the labels of the messages that it matches."""
    lines = []
    for rule in tomllib.loads(_RULES.read_text("utf-8"))["rule"]:
        pattern = re.compile(rule["pattern"])
        hit = [example for example in examples if pattern.search(" ".join(tokens(example.text)))]
        right = sum(example.intent == rule["intent"] for example in hit)
        lines.append(f"{rule['intent']:<18} {right}/{len(hit)}  {rule['pattern'][:60]}")
    return lines


def main() -> None:
    """Print the figures; the last line is JSON. `--errors` shows wrong ones of the open half only."""
    everything: list[Example] = []
    report: dict[str, dict[str, float]] = {}
    for language in LANGUAGES:
        found = list(read("check", language)) + list(read("test", language))
        everything += [*found, *(line for line in read("train", language) if not re.search(r"[({\[]", line.text))]
        street = list(read("street", language))
        for name, some in (("open", found), ("test", found), ("street.open", street), ("street.test", street)):
            half = name.removeprefix("street.")
            figures, pairs, wrong = evaluate([example for example in some if example.half == half])
            report[f"{language}.{name}"] = figures
            sys.stdout.write(f"\n{language}, {name} half: {figures}\n{matrix(pairs)}\n")
            if half == "open" and "--errors" in sys.argv:
                sys.stdout.writelines(f"  {e.text!r}: {e.intent}, read as {got}\n" for e, got in wrong)
    sys.stdout.write("\nrules, agreeing/matching:\n" + "\n".join(rules_check(everything)) + "\n")
    report["latency"] = latency(everything)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
