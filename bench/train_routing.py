"""Trains the routing model from tests/orchestrator/data: `python -m bench.train_routing`; plain Python.

Multinomial logistic regression, AdaGrad per feature. Each line is used several times: with other words in its
placeholders, with a greeting or a courtesy around it, and with typing errors, because customers write so.
"""

import random
import sys
import zlib
from collections import Counter
from itertools import chain
from pathlib import Path

import msgspec

from bench.routing_data import Example, fill, read, richness
from orchestrator.labels import INTENTS, LANGUAGES
from orchestrator.linear import Model, features, softmax
from orchestrator.normal import tokens

TARGET = Path(__file__).parent.parent / "orchestrator" / "data" / "intents.model"
CLASSES = (*INTENTS, *LANGUAGES)
EPOCHS, RATE, DECAY, COPIES = 8, 1.0, 2e-6, 3
_BEFORE = {
    "es": ["hola, ", "buenas tardes, ", "hola buen día ", "oye ", "disculpe, ", "buenas, ", "una pregunta, ", "hola! "],
    "en": ["hi, ", "hello, ", "good morning, ", "hey ", "excuse me, ", "quick question, ", "hi there! "],
    "pt": ["oi, ", "olá, ", "bom dia, ", "boa tarde ", "oi tudo bem? ", "uma pergunta, ", "opa, "],
}
_AFTER = {
    "es": [" por favor", " porfa", ", gracias", "?", " xfa", "!!", " amigo", "..."],
    "en": [" please", " pls", ", thanks", "?", " asap", "!!", "..."],
    "pt": [" por favor", " pfv", ", obrigado", "?", "!!", " moço", "..."],
}
_SELF_CONTAINED = frozenset({"greeting", "thanks", "goodbye", "other", "opt_out"})


def main() -> None:
    """Train and store."""
    source = random.Random(7)
    examples = [(features(tokens(text), text.lower()), intent, lang) for text, intent, lang in variants(source)]
    weights = train(examples, source)
    store(weights)
    sys.stdout.write(f"{len(examples)} examples, {len(weights)} features, {TARGET.stat().st_size:,} bytes\n")


def variants(source: random.Random) -> list[tuple[str, int, int]]:
    """Each training line in several forms, with the indices of its intent and its language."""
    found: dict[str, tuple[str, int, int]] = {}
    for language in LANGUAGES:
        street = (line for line in read("street", language) if line.half == "open")
        for line in chain(read("train", language), read("check", language), street):
            for copy in range(COPIES * min(5, richness(line.text))):
                text = _dress(fill(line.text, language, source), line, copy, source)
                found[text] = (text, CLASSES.index(line.intent), CLASSES.index(language))
    return list(found.values())


def _dress(text: str, line: Example, copy: int, source: random.Random) -> str:
    if copy and line.intent not in _SELF_CONTAINED:
        if source.random() < 0.4:
            text = source.choice(_BEFORE[line.language]) + text
        if source.random() < 0.3:
            text += source.choice(_AFTER[line.language])
    return _mistype(text, source) if copy and source.random() < 0.5 else text


def _mistype(text: str, source: random.Random) -> str:
    at = source.randrange(len(text))
    if not text[at].isalpha():
        return text
    kind = source.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + source.choice("aeiounrst") + text[at + 1 :]


def train(examples: list[tuple[set[str], int, int]], source: random.Random) -> dict[str, list[float]]:
    """Fit; features that occur once are left out."""
    counts = Counter(feature for found, *_ in examples for feature in found)
    kept = {feature for feature, count in counts.items() if count > 1}
    rows = [(sorted(found & kept), intent, language) for found, intent, language in examples]
    weights = {feature: [0.0] * len(CLASSES) for feature in sorted(kept)}
    energy = dict.fromkeys(weights, 1e-3)
    for _ in range(EPOCHS):
        source.shuffle(rows)
        for found, intent, language in rows:
            _step(weights, energy, found, _errors(weights, found, intent, language))
    return weights


def _errors(weights: dict[str, list[float]], found: list[str], intent: int, language: int) -> list[float]:
    factor = max(1, len(found)) ** -0.5
    scores = [sum(column) * factor for column in zip(*(weights[feature] for feature in found), strict=True)]
    if not scores:
        return [0.0] * len(CLASSES)
    errors = softmax(scores[: len(INTENTS)]) + softmax(scores[len(INTENTS) :])
    errors[intent] -= 1.0
    errors[language] -= 1.0
    return [error * factor for error in errors]


def _step(weights: dict[str, list[float]], energy: dict[str, float], found: list[str], errors: list[float]) -> None:
    power = sum(error * error for error in errors)
    for feature in found:
        energy[feature] += power
        pace = RATE / energy[feature] ** 0.5
        keep = 1.0 - DECAY / power * pace if power > 1e-4 else 1.0
        weights[feature] = [
            weight * keep - pace * error for weight, error in zip(weights[feature], errors, strict=True)
        ]


def store(weights: dict[str, list[float]]) -> None:
    """Round the weights to bytes; features that hardly matter are dropped."""
    top = sorted(abs(weight) for row in weights.values() for weight in row)[int(len(weights) * len(CLASSES) * 0.9995)]
    scale = top / 127
    rows = {
        feature: bytes(max(0, min(255, 128 + round(weight / scale))) for weight in row)
        for feature, row in weights.items()
        if max(map(abs, row)) > 3 * scale
    }
    model = Model(classes=list(CLASSES), scale=scale, features=list(rows), weights=b"".join(rows.values()))
    TARGET.write_bytes(zlib.compress(msgspec.msgpack.encode(model), 9))


if __name__ == "__main__":
    main()
