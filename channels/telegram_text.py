"""The commonest Telegram update, plain words in a private chat, read without building aiogram's types.

Whatever has one field more, or a value of another shape, is not read here: `telegram_read` reads it with aiogram.
docs/decisions/provider-sdks.md has the figures.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.messages import Envelope, Sender

_Words = Annotated[str, Meta(min_length=1, pattern=r"\A[^/]")]  # a command has a meaning of its own
_Seconds = Annotated[int, Meta(ge=0, lt=2**32)]


class _User(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    is_bot: bool
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_premium: bool | None = None


class _Chat(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    type: Literal["private"]
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    message_id: int
    sender: _User
    chat: _Chat
    date: _Seconds
    text: _Words


class _Update(msgspec.Struct, forbid_unknown_fields=True):
    update_id: int
    message: _Message


_decoder = msgspec.json.Decoder(_Update)


def read(body: bytes) -> Envelope | None:
    """The message, or None when this is another update."""
    try:
        message = _decoder.decode(body).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    who = message.sender
    if who.is_bot:
        return None
    name = f"{who.first_name} {who.last_name}" if who.last_name else who.first_name
    return Envelope(
        dedupe=f"{message.chat.id}:{message.message_id}",
        sender=Sender(id=str(message.chat.id), name=name.strip() or None, locale=who.language_code),
        text=message.text,
        provider_time=float(message.date),
    )
