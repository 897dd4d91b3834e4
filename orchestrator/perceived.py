"""What was heard or seen in the files of a turn's messages: text for the turn, shown as such, and saved with it."""

from typing import Any, NamedTuple, Protocol

import msgspec

from core.conversation import Inbound, Outcome, Write
from storage.media import StoredFile

_SHOWN = 300  # characters of it above the reply


class Files(Protocol):
    """Where the bytes of customers' files are; `storage.voice_notes.VoiceNotes` fits."""

    async def wait(self, message_ids: list[int], until: float) -> dict[tuple[int, int], StoredFile]: ...
    async def read(self, key: str, most: int) -> bytes | None: ...


class Note(NamedTuple):
    """Text out of a file; `mark` tells people what it comes from."""

    mark: str
    text: str
    tier: str
    model: str
    read: bool = True  # by the turn; else it is only shown and kept


class Heard(NamedTuple):
    """The messages with what was in their files, what to save, and how it was found out."""

    messages: tuple[Inbound, ...]
    notes: tuple[Note, ...] = ()
    writes: tuple[Write, ...] = ()
    trace: tuple[dict[str, Any], ...] = ()

    def plus(self, message: Inbound, note: Note | None, entry: dict[str, Any]) -> "Heard":
        """With one file more; without a note it told nothing."""
        trace = (*self.trace, entry)
        if note is None:
            return self._replace(trace=trace)
        entry["model"] = note.model
        data = {"message_id": message.message_id, "mark": note.mark, "text": note.text, "tier": note.tier,
                "model": note.model}  # fmt: skip
        same = message.message_id if note.read else None
        return Heard(
            messages=tuple(_with(each, note.text) if each.message_id == same else each for each in self.messages),
            notes=(*self.notes, note),
            writes=(*self.writes, Write(kind="transcript", data=data)),
            trace=trace,
        )

    @property
    def shown(self) -> str:
        """The lines above the reply: the customer sees what was understood."""
        lines = [f"{n.mark} «{n.text[:_SHOWN]}{'…' if len(n.text) > _SHOWN else ''}»\n" for n in self.notes]
        return "".join(lines) + "\n" if lines else ""

    def into(self, outcome: Outcome) -> Outcome:
        """The first reply says what was understood; what was found is saved with the turn."""
        if not self.trace:
            return outcome
        replies = outcome.replies
        if replies and self.notes:
            replies = (msgspec.structs.replace(replies[0], text=self.shown + replies[0].text), *replies[1:])
        return msgspec.structs.replace(
            outcome, replies=replies, writes=(*self.writes, *outcome.writes),
            trace={**outcome.trace, "heard": list(self.trace)},
        )  # fmt: skip


def _with(message: Inbound, text: str) -> Inbound:
    return msgspec.structs.replace(message, text="\n".join(filter(None, (message.text, text))))
