"""Voice notes become text before a turn reads them: fetched, written down by a speech model, and shown as such.

A transcription is paid like any other model call: kept before it is used, counted in the budget, found again when the
turn is repeated. Where none is to be had the text stays empty, and the customer is asked to write.
"""

import time
from typing import Any

import msgspec

from core.conversation import Conversation, Inbound
from core.messages import Attachment
from core.model_calls import ModelCall
from core.records import Tenant
from llm.base import Said, Speech
from llm.prices import speech_cost
from orchestrator.perceived import Files, Heard, Note
from orchestrator.speaker import Speaker, broke
from storage.media import StoredFile

_WAIT_SECONDS = 8.0  # for the file; the media lane usually has it after one
_SHARE = 0.6  # of the time that is left: the rest is for the answer
_LARGEST = {"voice": 20_000_000, "audio": 1_500_000}  # a larger sound file is music, not a message
_BYTES_A_SECOND = 2_000  # of Opus speech, for the price when nobody tells how long it was
_ENDINGS = {
    "audio/ogg": "ogg", "audio/opus": "ogg", "application/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp3": "mp3",
    "audio/mp4": "m4a", "audio/m4a": "m4a", "audio/x-m4a": "m4a", "video/mp4": "mp4", "audio/wav": "wav",
    "audio/x-wav": "wav", "audio/webm": "webm", "video/webm": "webm", "audio/flac": "flac",
}  # fmt: skip


class Hearing:
    """Writes down the voice notes of a turn."""

    def __init__(self, speaker: Speaker, files: Files) -> None:
        self._speaker, self._files = speaker, files

    async def listen(
        self, conversation: Conversation, tenant: Tenant, messages: tuple[Inbound, ...], deadline: float
    ) -> Heard:
        """Hear all voice notes among the messages."""
        spoken = [(m, n, a) for m in messages for n, a in enumerate(m.attachments) if a.kind in _LARGEST]
        if not spoken or not self._speaker.ladder.hears:
            return Heard(messages)
        until = time.monotonic() + (deadline - time.monotonic()) * _SHARE
        files = await self._files.wait(
            list({message.message_id for message, _, _ in spoken}), min(until, time.monotonic() + _WAIT_SECONDS)
        )
        heard = Heard(messages)
        for message, index, attachment in spoken:
            file = files.get((message.message_id, index))
            entry: dict[str, Any] = {"message_id": message.message_id}
            said = await self._said(conversation, tenant, file, attachment, entry, until)
            entry["tier"] = said.tier if said else "offline"
            heard = heard.plus(message, Note("🎤", said.text, said.tier, said.model) if said else None, entry)
        return heard

    async def _said(
        self, conversation: Conversation, tenant: Tenant, file: StoredFile | None, attachment: Attachment,
        entry: dict[str, Any], until: float,
    ) -> Said | None:  # fmt: skip
        ending = _ENDINGS.get((file.mime or "").partition(";")[0].strip().lower()) if file else None
        data = await self._files.read(file.key, _LARGEST[attachment.kind]) if file and file.key and ending else None
        if file is None or not file.key or data is None:
            entry["reason"] = "no_file" if file is None else "no_speech"
            return None
        first, call = conversation.inbound[0].seq, f"speech-{file.key[:25]}"
        kept = await self._speaker.calls.find(conversation.id, first, call)
        if kept:
            entry["reused"] = True
            return msgspec.convert(kept, Said)
        if await broke(self._speaker, tenant):
            entry["reason"] = "budget"
            return None
        speech = Speech(data=data, name=f"voice.{ending}", mime=file.mime or "")
        said, attempts = await self._speaker.ladder.transcribe(speech, until)
        entry["attempts"] = [msgspec.to_builtins(attempt) for attempt in attempts]
        if not said.text:
            return None
        seconds = said.seconds or len(data) / _BYTES_A_SECOND
        done = ModelCall(
            tenant=tenant.id, conversation=conversation.id, from_seq=first, call=call, task="transcription",
            agent="", tier=said.tier, model=said.model, answer=msgspec.to_builtins(said), latency_ms=attempts[-1].ms,
            cost_micros=speech_cost(self._speaker.settings.llm_prices, said.tier, said.model, seconds),
        )  # fmt: skip
        await self._speaker.calls.keep(done)
        return said
