"""The files of voice notes, for whoever writes down what is said: waits until the media lane has fetched them."""

import asyncio
from typing import Any

from core.clock import Clock
from core.outside import outside
from storage import media
from storage.media import StoredFile
from storage.media_store import MediaStore

_LOOK_SECONDS = 0.2


class VoiceNotes:
    """Fetched files by message and place."""

    def __init__(self, resources: Any) -> None:
        self._pg, self._store = resources.pg, MediaStore(resources.settings.home)

    async def wait(self, message_ids: list[int], until: float) -> dict[tuple[int, int], StoredFile]:
        """The files of these messages, as soon as none is due any more, or as they are at `until` (monotonic)."""
        while True:
            found = await media.of_messages(self._pg, message_ids)
            if Clock.monotonic() >= until or all(file.status != "due" for file in found):
                return {(file.message_id, file.index): file for file in found if file.status == "stored"}
            with outside():
                await asyncio.sleep(_LOOK_SECONDS)

    async def read(self, key: str, most: int) -> bytes | None:
        """The bytes; None when they are too many, or on the disk of another machine."""
        return await asyncio.to_thread(self._read, key, most)

    def _read(self, key: str, most: int) -> bytes | None:
        path = self._store.place(key)
        try:
            return path.read_bytes() if path.stat().st_size <= most else None
        except FileNotFoundError:
            return None
