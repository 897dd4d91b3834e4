"""A small linear model over words and pieces of words: one pass over a message scores all intents and languages.

The file is made by `bench/train_routing.py`. Each feature has one byte per class; at load they are packed into one long
integer per feature with 32 bits per class, so that adding up a whole message is one `sum` of integers: some
microseconds, without any numeric library.
"""

import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

_ZERO = 128  # weights are stored as byte - 128
_MARKS = frozenset("ñãõç¿¡")  # letters that folding loses and that tell the language


def features(words: Sequence[str], raw: str) -> set[str]:
    """Words, neighbours and pieces of three and four letters, which survive a typo."""
    found = set(words)
    found.update(map("{} {}".format, ("^", *words), (*words, "$")))
    for word in words:
        if len(word) > 2 and word[0] != "<":
            padded = f"_{word}_"
            size = len(padded)
            found.update([padded[start : start + 3] + "~" for start in range(size - 2)])
            found.update([padded[start : start + 4] + "~" for start in range(size - 3)])
    if not raw.isascii():
        found.update(_MARKS.intersection(raw))
    found.add(f"#{min(len(words), 12)}")
    return found


class Model(msgspec.Struct):
    """The stored form: `weights` has a row of `len(classes)` bytes per feature."""

    classes: list[str]
    scale: float
    features: list[str]
    weights: bytes


class Scorer:
    """Scores features for every class; loads in well under a second and is then read-only."""

    def __init__(self, path: Path) -> None:
        model = msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=Model)
        self.classes = tuple(model.classes)
        self._scale = model.scale
        self._unpack = struct.Struct(f"<{len(self.classes)}I")
        self._packed = dict(zip(model.features, self._rows(model), strict=True))

    def _rows(self, model: Model) -> list[int]:
        width = len(self.classes)
        spread = bytearray(width * 4)
        rows = []
        for start in range(0, len(model.weights), width):
            spread[::4] = model.weights[start : start + width]
            rows.append(int.from_bytes(spread, "little"))
        return rows

    def scores(self, found: set[str]) -> list[float]:
        """One score per class, in the order of `classes`."""
        packed = self._packed
        hits = [packed[feature] for feature in found if feature in packed]
        sums = self._unpack.unpack(sum(hits).to_bytes(self._unpack.size, "little"))
        zero = _ZERO * len(hits)
        factor = self._scale / math.sqrt(max(1, len(hits)))
        return [(value - zero) * factor for value in sums]


def softmax(scores: Sequence[float]) -> list[float]:
    """Scores as shares of one."""
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
