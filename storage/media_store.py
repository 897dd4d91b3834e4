"""Files on disk, named by the SHA-256 of their content: written whole or not at all."""

import asyncio
import contextlib
import hashlib
import os
import re
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.clock import Clock
from core.errors import NotFound, Unavailable

_KEY = re.compile(r"[0-9a-f]{64}")
STALE_SECONDS = 3600  # an unfinished file this old belongs to a process that was killed


class Incoming:
    """One file on its way in."""

    def __init__(self, store: "MediaStore", path: Path) -> None:
        self._store, self._path = store, path
        self._digest = hashlib.sha256()
        # A cancelled write goes on in its thread: the descriptor must stay ours until it is done.
        self._turn, self._open = threading.Lock(), True
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)

    async def write(self, chunk: bytes) -> None:
        """Append; raises Unavailable when the disk is full."""
        await asyncio.to_thread(self._write, chunk)

    async def commit(self) -> str:
        """Make the file durable under its key; raises Unavailable when the disk is full."""
        return await asyncio.to_thread(self._commit)

    def _write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        with self._turn, _disk():
            self._digest.update(chunk)
            while rest and self._open:
                rest = rest[os.write(self._file, rest) :]

    def _commit(self) -> str:
        key = self._digest.hexdigest()
        with self._turn, _disk():
            os.fsync(self._file)
            target = self._store.place(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._path.replace(target)
            for folder in (target.parent, self._store.root):
                _sync_folder(folder)
        return key

    def drop(self) -> None:
        """Close; nothing remains of a file that was not committed."""
        with self._turn, contextlib.suppress(OSError):
            self._open = False
            os.close(self._file)
        self._path.unlink(missing_ok=True)


class MediaStore:
    """The folder of all files; who may see which one is decided by the rows of the table `media`."""

    def __init__(self, home: Path) -> None:
        self.root = home / "media"
        self._unfinished = self.root / "tmp"

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """Give a file to write to; one that is not committed disappears."""
        with _disk():
            self._unfinished.mkdir(parents=True, exist_ok=True)
            file = Incoming(self, self._unfinished / uuid.uuid4().hex)
        try:
            yield file
        finally:
            await asyncio.shield(asyncio.to_thread(file.drop))

    async def put(self, data: bytes) -> str:
        """Store a whole file and return its key; raises Unavailable when the disk is full."""
        async with self.incoming() as incoming:
            await incoming.write(data)
            return await incoming.commit()

    def place(self, key: str) -> Path:
        """Where the bytes of a key are or will be; raises NotFound for what is no key."""
        if not _KEY.fullmatch(key):
            raise NotFound("this is not the key of a file")
        return self.root / key[:2] / key

    def holds(self, key: str) -> bool:
        """Whether the bytes of this key are here."""
        return self.place(key).is_file()

    def sweep(self) -> int:
        """Remove what killed processes left unfinished; returns how many."""
        oldest, swept = Clock.millis() / 1000 - STALE_SECONDS, 0
        for path in self._unfinished.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    swept += 1
        return swept


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the media store cannot be written: {error.strerror}", retry_after=60) from error
