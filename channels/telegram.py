"""Telegram through the Bot API, one bot per account: webhook in with a secret header, methods out by aiogram."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, ClassVar

import aiohttp
from aiogram.exceptions import TelegramMigrateToChat
from aiogram.methods import (
    AnswerCallbackQuery,
    GetFile,
    SendAudio,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVideo,
    TelegramMethod,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from yarl import URL

from channels.base import Channel, Limits, MediaRequest, Pace
from channels.telegram_api import call, server
from channels.telegram_read import CALLBACK, read
from core.errors import DeliveryError, Permanent
from core.messages import Account, Attachment, Event, Media, Part, Recipient, Request

MEDIA_METHODS: dict[str, tuple[Callable[..., TelegramMethod[Message]], str]] = {
    "image": (SendPhoto, "photo"),
    "audio": (SendAudio, "audio"),
    "video": (SendVideo, "video"),
    "document": (SendDocument, "document"),
}
DOCUMENT_BYTES = 20 * 1024 * 1024
DOCUMENT_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
ONE_ROW = 30  # characters of titles that a phone shows side by side
# Telegram could not fetch or use our URL: the text and the link are sent instead.
MEDIA_REFUSED = ("http url", "web page content", "webpage", "wrong file identifier", "failed to get")


class Telegram(Channel):
    """`secrets`: token, webhook_secret. A peer is the chat id, with `/thread` for a forum topic."""

    name: ClassVar[str] = "telegram"
    route: ClassVar[str] = "telegram"
    limits: ClassVar[Limits] = Limits(text=4096, unit="utf16", caption=1024, buttons=50, button_title=60, button_id=64)
    pace: ClassVar[Pace] = Pace(account_per_second=30, account_burst=30, pair_per_second=1, pair_burst=3)

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        """Telegram signs nothing: it repeats the secret that setWebhook was given."""
        secret = account.secrets.get("webhook_secret", "")
        return {"x-telegram-bot-api-secret-token": secret} if secret else {}

    def parse(self, request: Request, account: Account) -> list[Event]:
        """Read one update."""
        return read(request.body)

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        """Send one message; follows a group that became a supergroup, once. The id is `chat:message`."""
        chat, thread = address(to)
        try:
            return await send(part, chat, thread, account, http)
        except TelegramMigrateToChat as moved:
            return await send_again(part, moved.migrate_to_chat_id, account, http)

    async def seen(self, to: Recipient, account: Account, http: aiohttp.ClientSession) -> None:
        """Show `typing …` and stop the spinner of a pressed button."""
        chat, thread = address(to)
        methods: list[TelegramMethod[bool]] = [SendChatAction(chat_id=chat, action="typing", message_thread_id=thread)]
        if (to.last_inbound_id or "").startswith(CALLBACK):
            methods.append(AnswerCallbackQuery(callback_query_id=str(to.last_inbound_id).removeprefix(CALLBACK)))
        await asyncio.gather(*(quietly(method, account, http) for method in methods))

    async def media(self, attachment: Attachment, account: Account, http: aiohttp.ClientSession) -> MediaRequest | None:
        """Ask for the file's path; the URL holds the token and is good for an hour."""
        if not attachment.ref:
            return None
        file = await call(GetFile(file_id=attachment.ref), account, http)
        path = getattr(file, "file_path", None)  # an answer of another shape is taken for a sent message
        if not path:
            return None
        url = server(account).file_url(account.secrets["token"], path)
        return MediaRequest(url=url, hosts=(URL(url).host or "",))


async def send(part: Part, chat: int | str, thread: int | None, account: Account, http: aiohttp.ClientSession) -> str:
    """Send a part to a chat; media that Telegram cannot fetch become text with the link."""
    common: dict[str, Any] = {"chat_id": chat, "message_thread_id": thread, "reply_parameters": quoted(part)}
    if part.media is None:
        sent = await call(SendMessage(**common, text=part.text, reply_markup=keyboard(part)), account, http)
        return f"{sent.chat.id}:{sent.message_id}"
    method, field = MEDIA_METHODS[part.media.kind]
    file = await uploaded(part.media, http) or part.media.url
    try:
        sent = await call(method(**common, **{field: file}, caption=part.text or None), account, http)
    except Permanent as error:
        if not any(words in error.message.lower() for words in MEDIA_REFUSED):
            raise
        text = f"{part.text}\n\n{part.media.url}".strip()
        sent = await call(SendMessage(**common, text=text), account, http)
    return f"{sent.chat.id}:{sent.message_id}"


async def uploaded(media: Media, http: aiohttp.ClientSession) -> BufferedInputFile | None:
    """The bytes of a document of ours: of what a URL names, Telegram itself takes only PDF, ZIP and GIF."""
    if media.kind != "document" or not media.name:
        return None
    # A context of its own: that our own document is read is no sign that anything went to Telegram.
    data = await asyncio.create_task(fetched(media.url, http), context=Context())
    return BufferedInputFile(data, media.name) if data else None


async def fetched(url: str, http: aiohttp.ClientSession) -> bytes:
    """What stands at one of our own links; nothing when it cannot be had, for Telegram may still reach it."""
    try:
        async with http.get(url, timeout=DOCUMENT_TIMEOUT, allow_redirects=False) as answer:
            data = await answer.content.read(DOCUMENT_BYTES + 1)
            return data if answer.status == 200 and len(data) <= DOCUMENT_BYTES else b""
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""


async def send_again(part: Part, chat: int, account: Account, http: aiohttp.ClientSession) -> str:
    """Send to the chat's new address; the conversation itself is moved by the update that Telegram also sends."""
    try:
        return await send(part, chat, None, account, http)
    except TelegramMigrateToChat:
        raise Permanent("telegram: the chat moved twice", code="telegram:migrate", alert=True) from None


async def quietly(method: TelegramMethod[bool], account: Account, http: aiohttp.ClientSession) -> None:
    """Call a method whose failure is of no matter: an old button, a chat that is gone."""
    try:
        await call(method, account, http)
    except (DeliveryError, TelegramMigrateToChat):
        return


def address(to: Recipient) -> tuple[int | str, int | None]:
    """Take a peer apart into chat id (or @name) and topic."""
    chat, _, topic = to.peer.partition("/")
    topic = topic or to.thread or ""
    return (int(chat) if chat.lstrip("-").isdigit() else chat), (int(topic) if topic.isdigit() else None)


def quoted(part: Part) -> ReplyParameters | None:
    """Quote a message of this chat; one that is gone is no reason not to send."""
    number = (part.quote or "").rpartition(":")[2]
    if not (number.isascii() and number.isdigit()):
        return None
    return ReplyParameters(message_id=int(number), allow_sending_without_reply=True)


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """Lay out buttons: side by side when a phone has room, else one below the other."""
    if not part.buttons:
        return None
    buttons = [InlineKeyboardButton(text=button.title, callback_data=button.id) for button in part.buttons]
    side_by_side = len(buttons) <= 3 and sum(len(button.title) for button in part.buttons) <= ONE_ROW
    return InlineKeyboardMarkup(inline_keyboard=[buttons] if side_by_side else [[button] for button in buttons])
