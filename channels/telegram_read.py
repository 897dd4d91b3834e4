"""Read a Telegram update: aiogram's types in, our events out."""

from collections.abc import Callable
from typing import Any

from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessageUnion, Message, Update, User
from msgspec.structs import replace
from pydantic import ValidationError

from channels import telegram_text
from channels.wire import fragment, guard, load_json
from core.messages import Attachment, ContactState, Envelope, Event, Ignored, MediaKind, Sender

CALLBACK = "callback:"  # begins the id of a pressed button, so that `seen` knows what to answer
DOWNLOAD_LIMIT = 20 * 1024 * 1024  # what a bot may fetch

# Message field, our kind, its type where the file does not say; animation comes first: it repeats as document.
FILES: tuple[tuple[str, MediaKind, str | None], ...] = (
    ("animation", "video", "video/mp4"),
    ("audio", "audio", None),
    ("document", "document", None),
    ("sticker", "sticker", "image/webp"),
    ("video", "video", None),
    ("video_note", "video", "video/mp4"),
    ("voice", "voice", "audio/ogg"),
)
PASSES = 5  # each may uncover that what was taken out was needed one level up
MOVING = (("is_animated", "application/x-tgsticker"), ("is_video", "video/webm"))  # stickers that are no picture
# Things that a customer sends on purpose and that no agent reads; every other content is a notice of the chat.
UNSUPPORTED = frozenset(
    (ContentType.UNKNOWN, ContentType.DICE, ContentType.GAME, ContentType.POLL, ContentType.STORY,
     ContentType.PAID_MEDIA, ContentType.INVOICE, ContentType.SUCCESSFUL_PAYMENT, ContentType.GIVEAWAY,
     ContentType.CHECKLIST, ContentType.PASSPORT_DATA, ContentType.USERS_SHARED, ContentType.CHAT_SHARED)
)  # fmt: skip
GONE = frozenset(("kicked", "left"))


def read(body: bytes) -> list[Event]:
    """Read an update; what aiogram's types refuse is set aside as a dead letter and the rest is kept."""
    return [plain] if (plain := telegram_text.read(body)) else read_any(body)


def read_any(body: bytes) -> list[Event]:
    """Read an update of any kind with aiogram's types."""
    try:
        return update_events(Update.model_validate_json(body))
    except ValidationError:
        data = load_json(body)
    refused: dict[str, Any] = {}
    for _ in range(PASSES):
        try:
            events = update_events(Update.model_validate(data))
        except ValidationError as error:
            set_aside(data, error, refused)
        else:
            lost = Ignored(name="telegram.field", reason="unreadable", unreadable=True, fragment=fragment(refused))
            return [*events, lost] if refused else events
    return update_events(Update.model_validate(data))


def set_aside(data: Any, error: ValidationError, refused: dict[str, Any]) -> None:
    """Move the values that do not validate into `refused`; where one is missing, what it is missing from."""
    before = len(refused)
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        held: list[tuple[dict[str, Any], str]] = []
        node = data
        for step in problem["loc"]:
            if not isinstance(node, dict) or step not in node:
                break
            held.append((node, str(step)))
            node = node[step]
        if len(held) > 1:  # else it is the update itself or all of its one event, or was taken out just now
            holder, key = held[-1]
            refused[".".join(step for _, step in held)] = holder.pop(key)
    if len(refused) == before:
        raise error


def update_events(update: Update) -> list[Event]:
    """Dispatch on the update's one field; those that we do not use are ignored by name."""
    names = [name for name in (*update.model_fields_set, *(update.model_extra or ())) if name != "update_id"]
    return guard("telegram.update", dict.fromkeys(names), lambda name: event_of(update, name))


def event_of(update: Update, name: str) -> list[Event]:
    """Read one kind of event."""
    reader = READERS.get(name)
    return [reader(getattr(update, name), update) if reader else Ignored(name=f"telegram.{name[:64]}")]


def read_message(message: Message, update: Update) -> Event:
    """A new message, or a notice that the chat moved."""
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        old, new = message.migrate_from_chat_id or message.chat.id, message.migrate_to_chat_id or message.chat.id
        return ContactState(peer=str(old), state="moved", new_peer=str(new), dedupe=f"update:{update.update_id}")
    return content(message)


def read_edit(message: Message, update: Update) -> Event:
    """A message that was changed later: same content, pointing at the message."""
    event = content(message)
    if isinstance(event, Ignored):
        return event
    return replace(
        event,
        dedupe=f"update:{update.update_id}",
        kind="edit",
        target=identity(message),
        provider_time=float(message.edit_date or 0) or event.provider_time,
    )


def read_callback(query: CallbackQuery, update: Update) -> Event:
    """A pressed button; the message it hangs on may be inaccessible to us by now."""
    if query.from_user.is_bot or query.data is None:
        return Ignored(name="telegram.callback_game" if query.data is None else "telegram.from_bot")
    at = query.message
    return Envelope(
        dedupe=f"{CALLBACK}{query.id}",
        sender=sender(query.from_user, peer(at) if at else str(query.from_user.id)),
        kind="callback",
        text=title(query),
        payload=query.data,
        target=identity(at) if at else None,
    )


def read_membership(change: ChatMemberUpdated, update: Update) -> Event:
    """The person blocked or unblocked the bot, or a group took it in or out."""
    status = change.new_chat_member.status
    gone = status in GONE or getattr(change.new_chat_member, "is_member", True) is False
    return ContactState(
        peer=str(change.chat.id), state="blocked" if gone else "ok", dedupe=f"update:{update.update_id}"
    )


