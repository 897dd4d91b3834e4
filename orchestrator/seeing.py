"""Pictures: the text in them becomes text of the turn, where this machine can read it."""

import time
from typing import Any

from core.conversation import Inbound
from llm.sight import MODEL, Sight
from orchestrator.intents import read
from orchestrator.perceived import Files, Heard, Note

_WAIT_SECONDS = 8.0  # for the file
_SHARE = 0.6  # of the time that is left
_MOST_PICTURES, _LARGEST, _LONGEST = 3, 15_000_000, 500
_READABLE = ("image/jpeg", "image/png", "image/webp")
# A caption that says what the customer wants is enough: the rows of a photographed bill would only blur it.
_OPEN = frozenset({"other", "greeting", "product_search", "pricing", "quotation", "purchase"})


class Seeing:
    """Reads the pictures of a turn."""

    def __init__(self, sight: Sight, files: Files) -> None:
        self._sight, self._files = sight, files

    async def look(self, heard: Heard, deadline: float) -> Heard:
        """Read the pictures among the messages."""
        shown = [(m, n) for m in heard.messages for n, a in enumerate(m.attachments) if a.kind == "image"]
        if not shown:
            return heard
        until = time.monotonic() + (deadline - time.monotonic()) * _SHARE
        ids = list({message.message_id for message, _ in shown})
        files = await self._files.wait(ids, min(until, time.monotonic() + _WAIT_SECONDS))
        for message, index in shown[:_MOST_PICTURES]:
            file, started = files.get((message.message_id, index)), time.monotonic()
            readable = file is not None and (file.mime or "").partition(";")[0].strip().lower() in _READABLE
            data = await self._files.read(file.key, _LARGEST) if file and file.key and readable else None
            text = await self._sight.read(data, until) if data else None
            ms = round((time.monotonic() - started) * 1000)
            entry: dict[str, Any] = {"message_id": message.message_id, "tier": "sight", "ms": ms}
            heard = heard.plus(message, _note(message, text), entry)
        return heard


def _note(message: Inbound, text: str | None) -> Note | None:
    words = " ".join((text or "").split())[:_LONGEST]
    if not words:
        return None
    return Note("🖼", words, "sight", MODEL, read=not message.text or read(message.text).name in _OPEN)
