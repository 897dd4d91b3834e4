"""A worker's own note of what it is sending: after kill -9 the kernel still has it, so a successor on the same
machine knows which requests were never begun, which were answered, and which alone are of unknown outcome.

The worker holds a lock on its file, which ends with the process: whoever finds it free knows that it is dead.
"""

import fcntl
import os
import time
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

# Called by the HTTP client at the moment when a request's first byte leaves (storage/resources.py): until then a
# killed process has surely sent nothing.
on_wire: ContextVar[Callable[[], None] | None] = ContextVar("on_wire", default=None)
_TIDY_BYTES = 1_000_000
_State = Literal["begun", "refused", "accepted"]
_Line = tuple[_State, int, str, str | None]
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(_Line).decode


class Entry(NamedTuple):
    """`begun`: the request may have reached the provider; `refused`: it answered no; `accepted`: with its id."""

    state: _State
    provider_id: str | None = None


class Journal:
    """Append-only; from time to time begun anew with only the sends that are under way."""

    def __init__(self, home: Path, worker: str) -> None:
        self.path = _path(home, worker)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = _locked(self.path)
        self._under_way: dict[tuple[str, int], bytes] = {}
        self._size = 0

    def begin(self, conversation_id: str, seq: int) -> None:
        """Note that the request goes out now; raises OSError when that cannot be noted: then it must not."""
        if (conversation_id, seq) not in self._under_way:
            self._note(("begun", seq, conversation_id, None))

    def entry(self, conversation_id: str, seq: int) -> Entry | None:
        """What became of a send that is not written down in the database yet; None when no byte of it left."""
        line = self._under_way.get((conversation_id, seq))
        return None if line is None else _entry(_decode(line))

    def end(self, conversation_id: str, seq: int, provider_id: str | None) -> None:
        """Note the provider's answer; None means that it did not take the message."""
        self._note(("refused" if provider_id is None else "accepted", seq, conversation_id, provider_id))

    def forget(self, conversation_id: str, seq: int) -> None:
        """This send is written down in the database: its notes are needed no more."""
        self._under_way.pop((conversation_id, seq), None)
        if self._size > _TIDY_BYTES:
            self._begin_anew()

    def close(self) -> None:
        """Remove the journal of a worker that ends with nothing under way."""
        if not self._under_way:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _note(self, note: _Line) -> None:
        line = _encode(note) + b"\n"
        # A line that was cut short by a full disk must not swallow the next one: each begins on a line of its own.
        self._size += os.write(self._file, b"\n" + line)
        self._under_way[note[2], note[1]] = line

    def _begin_anew(self) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        file = _locked(fresh)
        self._size = os.write(file, b"".join(self._under_way.values()) or b"\n")
        os.replace(fresh, self.path)
        os.close(self._file)
        self._file = file


def read(home: Path, worker: str) -> dict[tuple[str, int], Entry] | None:
    """A dead worker's notes by (conversation, seq); None when they are not on this machine."""
    try:
        lines = _path(home, worker).read_bytes().split(b"\n")
    except FileNotFoundError:
        return None
    entries: dict[tuple[str, int], Entry] = {}
    for line in filter(None, lines):
        try:
            note = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):  # cut short by the kill or a full disk
            continue
        entries[note[2], note[1]] = _entry(note)
    return entries


def _entry(note: _Line) -> Entry:
    state, _seq, _conversation, provider_id = note
    return Entry(state, provider_id)


def dead(home: Path) -> list[str]:
    """The workers of this machine that ended without a farewell and left their journal."""
    return [path.stem for path in (home / "journal").glob("*.log") if not _held(path)]


def tidy(home: Path, workers: list[str], *, older_than_seconds: float) -> None:
    """Remove the journals of dead workers to which nobody has written for so long: their sends are settled."""
    for path in (_path(home, worker) for worker in workers):
        if path.exists() and path.stat().st_mtime < time.time() - older_than_seconds:
            path.unlink(missing_ok=True)


def _locked(path: Path) -> int:
    file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def _held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _path(home: Path, worker: str) -> Path:
    return home / "journal" / f"{worker}.log"
