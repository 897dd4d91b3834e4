"""Typed reads of JSON that somebody else wrote: a wrong type is one known error, at the place where it is read."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from channels.wire import guard, unreadable
from core.errors import Unreadable
from core.messages import Event

IDENT_CHARS = 512  # ids become part of a unique index: a longer one is nobody's real id
_NAME = re.compile(r"[^a-z0-9_.]+")


def mapping(value: object) -> dict[str, Any]:
    """Return an object; a missing one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"an object is expected, not {type(value).__name__}")
    return value


def listing(value: object) -> list[Any]:
    """Return an array; a missing one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable(f"an array is expected, not {type(value).__name__}")
    return value


def text(value: object) -> str:
    """Return a string; a missing one is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"text is expected, not {type(value).__name__}")
    return value


def optional(value: object) -> str | None:
    """Return a string that is only for show, or None when it is missing, empty or of another type."""
    return value if isinstance(value, str) and value else None


def ident(value: object) -> str | None:
    """Return an id, written as text or as a number; None when it is missing or empty."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable(f"an id is expected, not {type(value).__name__}")
    written = str(value)
    if len(written) > IDENT_CHARS:
        raise Unreadable("an id is too long")
    return written


def required(value: object) -> str:
    """Return an id that must be there."""
    written = ident(value)
    if written is None:
        raise Unreadable("an id is missing")
    return written


def seconds(value: object) -> float | None:
    """Return epoch seconds from seconds or milliseconds, text or number; None when it is no plausible time."""
    try:
        moment = float(value)  # type: ignore[arg-type]  # anything: the errors are caught
    except (TypeError, ValueError, OverflowError):
        return None
    if abs(moment) >= 1e11:  # the year 5138 in seconds: so it is milliseconds
        moment /= 1000
    return moment if 0 < moment < 1e11 else None


def name(value: object) -> str:
    """Make a word that can be shown and counted from a provider's own name for something."""
    return _NAME.sub("_", value.lower())[:64] if isinstance(value, str) and value else "unknown"


def each(items: object, read: Callable[[Any], Iterable[Event]], label: str) -> list[Event]:
    """Collect what `read` makes of every item; one that cannot be read is kept aside and the others go on."""
    try:
        rows = listing(items)
    except Unreadable as error:
        return [unreadable(label, items, error)]
    return guard(label, rows, read)
