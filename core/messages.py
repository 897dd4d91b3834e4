"""The shapes that travel between channels, storage, agents and delivery; one vocabulary for every provider."""

from typing import Any, Literal, dataclass_transform

import msgspec

Kind = Literal["message", "callback", "edit", "delete", "reaction", "echo", "unsupported"]
MediaKind = Literal["image", "audio", "voice", "video", "document", "sticker", "location", "contact", "share"]
ReceiptStatus = Literal["accepted", "sent", "delivered", "read", "failed"]
ContactStatus = Literal["ok", "blocked", "opted_out", "opted_in", "unreachable", "moved"]

# How far a sent message has come; a receipt only ever moves a message up.
STATUS_RANK: dict[str, int] = {
    "pending": 0, "sending": 1, "unknown": 1, "accepted": 2, "sent": 3, "failed": 4, "delivered": 5, "read": 6,
}  # fmt: skip


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all shapes: immutable, named fields, defaults left out of the JSON."""


class Account(Struct):
    """A tenant's credentials and address on one channel. `id` is `tenant:channel:address`."""

    id: str
    tenant: str
    channel: str
    address: str  # bot id, phone_number_id, `whatsapp:+52…`, Instagram account id, mail address, `web`
    secrets: dict[str, str] = {}  # decrypted; never logged: this class's repr leaves them out
    settings: dict[str, Any] = {}
    api_base: str = ""  # replaces the provider's base URL when set
    public_url: str = ""  # the https base URL that the provider calls
    sandbox: bool = False

    def __repr__(self) -> str:
        return f"Account({self.id})"


class Request(Struct):
    """One webhook request as it came: `body` is the raw bytes; header names are lower case."""

    method: str
    path: str
    query: str  # raw, without `?`
    headers: dict[str, str]
    body: bytes


class Sender(Struct):
    """Who wrote. `id` is the address that a reply goes to; `alias` is another id of the same person."""

    id: str
    alias: str | None = None  # e.g. the business-scoped id next to a phone
    phone: str | None = None  # E.164 with plus, only when the provider vouches for it
    name: str | None = None  # as the customer calls itself: untrusted
    locale: str | None = None


class Attachment(Struct):
    """One piece of media or structured content. `ref` and `url` tell where the bytes are; never trusted."""

    kind: MediaKind
    ref: str | None = None  # provider's media id
    url: str | None = None
    mime: str | None = None
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    caption: str | None = None
    data: dict[str, Any] = {}  # location {latitude, longitude, name?, address?}; contact {name, phones}


class Envelope(Struct):
    """One inbound message of any channel.

    `dedupe` is the provider's id of this event, unique within the account; redelivery has the same one.
    `target` is the provider message id that an edit, delete, reaction or quoted reply points at.
    `payload` is the data of a button, list row or postback. `provider_time` is epoch seconds, for display only.
    """

    dedupe: str
    sender: Sender
    kind: Kind = "message"
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    target: str | None = None
    emoji: str | None = None  # of a reaction; None when it was taken back
    provider_message_id: str | None = None  # when it differs from `dedupe`
    provider_time: float | None = None
    standby: bool = False  # another app or a person owns this thread: store, run no agent
    context: dict[str, Any] = {}  # referral, forwarded, group, order …: facts without a field of their own


class Receipt(Struct):
    """A provider's notice about a message that we sent. `our_id` is our own id where the provider echoes it."""

    status: ReceiptStatus
    provider_message_id: str | None = None
    our_id: str | None = None
    recipient: str | None = None
    error_code: str | None = None  # `provider:code`
    error_text: str | None = None
    provider_time: float | None = None
    # What a failed receipt asks for, classified by the channel's own error table.
    action: Literal["retry", "fallback", "stop_contact", "stop_account", "give_up", "template"] | None = None
    contact: ContactStatus | None = None


class ContactState(Struct):
    """A change of what a contact allows or how it is reached: blocked, opted out, moved to a new address."""

    peer: str
    state: ContactStatus
    new_peer: str | None = None
    scope: Literal["all", "marketing"] = "all"
    dedupe: str | None = None
    answered: bool = False  # the provider already confirmed to the customer: do not


class Ignored(Struct):
    """A part of a payload that is understood and needs nothing, or that we cannot read: recorded by name."""

    name: str  # e.g. `telegram.inline_query`, `whatsapp.account_update`
    reason: str = ""
    unreadable: bool = False  # true: kept as a dead letter for a person to look at
    fragment: str = ""  # the part itself, as JSON text, at most 16 kB


Event = Envelope | Receipt | ContactState | Ignored


class Button(Struct):
    """A choice offered to the customer; `id` comes back as `Envelope.payload`. At most 20 characters of title."""

    id: str
    title: str
    description: str = ""


class Media(Struct):
    """A file to send: `url` must be reachable by the provider; `data` carries the bytes where we upload."""

    kind: Literal["image", "audio", "video", "document"]
    mime: str
    url: str = ""
    name: str = ""
    key: str = ""  # in our own media store


class Template(Struct):
    """A pre-approved message. `name` is the provider's template name or Content SID; `params` in order."""

    name: str
    language: str
    params: tuple[str, ...] = ()


class Reply(Struct):
    """Outbound content before it is cut into parts for a channel; rich content degrades to text in channels.parts."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    media: Media | None = None
    template: Template | None = None
    quote: str | None = None  # provider id of the message that this one answers
    author: Literal["agent", "human", "system"] = "agent"
    bulk: bool = False  # proactive: waits behind conversation replies and respects consent
    money: bool = False  # names or moves money: an unknown outcome is held, not sent again


class Part(Struct):
    """Exactly one provider message, made from a Reply by `channels.parts.parts`."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    style: Literal["text", "buttons", "list", "media", "template"] = "text"
    media: Media | None = None
    template: Template | None = None
    quote: str | None = None
    human: bool = False  # really written by a person (Instagram's HUMAN_AGENT tag)


class Recipient(Struct):
    """Where a part goes. `our_id` is our message id, given to the provider where it takes one."""

    peer: str
    our_id: str
    alias: str | None = None
    thread: str | None = None  # mail thread or forum topic
    last_inbound_id: str | None = None  # provider id of the customer's last message: read marks, typing
    window_open: bool = True
    subject: str | None = None
    since: float | None = None  # for `Channel.lookup`: epoch seconds before which the lost attempt was not made
