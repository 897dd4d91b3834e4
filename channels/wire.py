"""What every parser needs at the border: lenient JSON, text that storage accepts, one bad item kept apart."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from core.messages import ContactState, Envelope, Event, Ignored

Item = TypeVar("Item")

FRAGMENT_BYTES = 16_384
KEY_CHARS = 512  # an indexed column takes about 2,700 bytes; no provider's id comes near
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
DIGITS = re.compile(r"\+?\d[\d\s().-]{4,}\d")


def load_json(body: bytes) -> Any:
    """Decode JSON; where the strict decoder refuses (lone surrogates, bad UTF-8, NaN) the lenient one is tried."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(body.decode("utf-8", "replace"))


def clean(text: str) -> str:
    """Take out U+0000, which PostgreSQL refuses, and replace lone surrogates, which UTF-8 cannot hold."""
    return LONE_SURROGATE.sub("\ufffd", text.replace("\0", ""))


def anonymous(text: object, limit: int = 300) -> str:
    """A provider's error text fit for a log: numbers as long as a phone are masked."""
    return clean(DIGITS.sub("…", str(text)))[:limit]


def fragment(item: object) -> str:
    """Render a part of a payload as JSON text for a dead letter, cut at 16 kB."""
    try:
        text = msgspec.json.encode(item)
    except (TypeError, ValueError, OverflowError, RecursionError):
        text = json.dumps(item, default=repr).encode()
    return text[:FRAGMENT_BYTES].decode("utf-8", "ignore")


def guard(name: str, items: Iterable[Item], read: Callable[[Item], Iterable[Event]]) -> list[Event]:
    """Read each item by itself: one that cannot be read becomes a dead letter and the others are kept."""
    events: list[Event] = []
    for item in items:
        try:
            events.extend(list(read(item)))
        except Exception as error:  # a reader may raise anything on hostile input; the fragment is recorded
            events.append(unreadable(name, item, error))
    return events


def unreadable(name: str, item: object, error: Exception) -> Ignored:
    """The dead letter of one item."""
    return Ignored(name=name, reason=type(error).__name__, unreadable=True, fragment=fragment(item))


def storable(name: str, event: Event) -> Event:
    """Hold an event to its declared types, with clean text and keys that an index takes."""
    try:
        return shorten(msgspec.json.decode(encode(event), type=type(event)))
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError, RecursionError) as error:
        return unreadable(name, scrub(msgspec.to_builtins(event)), error)


def encode(event: Event) -> bytes:
    """Encode an event; the slow walk that cleans its text is taken only when something is found."""
    try:
        encoded = msgspec.json.encode(event)
        if b"\\u0000" not in encoded:
            return encoded
    except UnicodeEncodeError:
        pass
    return msgspec.json.encode(scrub(msgspec.to_builtins(event)))


def scrub(value: Any) -> Any:
    """Clean every text in a tree of plain values."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(item) for item in value]
    return value


def shorten(event: Event) -> Event:
    """Replace an over-long dedupe key by its digest, so that it stays unique and storable."""
    if isinstance(event, Envelope | ContactState) and len(event.dedupe or "") > KEY_CHARS:
        digest = hashlib.sha256((event.dedupe or "").encode()).hexdigest()
        return msgspec.structs.replace(event, dedupe=f"sha256:{digest}")
    return event
