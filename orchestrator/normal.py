"""Brings chat text to one form: folded accents, no elongation, abbreviations written out, figures as tokens."""

import re
import tomllib
import unicodedata
from pathlib import Path


def _fold_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0xC0, 0x250):
        plain = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        if plain and plain.isascii():
            table[code] = plain.lower()
    return table | {ord("’"): "'", ord("‘"): "'", ord("´"): "'", ord("`"): "'", ord("“"): '"', ord("”"): '"', 0xA0: " "}


_FOLD = _fold_table()
_ELONGATED = re.compile(r"([a-z])\1{2,}")
_TOKEN = re.compile(
    r"(?P<url>https?://\S+|www\.\S+)"
    r"|(?P<money>(?:r\$|us\$|\$|s/\.?)\s?\d[\d.,]*"
    r"|\d[\d.,]*\s?(?:pesos|mxn|cop|usd|dolares|dollars|reais|brl|soles|bucks|lucas|varos)\b)"
    r"|(?P<code>#\d+|\b[a-z]{1,6}-?\d[a-z0-9-]*\b)"
    r"|(?P<number>\d+(?:[.,:/-]\d+)*)"
    r"|(?P<word>[a-z]+(?:'[a-z]+)?)"
    r"|(?P<mark>[?!¿¡]|[\U0001F300-\U0001FAFF\u2600-\u27BF])"
)
_SHORT: dict[str, str] = tomllib.loads((Path(__file__).parent / "data" / "short_forms.toml").read_text("utf-8"))


def plain(text: str) -> str:
    """Lower case without accents; compatibility forms (full width, ligatures) become plain letters."""
    lowered = text.lower()
    if not lowered.isascii():
        lowered = unicodedata.normalize("NFKC", lowered).lower().translate(_FOLD)
    return lowered


def tokens(text: str) -> list[str]:
    """Split into plain words; figures become `<money>`, `<code>`, `<number>`, links `<url>`."""
    found: list[str] = []
    for match in _TOKEN.finditer(_ELONGATED.sub(r"\1", plain(text))):
        kind = match.lastgroup
        if kind == "word":
            word = match.group()
            found.extend(_SHORT[word].split(" ")) if word in _SHORT else found.append(word)
        elif kind == "mark":
            found.append(match.group())
        else:
            found.append(f"<{kind}>")
    return found
