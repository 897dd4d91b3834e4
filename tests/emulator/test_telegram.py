"""The Telegram Bot API, through aiogram's own Bot."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from tests.emulator.conftest import ACCOUNTS, Emulator, Product

TOKEN = str(ACCOUNTS[1]["secrets"]["token"])  # type: ignore[index]
CHAT = 100000001


def bot_of(emulator: Emulator, token: str = TOKEN) -> Bot:
    api = TelegramAPIServer.from_base(emulator.url + "/telegram")
    return Bot(token, session=AiohttpSession(api=api))


@pytest.fixture
async def bot(emulator: Emulator) -> AsyncIterator[Bot]:
    bot = bot_of(emulator)
    yield bot
    await bot.session.close()


async def test_a_message_with_buttons_arrives(emulator: Emulator, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Sí", callback_data="yes:1")]])
    sent = await bot.send_message(CHAT, "¿Retiramos 120.00 USD? 👍", reply_markup=keyboard)
    (entry,) = await emulator.outbox(str(CHAT))
    assert entry["id"] == f"{CHAT}:{sent.message_id}"
    assert entry["buttons"] == [{"id": "yes:1", "title": "Sí"}]
    assert (await bot.me()).is_bot


async def test_texts_are_counted_in_utf16_units(bot: Bot) -> None:
    await bot.send_message(CHAT, "👍" * 2048)
    with pytest.raises(TelegramBadRequest, match="too long"):
        await bot.send_message(CHAT, "👍" * 2048 + "x")


async def test_callback_data_has_64_bytes(bot: Bot) -> None:
    button = InlineKeyboardButton(text="x", callback_data="ñ" * 33)
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(CHAT, "x", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))


async def test_a_wrong_token_is_unauthorized(emulator: Emulator) -> None:
    stranger = bot_of(emulator, "123456:AAwrong")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()


async def test_files_go_both_ways(emulator: Emulator, bot: Bot, product: tuple[Product, str]) -> None:
    sent = await bot.send_document(CHAT, BufferedInputFile(b"%PDF-1.4 x", "estado.pdf"), caption="Estado")
    assert sent.document is not None
    data = await bot.download(sent.document.file_id)
    assert data is not None
    assert data.read() == b"%PDF-1.4 x"
    await emulator.inbound("telegram", str(CHAT), "mira", kind="image")
    photo = msgspec.json.decode(product[0].requests[-1].body)["message"]["photo"][-1]
    picture = await bot.download(photo["file_id"])
    assert picture is not None
    assert picture.read().startswith(b"\x89PNG")


async def test_faults_are_what_the_sdk_expects(emulator: Emulator, bot: Bot) -> None:
    await emulator.post("/emulator/faults", {"provider": "telegram", "kind": "429", "retry_after": 17})
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(CHAT, "x")
    assert caught.value.retry_after == 17
    await emulator.post("/emulator/faults", {"provider": "telegram", "kind": "500"})
    with pytest.raises(TelegramServerError):
        await bot.send_message(CHAT, "x")
    await emulator.post("/emulator/faults", {"provider": "telegram", "kind": "error_code", "code": 403})
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(CHAT, "x")
    assert await emulator.outbox() == []
    await bot.send_message(CHAT, "x")
    assert len(await emulator.outbox()) == 1


async def test_a_dropped_response_was_processed(emulator: Emulator, bot: Bot) -> None:
    await emulator.post("/emulator/faults", {"provider": "telegram", "kind": "drop_response"})
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(CHAT, "cobro")
    (entry,) = await emulator.outbox(str(CHAT))
    assert entry["text"] == "cobro"


async def test_a_timeout_was_not_processed(emulator: Emulator, bot: Bot) -> None:
    await emulator.post("/emulator/faults", {"provider": "telegram", "kind": "timeout"})
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(CHAT, "x", request_timeout=1)
    assert await emulator.outbox() == []


async def test_blocking_the_bot_is_told_and_then_forbidden(
    emulator: Emulator, bot: Bot, product: tuple[Product, str]
) -> None:
    await emulator.inbound("telegram", str(CHAT), kind="blocked")
    change = msgspec.json.decode(product[0].requests[-1].body)["my_chat_member"]
    assert change["new_chat_member"]["status"] == "kicked"
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(CHAT, "x")
    await emulator.inbound("telegram", str(CHAT), "volví")
    await bot.send_message(CHAT, "x")


async def test_a_callback_can_be_answered_once(emulator: Emulator, bot: Bot, product: tuple[Product, str]) -> None:
    sent = await bot.send_message(CHAT, "¿Sí?")
    tapped = await emulator.inbound("telegram", str(CHAT), kind="callback", payload="yes", target=str(sent.message_id))
    query = msgspec.json.decode(product[0].requests[-1].body)["callback_query"]
    assert (query["data"], query["id"]) == ("yes", tapped["message_id"])
    assert await bot.answer_callback_query(query["id"])
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query["id"])


async def test_messages_of_a_chat_wait_for_the_one_before(emulator: Emulator, product: tuple[Product, str]) -> None:
    product[0].answers = [(503, {})]
    batch = [{"tenant": "acme", "channel": "telegram", "from": str(CHAT), "text": str(n)} for n in range(4)]
    await emulator.post("/emulator/inbound", batch)
    texts = [msgspec.json.decode(request.body)["message"]["text"] for request in product[0].requests]
    assert texts == ["0", "0", "1", "2", "3"]
