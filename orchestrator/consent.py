"""Opt-out and opt-in words: a message that is nothing but such a phrase changes what we may send."""

import re
import tomllib
from pathlib import Path
from typing import Literal

from orchestrator.normal import plain

Consent = Literal["opted_out", "opted_in"]
_PHRASES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "data" / "consent.toml").read_text("utf-8"))
_OUT, _IN = frozenset(_PHRASES["opted_out"]), frozenset(_PHRASES["opted_in"])
_BARE = frozenset(_PHRASES["only_bare"])  # `cancelar por favor` may be about an order
_COURTESY = [re.compile(rf"^{each}[ ,.!]+|[ ,.!]+{each}$") for each in _PHRASES["courtesy"]]
_LONGEST = 60


def read(text: str) -> Consent | None:
    """Return what a message that is only a consent phrase asks for: `cancelar mi pedido` is none."""
    if len(text) > _LONGEST:
        return None
    words = re.sub(r"\s+", " ", plain(text)).strip(" .!¡¿?*\"',;")
    if words in _OUT or _plain(words) in _OUT - _BARE:
        return "opted_out"
    return "opted_in" if words in _IN else None


def _plain(words: str) -> str:
    """The words without one courtesy before and one behind them: `hola, stop por favor` is `stop`."""
    for courtesy in _COURTESY:
        words = courtesy.sub("", words)
    return words.strip(" .,!")
