"""Fold text for comparing: lower case, no accents, fraction signs as figures."""

import unicodedata
from functools import lru_cache

_SIGNS = str.maketrans(
    {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
     "”": '"', "“": '"', "″": '"', "×": " x ", "⁄": "/", "ß": "ss"}
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case without accents: `Tornillería ½` becomes `tornilleria  1/2`."""
    return text.lower() if text.isascii() else _without_accents(text)


@lru_cache(maxsize=256)  # one turn asks dozens of questions about the same text
def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_SIGNS).lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
