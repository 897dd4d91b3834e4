"""Which language to answer in: that of the customer's last messages with enough words to tell it.

A text without such words (`ok`, a code, a product's name) changes nothing. A clear text changes the language at once; a
single word of another language does when the message before it was of that language, too, or when the present language
was only guessed: nothing that the customer wrote lately is of it.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core.conversation import Inbound, Line
from orchestrator.intents import Intent
from orchestrator.normal import plain

_ENOUGH_WORDS = 2  # of a text that is believed for how it reads as a whole
_COURTESY = ("thanks", "goodbye")  # `thank you` is said in every language
_CLEAR = 2  # telling words more than of any other language
_LOOKED_BACK = 6  # messages of the customer
_SPOKEN = ("es", "en", "pt")
_LISTS = tomllib.loads((Path(__file__).parent / "data" / "telltale.toml").read_text("utf-8"))
_COUNTED = Counter(word for words in _LISTS.values() for word in set(words.split()))
_TELLTALE = {
    language: frozenset(word for word in words.split() if _COUNTED[word] == 1) for language, words in _LISTS.items()
}
_LETTERS = {"es": re.compile(r"[ñ¿¡]", re.I), "pt": re.compile(r"[ãõç]|\bolá\b|\bvocê", re.I)}
_NO_WORD = re.compile(r"\S*[\d@/_]\S*")  # codes, figures, addresses: `PRO-100` is no Portuguese
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def choose(
    intent: Intent, text: str, messages: Sequence[Inbound], current: str | None, default: str,
    *, history: Sequence[Line] = (),
) -> str:  # fmt: skip
    """Return es, en or pt for the reply to `text`, which was read as `intent`; `history` is what was said before."""
    heard, lead = _heard(telltales(text), intent.language)
    if current in _SPOKEN:
        if not heard or heard == current or not lead or intent.name in _COURTESY:
            return str(current)
        clear = lead >= _CLEAR or intent.name == "greeting" or (heard == intent.language and _long(text))
        return heard if clear or _goes_on(heard, str(current), history) else str(current)
    if heard:
        return heard
    guess = intent.language
    alike = guess != default and {guess, default} == {"es", "pt"}  # too much so to tell them by a product's name
    if guess and not alike and _long(text):
        return guess
    hints = (str(item.context.get("locale") or "")[:2] for item in messages)
    return next((hint for hint in hints if hint in _SPOKEN), default if default in _SPOKEN else "es")


def telltales(text: str) -> dict[str, int]:
    """How many words and letters of the text tell each language."""
    words = set(_WORD.findall(_written(text)))
    told = {language: len(words & known) for language, known in _TELLTALE.items()}
    for language, letters in _LETTERS.items():
        told[language] += bool(letters.search(text))
    return told


def _written(text: str) -> str:
    return _NO_WORD.sub(" ", plain(text))


def _heard(told: dict[str, int], read: str | None) -> tuple[str | None, int]:
    """The language with most telling words, by how many it leads; what the text was read as decides a tie."""
    first, second = sorted(_SPOKEN, key=lambda each: (told[each], each == read), reverse=True)[:2]
    if not told[first] or (told[first] == told[second] and first != read):
        return None, 0
    return first, told[first] - told[second]


def _long(text: str) -> bool:
    return len(_WORD.findall(_written(text))) >= _ENOUGH_WORDS


def _goes_on(heard: str, current: str, history: Sequence[Line]) -> bool:
    """Whether the message before was of `heard`, too, or none of the last ones of the present language."""
    before = [_heard(telltales(line.text), None)[0] for line in history if line.author == "customer"][-_LOOKED_BACK:]
    spoken = [each for each in before if each]
    return bool(before) and (current not in spoken or spoken[-1] == heard)
