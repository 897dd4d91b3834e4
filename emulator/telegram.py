"""The Telegram Bot API: methods with the real checks and errors, files, webhook settings."""

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.messages import Account
from emulator.asgi import answer, connection_fault
from emulator.faults import Fault
from emulator.outbox import Entry
from emulator.payloads.telegram import bot, chat, message_ids
from emulator.telegram_content import MEDIA_METHODS, Refused, arguments, media, text
from emulator.world import Call, World, play

Json = dict[str, Any]
COMMANDS_WITHOUT_EFFECT = ("setMyCommands", "setMyName", "setMyDescription", "logOut", "close", "setChatMenuButton")
OLD_QUERY = "Bad Request: query is too old and response timeout expired or query ID is invalid"
CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
CONTACT_ERRORS = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "unknown": (400, "Bad Request: chat not found"),
    "opted_out": (403, "Forbidden: bot was blocked by the user"),
}


class Telegram:
    """The bots of all tenants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._webhooks: dict[str, Json] = {}
        self.queries: dict[str, bool] = {}  # callback query ids that wait for an answer

    def routes(self) -> list[Route]:
        """`/telegram/bot<token>/<method>` and the file download."""
        return [
            Route("/telegram/bot{token}/{method}", self.call, methods=["GET", "POST"]),
            Route("/telegram/file/bot{token}/{path:path}", self.file, methods=["GET"]),
        ]

    async def call(self, request: Request) -> Response:
        """Any method of the Bot API."""
        token, method = request.path_params["token"], request.path_params["method"]
        account = self._account(token)
        if account is None:
            return _error(401, "Unauthorized") if _well_formed(token) else _error(404, "Not Found")
        given, body = await arguments(request)
        call = Call(
            provider="telegram",
            method=method,
            tenant=account.tenant,
            to=str(given.get("chat_id", "")),
            body=body,
        )

        async def act(fault: Fault | None) -> Response:
            try:
                result = self._do(method, account, given)
            except Refused as error:
                return _error(error.status, error.description, **error.parameters)
            return answer({"ok": True, "result": result})

        return await play(self._world, call, act, refuse)

    async def file(self, request: Request) -> Response:
        """Download of a file that getFile named."""
        account = self._account(request.path_params["token"])
        if account is None:
            return _error(404, "Not Found")
        fault = await connection_fault(self._world.faults.take("telegram", "file", account.tenant))
        file = self._world.files.get(request.path_params["path"].rsplit("/", 1)[-1].split(".")[0])
        if fault is not None or file is None:
            return fault or _error(404, "Not Found")
        return Response(file.data, media_type="application/octet-stream")

    def _account(self, token: str) -> Account | None:
        accounts = self._world.accounts
        known = accounts.by_secret("token", token) or accounts.by_secret("bot_token", token)
        return known[-1] if known else None

    def _do(self, method: str, account: Account, given: Json) -> Any:
        if method == "sendMessage":
            return self._send(account, given, text(given))
        if method in MEDIA_METHODS:
            return self._send(account, given, media(method, given, self._world.files))
        if method in COMMANDS_WITHOUT_EFFECT:
            return True
        handlers: dict[str, Callable[[Account, Json], Any]] = {
            "getMe": lambda account, given: {**bot(account), "can_join_groups": True},
            "sendChatAction": self._action,
            "answerCallbackQuery": self._answer_query,
            "editMessageText": self._edit,
            "editMessageReplyMarkup": self._edit,
            "getFile": self._file,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "getUpdates": self._updates,
        }
        handler = handlers.get(method)
        if handler is None:
            raise Refused(404, "Not Found")
        return handler(account, given)

    def _send(self, account: Account, given: Json, content: Json) -> Json:
        peer = self._reachable(account, given)
        wait = self._limited(account, peer)
        if wait:
            seconds = int(wait) + 1
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        number = next(message_ids)
        entry = Entry(
            id=f"{peer}:{number}",
            tenant=account.tenant,
            channel="telegram",
            account=account.id,
            to=peer,
            at=self._world.now(),
            raw=msgspec.Raw(msgspec.json.encode(given)),
            status="delivered",
            **content["entry"],
        )
        self._world.deliver(entry)
        name = self._world.names.get(("telegram", peer), "")
        head = {"message_id": number, "from": bot(account), "chat": chat(int(peer), name)}
        return {**head, "date": int(entry.at), **content["message"]}

    def _reachable(self, account: Account, given: Json) -> str:
        peer = str(given.get("chat_id", ""))
        if not peer:
            raise Refused(400, "Bad Request: chat_id is empty")
        if not peer.lstrip("-").isdecimal() or peer == "0":
            raise Refused(400, "Bad Request: chat not found")
        state = self._world.contacts.get((account.tenant, "telegram", peer))
        if state:
            raise Refused(*CONTACT_ERRORS[state])
        return peer

    def _limited(self, account: Account, peer: str) -> float:
        limits, buckets = self._world.limits, self._world.buckets
        if not limits.enforce:
            return 0
        wait = buckets.take("telegram_chat", f"{account.id}:{peer}", limits.telegram_chat)
        return wait or buckets.take("telegram_bot", account.id, limits.telegram_bot)

    def _action(self, account: Account, given: Json) -> bool:
        peer = self._reachable(account, given)
        written = self._world.inbox.find(account.tenant, peer, channel="telegram", limit=1)
        if written:
            self._world.mark(written[-1], "read")
            self._world.wire.tell("typing", written[-1])
        return True

    def _answer_query(self, account: Account, given: Json) -> bool:
        if len(str(given.get("text") or "")) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        if self.queries.pop(str(given.get("callback_query_id")), None) is None:
            raise Refused(400, OLD_QUERY)
        return True

    def _edit(self, account: Account, given: Json) -> Json:
        entry = self._world.outbox.get(f"{given.get('chat_id')}:{given.get('message_id')}")
        if entry is None:
            raise Refused(400, "Bad Request: message to edit not found")
        content = text({**given, "text": given.get("text", entry.text)})
        fields = content["entry"]
        if (fields["text"], fields["buttons"]) == (entry.text, entry.buttons):
            raise Refused(400, "Bad Request: message is not modified")
        entry.text, entry.buttons = fields["text"], fields["buttons"]
        self._world.mark(entry, entry.status)
        head = {"message_id": int(given["message_id"]), "from": bot(account), "chat": chat(int(entry.to))}
        return {**head, "date": int(entry.at), "edit_date": int(self._world.now()), **content["message"]}

    def _file(self, account: Account, given: Json) -> Json:
        number = str(given.get("file_id", ""))
        file = self._world.files.get(number)
        if file is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(file.data) > 20 * 1024 * 1024:
            raise Refused(400, "Bad Request: file is too big")
        folder = file.mime.split("/")[0]
        ending = file.name.rpartition(".")[2] or "bin"
        path = f"{folder}/{number}.{ending}"
        return {"file_id": number, "file_unique_id": number[-12:], "file_size": len(file.data), "file_path": path}

    def _set_webhook(self, account: Account, given: Json) -> bool:
        self._webhooks[account.id] = {"url": str(given.get("url", "")), "allowed_updates": given.get("allowed_updates")}
        return True

    def _delete_webhook(self, account: Account, given: Json) -> bool:
        self._webhooks.pop(account.id, None)
        return True

    def _webhook_info(self, account: Account, given: Json) -> Json:
        hook = self._webhooks.get(account.id) or {"url": f"{account.public_url}/webhooks/telegram/{account.tenant}"}
        shown = {key: value for key, value in hook.items() if value is not None}
        return {**shown, "has_custom_certificate": False, "pending_update_count": 0, "max_connections": 40}

    def _updates(self, account: Account, given: Json) -> Any:
        raise Refused(409, CONFLICT)


def refuse(fault: Fault) -> Response:
    """The answer of a fault program."""
    if fault.kind == "429":
        wait = fault.retry_after
        return _error(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
    if fault.kind == "error_code":
        return _error(fault.code, ERROR_CODES.get(fault.code, "Bad Request: refused"))
    return _error(500, "Internal Server Error")


ERROR_CODES = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
}


def _well_formed(token: str) -> bool:
    number, colon, secret = token.partition(":")
    return bool(colon) and number.isdecimal() and len(secret) >= 3


def _error(status: int, description: str, **parameters: Any) -> Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    headers = None
    if parameters:
        body["parameters"] = parameters
    if "retry_after" in parameters:
        headers = {"Retry-After": str(parameters["retry_after"])}
    return answer(body, status, headers)
