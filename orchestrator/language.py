"""Which language to answer in: that of the customer's last messages with enough words to tell it.

A text without such words (`ok`, a code, a product's name) changes nothing. A clear text changes the language at once; a
single word of another language does when the message before it was of that language, too, or when the present language
was only guessed: nothing that the customer wrote lately is of it.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.conversation import Inbound, Line
from orchestrator.intents import Intent
from orchestrator.normal import plain

_ENOUGH_WORDS = 2  # of a text that is believed for how it reads as a whole
_COURTESY = ("thanks", "goodbye")  # `thank you` is said in every language
_CLEAR = 2  # telling words more than of any other language
_LOOKED_BACK = 6  # messages of the customer
_LEAST_DIGITS = 11  # of a phone with its country
_SPOKEN = ("es", "en", "pt")
_LISTS = tomllib.loads((Path(__file__).parent / "data" / "telltale.toml").read_text("utf-8"))


def _telling(lists: Mapping[str, str]) -> dict[str, frozenset[str]]:
    counted = Counter(word for words in lists.values() for word in set(words.split()))
    return {
        language: frozenset(word for word in words.split() if counted[word] == 1) for language, words in lists.items()
    }


_TELLTALE = _telling({language: _LISTS[language] for language in _SPOKEN})
_FIRST = _telling({language: f"{_LISTS[language]} {_LISTS['first'][language]}" for language in _SPOKEN})
_LETTERS = {"es": re.compile(r"[ñ¿¡]", re.I), "pt": re.compile(r"[ãõç]|\bolá\b|\bvocê", re.I)}
_ENDINGS = {  # of a first message; `suspensión jetta` is a part's name later on
    "es": re.compile(r"[aeiucnp]ci[oó]n(?:es)?\b|í[oa]s?\b", re.I),
    "pt": re.compile(r"[âêôà]|[áó]ri[oa]s?\b|\be a[ií]\b|\bsegunda via\b|\bdo pedido\b", re.I),
}
_DIALLED = {"55": "pt", "351": "pt", "34": "es", **dict.fromkeys(("51", "52", "53", "54", "56", "57", "58"), "es")}
_NO_WORD = re.compile(r"\S*[\d@/_]\S*")  # codes, figures, addresses: `PRO-100` is no Portuguese
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def choose(
    intent: Intent, text: str, messages: Sequence[Inbound], current: str | None, default: str,
    *, history: Sequence[Line] = (), phone: str = "",
) -> str:  # fmt: skip
    """Return es, en or pt for the reply to `text`, which was read as `intent`; `history` is what was said before.

    `phone` is where it came from; its country decides between Spanish and Portuguese when the words do not.
    """
    heard, lead = _heard(telltales(text), intent.language)
    if current in _SPOKEN:
        if not heard or heard == current or not lead or intent.name in _COURTESY:
            return str(current)
        clear = lead >= _CLEAR or intent.name == "greeting" or (heard == intent.language and _long(text))
        return heard if clear or _goes_on(heard, str(current), history) else str(current)
    return _first(intent, text, messages, default, phone=phone)


def _first(intent: Intent, text: str, messages: Sequence[Inbound], default: str, *, phone: str) -> str:
    """The language of a first message, or of one after others that told nothing."""
    told = telltales(text, first=True)
    if heard := _heard(told, intent.language)[0]:
        return heard
    guess = intent.language
    alike = guess != default and {guess, default} == {"es", "pt"}  # too much so to tell them by a product's name
    if guess and not alike and _long(text):
        return guess
    hints = [str(item.context.get("locale") or "")[:2] for item in messages]
    if default in ("es", "pt") and guess != "en":
        hints.append(_of_phone(phone))
    return next((hint for hint in hints if hint in _SPOKEN), default if default in _SPOKEN else "es")


def _of_phone(phone: str) -> str:
    digits = phone.removeprefix("whatsapp:").lstrip("+")
    long_enough = digits.isdigit() and len(digits) >= _LEAST_DIGITS
    return next((language for code, language in _DIALLED.items() if long_enough and digits.startswith(code)), "")


def telltales(text: str, *, first: bool = False) -> dict[str, int]:
    """How many words and letters of the text tell each language; of a `first` message, names of goods as well."""
    words = set(_WORD.findall(_written(text)))
    told = {language: len(words & known) for language, known in (_FIRST if first else _TELLTALE).items()}
    for marks in (_LETTERS, _ENDINGS) if first else (_LETTERS,):
        for language, letters in marks.items():
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
