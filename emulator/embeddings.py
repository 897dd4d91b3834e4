"""Vectors for texts, the same ones every time: near when texts share letters, nearer when they mean one thing.

A model knows that a squealing brake wants new pads. This one knows it from a table of concepts, enough for tests and
demos; the rest of a vector are hashed pieces of words, so that two spellings of a name are neighbours as well.
"""

import base64
import hashlib
import math
import re
import struct
from functools import lru_cache
from typing import Any

import msgspec

from core.fold import fold

MOST_TEXTS, MOST_NUMBERS, USUAL_NUMBERS = 2048, 3072, 1536
_MEANING, _SPELLING = 0.85, 0.53  # shares of a vector's length: squares add up to one
# One concept a line: the beginnings of the folded words that speak of it.
_CONCEPTS = """
fren brak frei balat pastill pastilh zapat rechin chirri chill squeal squeak guincha
balat pastill pastilh zapat rechin chirri chill squeal squeak guincha
motor engine lubric oleo aceit oil
filtr filter
llant neumat pneu tire tyre rued wheel roda derrap skid
bateri batter acumul arranc start encend
luz luces light faro farol headl lampar foco bulb alumbr ilumin oscur dark escur
pint paint tint broch pincel brush color cor
taladr drill furad broca perfor agujer hole buraco
martill martel hammer clav nail preg
tornill parafus screw bolt
agua water grif torneir faucet fuga leak vazam gote drip ping
cabl wire fio electr enchuf tomad outlet
cort cut serr saw
seguri safet guant luva glove casc helmet proteg protect
dur durad amortig shock suspens bach pothole
limpi wiper clean limp parabr windshield lluvi rain chuva
"""
_TABLE = tuple(re.compile(rf"\b(?:{'|'.join(line.split())})") for line in _CONCEPTS.strip().splitlines())


@lru_cache(maxsize=4096)
def vector(text: str, size: int) -> tuple[float, ...]:
    """A unit vector of a text."""
    plain = fold(text)
    meant, spelt = [0.0] * size, [0.0] * size
    for number, concept in enumerate(_TABLE):
        if concept.search(plain):
            meant[_place(f"concept {number}", size)] += 1.0
    for word in re.findall(r"[a-z0-9]+", plain):
        marked = f"<{word}>"
        for at in range(len(marked) - 2):
            piece = marked[at : at + 3]
            spelt[_place(piece, size)] += 1.0 if _place(f"sign {piece}", 2) else -1.0
    by_meaning, by_spelling = _MEANING / _length(meant), _SPELLING / _length(spelt)
    return _unit([by_meaning * one + by_spelling * other for one, other in zip(meant, spelt, strict=True)])


def answered(given: dict[str, Any]) -> dict[str, Any] | None:
    """The body of an answer; None when the request is none that a provider would take."""
    texts, size = given.get("input"), given.get("dimensions", USUAL_NUMBERS)
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        return None
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(size, int):
        return None
    if not 0 < size <= MOST_NUMBERS:
        return None
    written = _packed if given.get("encoding_format") == "base64" else list
    rows = [
        {"object": "embedding", "index": at, "embedding": written(vector(text, size))} for at, text in enumerate(texts)
    ]
    spent = sum(len(text) // 4 + 1 for text in texts)
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return {"object": "list", "data": rows, "model": str(given.get("model", "")), "usage": usage}


def read(body: bytes) -> dict[str, Any] | None:
    """The request, or None when it is no JSON object."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return None


def _packed(numbers: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@lru_cache(maxsize=65_536)
def _place(word: str, places: int) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) % places


def _length(numbers: list[float]) -> float:
    return math.sqrt(sum(number * number for number in numbers)) or 1.0


def _unit(numbers: list[float]) -> tuple[float, ...]:
    length = _length(numbers)
    return tuple(number / length for number in numbers)
