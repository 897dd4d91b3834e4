"""What a bot sends: arguments in any of the three encodings, and Telegram's checks of texts, markup and files."""

import json
import mimetypes
import re
import secrets
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request

from emulator.asgi import form
from emulator.world import File, Files

Json = dict[str, Any]
TEXT_UNITS = 4096
CAPTION_UNITS = 1024
CALLBACK_BYTES = 64
UPLOAD_BYTES = 50 * 1024 * 1024
# method → (argument, kind in the outbox)
MEDIA_METHODS = {
    "sendPhoto": ("photo", "image"),
    "sendDocument": ("document", "document"),
    "sendVoice": ("voice", "audio"),
    "sendAudio": ("audio", "audio"),
    "sendVideo": ("video", "video"),
    "sendAnimation": ("animation", "video"),
    "sendSticker": ("sticker", "sticker"),
    "sendLocation": ("", "location"),
}
STRUCTURED = (
    "reply_markup",
    "reply_parameters",
    "entities",
    "caption_entities",
    "link_preview_options",
    "allowed_updates",
)
HTML_TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-spoiler",
    "tg-emoji",
}
RESERVED = re.compile(r"(?<!\\)[.!>#+\-=|{}]")  # of MarkdownV2; the paired marks are not looked at


class Refused(Exception):
    """The Bot API answers with this error."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


async def arguments(request: Request) -> tuple[Json, bytes]:
    """The arguments of a call (JSON, form, multipart or query), and what the wire log shows of them."""
    kind = request.headers.get("content-type", "")
    given: Json = dict(request.query_params)
    if kind.startswith("multipart/"):
        async with request.form() as parts:
            for name, value in parts.multi_items():
                given[name] = await _file(value) if isinstance(value, UploadFile) else value
    elif kind.startswith("application/json"):
        given |= _object(await request.body())
    else:
        given |= dict(await form(request))
    for name in STRUCTURED:
        if isinstance(given.get(name), str):
            given[name] = _structured(name, given[name])
    shown = {k: f"({len(v.data)} bytes)" if isinstance(v, File) else v for k, v in given.items()}
    return given, json.dumps(shown, ensure_ascii=False).encode()


async def _file(upload: UploadFile) -> File:
    return File(await upload.read(), upload.content_type or "application/octet-stream", upload.filename or "file")


def _object(body: bytes) -> Json:
    try:
        return msgspec.json.decode(body, type=dict[str, Any]) if body else {}
    except msgspec.DecodeError as error:
        raise Refused(400, "Bad Request: can't parse JSON object") from error


def _structured(name: str, value: str) -> Any:
    try:
        return json.loads(value) if value else None
    except ValueError as error:
        raise Refused(400, f"Bad Request: can't parse {name.replace('_', ' ')} JSON object") from error


def units(value: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def text(given: Json) -> Json:
    """Check a text message; returns the outbox fields and the fields of the answered Message."""
    content = str(given.get("text") or "")
    if not content.strip():
        raise Refused(400, "Bad Request: message text is empty")
    plain = _parsed(content, str(given.get("parse_mode") or ""))
    if units(plain) > TEXT_UNITS:
        raise Refused(400, "Bad Request: message is too long")
    _check_reply(given)
    buttons, markup = _buttons(given.get("reply_markup"))
    message = {"text": plain, **({"reply_markup": markup} if markup else {})}
    return {"entry": {"text": plain, "buttons": buttons}, "message": message}


def media(method: str, given: Json, files: Files) -> Json:
    """Check a media message."""
    argument, kind = MEDIA_METHODS[method]
    caption = _parsed(str(given.get("caption") or ""), str(given.get("parse_mode") or ""))
    if units(caption) > CAPTION_UNITS:
        raise Refused(400, "Bad Request: message caption is too long")
    _check_reply(given)
    buttons, markup = _buttons(given.get("reply_markup"))
    shown, message = _place(given) if method == "sendLocation" else _attached(argument, kind, given, files)
    if caption:
        message["caption"] = caption
    if markup:
        message["reply_markup"] = markup
    return {"entry": {"text": caption, "buttons": buttons, "media": shown, "kind": kind}, "message": message}


def _place(given: Json) -> tuple[Json, Json]:
    try:
        place = {"latitude": float(given["latitude"]), "longitude": float(given["longitude"])}
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(400, "Bad Request: latitude is empty") from error
    return {"kind": "location", **place}, {"location": place}


def _attached(argument: str, kind: str, given: Json, files: Files) -> tuple[Json, Json]:
    value = given.get(argument)
    if isinstance(value, str) and value.startswith("attach://"):
        value = given.get(value.removeprefix("attach://"))
    if not value:
        raise Refused(400, f"Bad Request: there is no {argument} in the request")
    if isinstance(value, File):
        if len(value.data) > UPLOAD_BYTES:
            raise Refused(413, "Request Entity Too Large")
        file, number, url = value, secrets.token_urlsafe(24), ""
        files.put(number, file)
    elif str(value).startswith(("http://", "https://")):
        file, number, url = _linked(argument, str(value)), secrets.token_urlsafe(24), str(value)
    else:
        known = files.get(str(value))
        if known is None:
            raise Refused(400, "Bad Request: wrong remote file identifier specified: Wrong character in the string")
        file, number, url = known, str(value), ""
    one: Json = {"file_id": number, "file_unique_id": number[-12:], "file_size": len(file.data)}
    shown = {"kind": kind, "url": url or f"emulator:{number}", "mime": file.mime, "name": file.name}
    return shown, _described(argument, one, file)


def _linked(argument: str, url: str) -> File:
    """A file that Telegram would fetch: of documents it takes only these."""
    name = urlsplit(url).path.rpartition("/")[2]
    if argument == "document" and not name.lower().endswith((".pdf", ".zip", ".gif")):
        raise Refused(400, "Bad Request: wrong type of the web page content")
    return File(b"", mimetypes.guess_type(name)[0] or "application/octet-stream", name)


def _described(argument: str, one: Json, file: File) -> Json:
    if argument == "photo":
        return {"photo": [{**one, "width": 90, "height": 90}]}
    if argument == "document":
        return {"document": {**one, "file_name": file.name, "mime_type": file.mime}}
    if argument == "sticker":
        plain = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
        return {"sticker": {**one, **plain}}
    sizes = {"width": 320, "height": 240} if argument in ("video", "animation") else {}
    return {argument: {**one, **sizes, "duration": 1}}


def _buttons(markup: Any) -> tuple[tuple[dict[str, str], ...], Json | None]:
    if not isinstance(markup, dict):
        return (), None
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    buttons = tuple(_button(button) for row in rows for button in row)
    return buttons, markup if markup.get("inline_keyboard") else None


def _button(button: Json | str) -> dict[str, str]:
    if isinstance(button, str):
        return {"id": "", "title": button}
    title, data = str(button.get("text") or ""), str(button.get("callback_data") or "")
    if not title:
        raise Refused(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
    if len(data.encode()) > CALLBACK_BYTES:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    shown = {"id": data, "title": title}
    return {**shown, "url": str(button["url"])} if button.get("url") else shown


def _check_reply(given: Json) -> None:
    reply = given.get("reply_parameters")
    number = reply.get("message_id") if isinstance(reply, dict) else given.get("reply_to_message_id")
    if number is None or (isinstance(reply, dict) and reply.get("allow_sending_without_reply")):
        return
    if not str(number).isdecimal() or int(number) == 0:
        raise Refused(400, "Bad Request: message to be replied not found")


def _parsed(content: str, mode: str) -> str:
    if mode.upper() == "HTML":
        reader = _Html()
        reader.feed(content)
        reader.close()
        if reader.open:
            raise _unparsed(f'Can\'t find end tag corresponding to start tag "{reader.open[-1]}"')
        return "".join(reader.text)
    if mode == "MarkdownV2":
        found = RESERVED.search(content)
        if found:
            raise _unparsed(f"Character '{found[0]}' is reserved and must be escaped with the preceding '\\'")
        return re.sub(r"\\(.)", r"\1", content)
    return content


def _unparsed(what: str) -> Refused:
    return Refused(400, f"Bad Request: can't parse entities: {what}")


class _Html(HTMLParser):
    """Telegram's small HTML: known tags only, all closed."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            raise _unparsed(f'Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(
                400, f"Bad Request: can't parse entities: Unexpected end tag at byte offset {self.getpos()[1]}"
            )

    def handle_data(self, data: str) -> None:
        self.text.append(data)
