"""Fold text for comparing: lower case, no accents, fraction signs as figures."""

import unicodedata

_SIGNS = str.maketrans(
    {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅛": " 1/8", "⅜": " 3/8", "⅝": " 5/8", "⅞": " 7/8",
     "”": '"', "“": '"', "″": '"', "×": " x ", "⁄": "/", "ß": "ss"}
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case without accents: `Tornillería ½` becomes `tornilleria  1/2`."""
    plain = unicodedata.normalize("NFKD", text.translate(_SIGNS).lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
