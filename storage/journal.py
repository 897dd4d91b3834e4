"""A worker's own note of what it is sending: after kill -9 the kernel still has it, so a successor on the same
machine knows which requests were never begun, which were answered, and which alone are of unknown outcome."""

import os
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, NamedTuple

# Called by the HTTP client at the moment when a request's first byte leaves (storage/resources.py): until then a
# killed process has surely sent nothing.
on_wire: ContextVar[Callable[[], None] | None] = ContextVar("on_wire", default=None)
_TIDY_BYTES = 1_000_000


class Entry(NamedTuple):
    """`begun`: the request may have reached the provider; `refused`: it answered no; `accepted`: with its id."""

    state: Literal["begun", "refused", "accepted"]
    provider_id: str | None = None


class Journal:
    """Append-only while sends are under way; emptied when none is."""

    def __init__(self, home: Path, worker: str) -> None:
        self.path = _path(home, worker)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._under_way: set[tuple[str, int]] = set()

    def begin(self, conversation_id: str, seq: int) -> None:
        """Note that the request goes out now."""
        if (conversation_id, seq) not in self._under_way:
            self._under_way.add((conversation_id, seq))
            os.write(self._file, f"b\t{seq}\t{conversation_id}\n".encode())

    def begun(self, conversation_id: str, seq: int) -> bool:
        """Whether a request went out whose outcome is not written down yet."""
        return (conversation_id, seq) in self._under_way

    def end(self, conversation_id: str, seq: int, provider_id: str | None) -> None:
        """Note the provider's answer; None means that it did not take the message."""
        kind = "r" if provider_id is None else "a"
        os.write(self._file, f"{kind}\t{seq}\t{conversation_id}\t{provider_id or ''}\n".encode())

    def forget(self, conversation_id: str, seq: int) -> None:
        """This send is written down in the database: its notes are needed no more."""
        self._under_way.discard((conversation_id, seq))
        if not self._under_way and os.fstat(self._file).st_size > _TIDY_BYTES:
            os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Remove the journal of a worker that ends with nothing under way."""
        os.close(self._file)
        if not self._under_way:
            self.path.unlink(missing_ok=True)


def read(home: Path, worker: str) -> dict[tuple[str, int], Entry] | None:
    """A dead worker's notes by (conversation, seq); None when they are not on this machine."""
    try:
        lines = _path(home, worker).read_bytes().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return None
    entries: dict[tuple[str, int], Entry] = {}
    for line in lines[:-1]:  # what follows the last line break is nothing, or a line cut short
        kind, seq, rest = line.split("\t", 2)
        conversation, _, provider_id = rest.partition("\t")
        state: dict[str, Literal["begun", "refused", "accepted"]] = {"b": "begun", "r": "refused", "a": "accepted"}
        entries[conversation, int(seq)] = Entry(state[kind], provider_id or None)
    return entries


def tidy(home: Path, *, older_than_seconds: float) -> None:
    """Remove the journals that nobody has written to for so long: their sends are settled."""
    for path in (home / "journal").glob("*.log"):
        if path.stat().st_mtime < time.time() - older_than_seconds:
            path.unlink(missing_ok=True)


def _path(home: Path, worker: str) -> Path:
    return home / "journal" / f"{worker}.log"
