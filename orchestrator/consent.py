"""Opt-out and opt-in words: a message that is nothing but such a phrase changes what we may send."""

import re
import tomllib
from pathlib import Path
from typing import Literal

from orchestrator import promotions
from orchestrator.normal import plain

Consent = Literal["opted_out", "opted_in", "promotions_stopped"]
_PHRASES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "data" / "consent.toml").read_text("utf-8"))
_OUT, _IN = frozenset(_PHRASES["opted_out"]), frozenset(_PHRASES["opted_in"])
_BARE = frozenset(_PHRASES["only_bare"])  # `cancelar por favor` may be about an order
_COURTESY = [re.compile(rf"^{each}[ ,.!]+|[ ,.!]+{each}$") for each in _PHRASES["courtesy"]]
_CANCELS = frozenset({"cancel", "cancelar"})
_LONGEST = 60
_OF_MESSAGES = re.compile(
    r"\b(?:mensaj|mensag|messag|msgs?\b|texts?\b|texting|sms\b|whats|correos?\b|e-?mail|escrib|escrev|writ|mand[aeo]|envi"
    r"|send|contact|contat|notific|promo|public|propagand|ads?\b|advert|marketing|spam|s[uo]b?scri|suscri|desuscri"
    r"|unsub|inscri|descadastr|cadastr|lists?\b|listas?\b|base de d|database|baja\b|stop|opt|molest|bother|incomod"
    r"|perturb|encher|paz\b|alone|basta|chega\b|enough|par[ae]m?\b|paren|quit\b|take me|sair\b|salir\b|autori|authori"
    r"|block|bloque|numero|number|recib|receb|receiv|get"
    r"|recordator|lembret|remind|llam|call|lig(?:a|ue|ar)|busquen|nada de (?:ustedes|voces|uds)|nothing from you"
    r"|avis|(?:remov|borr|elimin|delet|quit|sa[cq]u|tir|apag|exclu)\w*(?:me\b| (?:me|my|mi|meus?|mis)\b)"
    r"|\bme (?:remov|borr|elimin|quit|sa[cq]|tir|apag|exclu))"
)


def read(text: str) -> Consent | None:
    """Return what a message that is only a consent phrase asks for: `cancelar mi pedido` is none."""
    if wish := promotions.wish(text):
        return wish
    if len(text) > _LONGEST:
        return None
    words = re.sub(r"\s+", " ", plain(text)).strip(" .!¡¿?*\"',;")
    if words in _OUT or _plain(words) in _OUT - _BARE:
        return "opted_out"
    return "opted_in" if words in _IN else None


def only_cancels(text: str) -> bool:
    """True for `cancelar`, `cancel`, and nothing else: which may be of what is talked about."""
    return plain(text).strip(" .!¡") in _CANCELS


def speaks_of_messages(text: str) -> bool:
    """True for a text with a word of being written to, or left alone: without one nobody takes consent back."""
    return bool(_OF_MESSAGES.search(plain(text)))


def _plain(words: str) -> str:
    """The words without one courtesy before and one behind them: `hola, stop por favor` is `stop`."""
    for courtesy in _COURTESY:
        words = courtesy.sub("", words)
    return words.strip(" .,!")
