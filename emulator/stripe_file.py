"""Keeps the emulated Stripe's books over a restart, in one 0600 file: links that were sent stay payable."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from emulator.stripe_books import Books

_MOST = 2_000  # objects of each account, the newest


class Kept(msgspec.Struct):
    """One account's books."""

    key: str
    connected: str
    objects: dict[str, dict[str, Any]] = {}
    events: list[dict[str, Any]] = []
    answers: dict[str, tuple[str, int, dict[str, Any]]] = {}


def save(file: Path, all_books: Iterable[Books]) -> None:
    """Write all of them, whole or not at all."""
    kept = [
        Kept(
            key=books.key, connected=books.connected, objects=dict(list(books.objects.items())[-_MOST:]),
            events=books.events[-_MOST:], answers=dict(list(books.answers.items())[-_MOST:]),
        )
        for books in all_books
    ]  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(msgspec.json.encode(kept))
    part.replace(file)


def load(file: Path) -> list[Kept]:
    """What was written last; nothing when there is no such file."""
    return msgspec.json.decode(file.read_bytes(), type=list[Kept]) if file.exists() else []
