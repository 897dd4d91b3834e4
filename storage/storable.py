"""Texts and JSON as PostgreSQL can store them: without U+0000, and without halves of surrogate pairs."""

import re
from typing import Any

import msgspec

# U+0000 as the encoder writes it: behind an even number of backslashes. Behind an odd one it is six plain letters.
_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_encode = msgspec.json.Encoder().encode


def clean(value: str | None) -> str | None:
    """Drop U+0000, replace lone surrogates, keep everything else."""
    if value is None:
        return None
    if "\x00" in value:
        value = value.replace("\x00", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8", "replace")


def as_json(value: Any) -> str:
    """Write a value as JSON that a jsonb column takes."""
    try:
        text = _encode(value).decode()
    except UnicodeEncodeError:
        text = _encode(_cleaned(msgspec.to_builtins(value))).decode()
    return _ZERO.sub(r"\1", text) if "\\u0000" in text else text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
