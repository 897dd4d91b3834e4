"""What a customer does, in one neutral shape; the body of `POST /emulator/inbound`."""

from typing import Any, Literal

import msgspec

Kind = Literal[
    "text", "image", "voice", "audio", "video", "document", "sticker", "location", "contact",
    "callback", "button", "list_reply", "template_button", "reaction", "edit", "delete", "story_reply", "echo",
    "opt_out", "opt_in", "blocked", "unblocked", "read", "number_change", "unsupported", "referral", "album",
]  # fmt: skip
MEDIA_KINDS = ("image", "voice", "audio", "video", "document", "sticker", "album")


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the customer attaches; without `data` (base64) a small sample of the kind is made."""

    data: bytes = b""
    mime: str = ""
    name: str = ""


class Inbound(msgspec.Struct, kw_only=True, rename={"sender": "from"}):
    """One thing that a customer does on one channel."""

    tenant: str
    channel: str
    sender: str
    kind: Kind = "text"
    text: str = ""
    account: str = ""  # address, when the tenant has several accounts on the channel
    name: str = "Cliente Demo"
    username: str = ""
    locale: str = "es"
    payload: str = ""  # of a button, list row or postback
    title: str = ""  # its label
    target: str = ""  # provider id of the message reacted to, edited, deleted or tapped
    reply_to: str = ""  # provider id of the quoted message
    emoji: str = "👍"  # "" takes a reaction back
    latitude: float = 19.4326
    longitude: float = -99.1332
    address: str = ""
    label: str = ""
    media: Upload | None = None
    transcript: str = ""  # what is said in a voice note: the transcription endpoints will answer it
    contact: dict[str, str] = {}  # name, phone
    user_id: str = ""  # business-scoped id (WhatsApp)
    hide_phone: bool = False  # the sender comes with the business-scoped id only
    forwarded: bool = False
    referral: dict[str, Any] = {}
    new_address: str = ""  # of kind number_change
    thread: int = 0  # Telegram forum topic
    standby: bool = False  # Instagram: another app owns the thread
    subject: str = ""  # of an e-mail
    message_id: str = ""  # provider id to use; made up when empty
    timestamp: int = 0  # epoch seconds; now when 0
    copies: int = 1
    delay_ms: int = 0
    shuffle: bool = False


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook body ready to be signed, and how the message is called by the provider."""

    body: bytes
    message_id: str
    content_type: str = "application/json"
    queue: str = ""  # webhooks of one queue are delivered strictly one after the other
    headers: dict[str, str] = {}
    path: str = ""  # when it is not the channel's usual one