READERS: dict[str, Callable[[Any, Update], Event]] = {
    "message": read_message,
    "edited_message": read_edit,
    "callback_query": read_callback,
    "my_chat_member": read_membership,
}


def content(message: Message) -> Envelope | Ignored:
    """Read a message; what no customer sent on purpose is ignored by name."""
    if message.from_user and message.from_user.is_bot:
        return Ignored(name="telegram.from_bot")
    envelope = Envelope(
        dedupe=identity(message),
        sender=author(message),
        text=message.text or message.caption or "",
        attachments=attached(message),
        target=quoted(message),
        provider_time=message.date.timestamp(),
        context=context(message),
    )
    if data := message.web_app_data:
        return replace(envelope, kind="callback", text=data.button_text, payload=data.data)
    if envelope.text or envelope.attachments:
        return envelope
    kind = ContentType(message.content_type)
    if kind not in UNSUPPORTED:
        return Ignored(name=f"telegram.{kind.value}")
    return replace(envelope, kind="unsupported", context={**envelope.context, "content_type": kind.value})


def context(message: Message) -> dict[str, Any]:
    """Facts of a message without a field of their own."""
    facts: dict[str, Any] = {}
    if message.media_group_id:
        facts["media_group_id"] = message.media_group_id
    if message.forward_origin:
        facts["forwarded"] = True
    if message.quote:
        facts["quote"] = message.quote.text
    if (message.text or "").startswith("/start "):
        facts["start"] = (message.text or "").removeprefix("/start ").strip()
    if message.chat.type != "private":
        facts["group"] = {"id": str(message.chat.id), "title": message.chat.title, "type": message.chat.type}
        if who := message.from_user:
            facts["from"] = {"id": str(who.id), "name": who.full_name}
    return facts


def attached(message: Message) -> tuple[Attachment, ...]:
    """Media and structured content."""
    if message.photo:
        fitting = [size for size in message.photo if (size.file_size or 0) <= DOWNLOAD_LIMIT] or message.photo
        return (Attachment(kind="image", ref=fitting[-1].file_id, mime="image/jpeg", size=fitting[-1].file_size),)
    for field, kind, mime in FILES:
        if file := getattr(message, field):
            return (file_of(file, kind, mime),)
    if message.venue:  # before location: a venue repeats its own
        spot, names = message.venue.location, {"name": message.venue.title, "address": message.venue.address}
        return (place(spot.latitude, spot.longitude, names),)
    if message.location:
        return (place(message.location.latitude, message.location.longitude, {}),)
    if message.contact:
        name = " ".join(filter(None, (message.contact.first_name, message.contact.last_name)))
        facts = {"name": name, "phones": [phone(message.contact.phone_number)], "own": own_contact(message)}
        return (Attachment(kind="contact", data=facts),)
    return ()


def file_of(file: Any, kind: MediaKind, mime: str | None) -> Attachment:
    """One file; the little that the kinds have beyond it goes into `data`."""
    mime = next((it for flag, it in MOVING if getattr(file, flag, False)), mime)
    extra = {name: getattr(file, name, None) for name in ("duration", "emoji")}
    return Attachment(
        kind=kind,
        ref=file.file_id,
        mime=getattr(file, "mime_type", None) or mime,
        name=getattr(file, "file_name", None),
        size=file.file_size,
        data={name: value for name, value in extra.items() if value is not None},
    )


def place(latitude: float, longitude: float, names: dict[str, str]) -> Attachment:
    """A location, with name and address when it is a venue."""
    return Attachment(kind="location", data={"latitude": latitude, "longitude": longitude, **names})


def author(message: Message) -> Sender:
    """Who wrote; in a group replies go to the group."""
    own = phone(message.contact.phone_number) if message.contact and own_contact(message) else None
    if message.from_user is None:
        name = message.sender_chat.title if message.sender_chat else None
        return Sender(id=peer(message), name=name)
    return sender(message.from_user, peer(message), own)


def sender(user: User, address: str, own_phone: str | None = None) -> Sender:
    """A person as Telegram shows it."""
    return Sender(id=address, phone=own_phone, name=user.full_name.strip() or None, locale=user.language_code)


def own_contact(message: Message) -> bool:
    """A shared contact vouches for the sender's number only when it is the sender's own."""
    who, contact = message.from_user, message.contact
    return bool(who and contact and contact.user_id == who.id)


def phone(number: str) -> str:
    """A number in E.164: Telegram leaves out the plus on some clients."""
    digits = "".join(filter(str.isdigit, number))
    return f"+{digits}" if digits else number


def peer(message: MaybeInaccessibleMessageUnion) -> str:
    """The chat, and the topic in a forum: each topic is a conversation of its own."""
    topic = getattr(message, "message_thread_id", None)
    return (
        f"{message.chat.id}/{topic}" if topic and getattr(message, "is_topic_message", False) else str(message.chat.id)
    )


def identity(message: MaybeInaccessibleMessageUnion) -> str:
    """Message ids count per chat."""
    return f"{message.chat.id}:{message.message_id}"


def quoted(message: Message) -> str | None:
    """The message that this one answers."""
    return identity(message.reply_to_message) if message.reply_to_message else None


def title(query: CallbackQuery) -> str:
    """What the pressed button said."""
    markup = getattr(query.message, "reply_markup", None)
    rows = markup.inline_keyboard if markup else []
    return next((button.text for row in rows for button in row if button.callback_data == query.data), "")
