"""Calls of the Telegram Bot API: aiogram's Bot over the shared HTTP session, and the table of its errors."""

import mimetypes
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.types import BufferedInputFile, Chat, Message
from aiogram.utils.token import TokenValidationError

from channels import actions
from channels.actions import Action
from channels.network import Answer, exchange
from channels.wire import anonymous, load_json
from core.errors import AccountStopped, DeliveryError
from core.messages import Account

Result = TypeVar("Result")
_READ_BEFORE_FORKING = Response[Message], Response[bool]  # aiogram builds each at its first use
NO_DATE = datetime.fromtimestamp(0, UTC)  # only the ids of a sent message are read

# aiogram's class, a part of the description (lower case), what to do: the first row that matches.
# Telegram gives no codes beyond the HTTP status, so the description has to be read.
ERRORS: tuple[tuple[type[TelegramAPIError], str, Action], ...] = (
    (TelegramRetryAfter, "", actions.wait(scope="account")),
    (TelegramForbiddenError, "blocked by the user", actions.stop_contact("blocked")),
    (TelegramForbiddenError, "", actions.stop_contact("unreachable")),  # deactivated, never started, kicked
    (TelegramBadRequest, "chat not found", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "peer_id_invalid", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "group chat was deactivated", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "not enough rights", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "have no rights to send", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "chat_write_forbidden", actions.stop_contact("unreachable")),
    (TelegramBadRequest, "file is too big", actions.give_up()),
    (TelegramBadRequest, "query is too old", actions.give_up()),
    (TelegramBadRequest, "", actions.give_up(alert=True)),  # too long, bad button data, bad entities: our fault
    (TelegramMigrateToChat, "", actions.stop_contact("unreachable")),  # only when the second address moved again
    (TelegramUnauthorizedError, "", actions.stop_account()),
    (TelegramNotFound, "", actions.stop_account()),  # the token is wrong
    (TelegramConflictError, "", actions.stop_account()),
    (TelegramAPIError, "", actions.give_up(alert=True)),
)


class SharedSession(BaseSession):
    """aiogram's session around the process's one HTTP client; it opens nothing and closes nothing."""

    def __init__(self, http: aiohttp.ClientSession, api: TelegramAPIServer) -> None:
        super().__init__(api=api)
        self.http = http

    async def make_request(self, bot: Bot, method: TelegramMethod[Result], timeout: int | None = None) -> Result:
        """Send one method. Raises what `exchange` raises, aiogram's errors, or UnknownOutcome for an odd answer."""
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        answer = await exchange(self.http, "POST", url, name="telegram", data=self._form(bot, method))
        if answer.status >= 500:
            error = actions.server_error(answer.status)
            raise error.raised(anonymous(f"telegram: {answer.text[:200]}"), f"telegram:{answer.status}")
        try:
            return cast(Result, self.check_response(bot, method, answer.status, answer.text).result)
        except (ClientDecodeError, TypeError) as error:
            # aiogram: an HTML body, a 5xx without description, or a result newer than its types
            return cast(Result, sent_message(answer, error))

    def _form(self, bot: Bot, method: TelegramMethod[Result]) -> aiohttp.FormData:
        """The arguments; a file makes it multipart, and stands under its argument's own name."""
        form = aiohttp.FormData(quote_fields=False)
        for key, value in method.model_dump(warnings=False).items():
            if isinstance(value, BufferedInputFile):
                kind = mimetypes.guess_type(value.filename or "")[0] or "application/octet-stream"
                form.add_field(key, value.data, filename=value.filename, content_type=kind)
            elif prepared := self.prepare_value(value, bot=bot, files={}):
                form.add_field(key, prepared)
        return form

    async def close(self) -> None:
        """The HTTP client belongs to the process."""

    def stream_content(self, *args: Any, **kwargs: Any) -> Any:
        """Media are fetched by their own lane, with size caps and host checks."""
        raise NotImplementedError("use Channel.media and channels.fetch")


def sent_message(answer: Answer, error: Exception) -> Message:
    """Take the id out of a success that aiogram's types do not fit; any other odd answer is an unknown outcome."""
    kind, code = type(error).__name__, f"telegram:{answer.status}"
    if answer.status == 429:
        raise actions.wait(scope="account").raised(kind, code, answer.retry_after) from None
    try:
        result = load_json(answer.body)["result"]
        chat = Chat.model_construct(id=int(result["chat"]["id"]), type="private")
        return Message.model_construct(message_id=int(result["message_id"]), chat=chat, date=NO_DATE)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise actions.unknown().raised(kind, code) from None


def server(account: Account) -> TelegramAPIServer:
    """Where this account's Bot API is."""
    return TelegramAPIServer.from_base(account.api_base) if account.api_base else PRODUCTION


async def call(method: TelegramMethod[Result], account: Account, http: aiohttp.ClientSession) -> Result:
    """Call one Bot API method; raises a DeliveryError, or TelegramMigrateToChat with the new chat."""
    try:
        bot = Bot(account.secrets.get("token", ""), session=SharedSession(http, server(account)))
    except TokenValidationError:
        raise AccountStopped("telegram: the token has a wrong form", code="telegram:token") from None
    try:
        return await bot(method)
    except TelegramMigrateToChat:
        raise
    except TelegramAPIError as error:
        raise translate(error) from None


def translate(error: TelegramAPIError) -> DeliveryError:
    """Find aiogram's error in the table."""
    description = str(error.message).lower()
    rows = (action for kind, words, action in ERRORS if isinstance(error, kind) and words in description)
    retry_after = getattr(error, "retry_after", None)
    code = f"telegram:{next((status for kind, status in STATUS.items() if isinstance(error, kind)), 'error')}"
    return next(rows).raised(anonymous(f"telegram: {error.message}"), code, retry_after)


STATUS: dict[type[TelegramAPIError], int] = {
    TelegramBadRequest: 400,
    TelegramUnauthorizedError: 401,
    TelegramForbiddenError: 403,
    TelegramNotFound: 404,
    TelegramConflictError: 409,
    TelegramRetryAfter: 429,
    TelegramMigrateToChat: 400,
    TelegramEntityTooLarge: 413,
}
