"""Telegram updates: what the Bot API posts to a webhook."""

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

from core.clock import Clock
from core.errors import Invalid
from core.messages import Account
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Made
from emulator.payloads.samples import Attached

Json = dict[str, Any]
_NUMBER = re.compile(r"-?[0-9]{1,18}")
# Ids go on from where an earlier emulator stopped: 8 per second since 2026 stays below 2^31 for eight years.
_start = (Clock.millis() // 1000 - 1_767_225_600) * 8
update_ids = count(900_000_000 + _start)
message_ids = count(_start)
query_ids = count(4_294_967_334_000_000_000 + _start)


def make(what: Inbound, account: Account, files: list[Attached], now: float) -> Made:
    """The update for what the customer did."""
    stamp = what.timestamp or int(now)
    if what.kind in ("callback", "button", "list_reply", "template_button"):
        return _callback(what, account, stamp)
    if what.kind in ("blocked", "unblocked"):
        return _membership(what, account, stamp)
    if what.kind == "reaction":
        return _reaction(what, stamp)
    message_id = number("message_id", what.message_id) if what.message_id else next(message_ids)
    if what.kind == "edit":
        target = number("target", what.target) if what.target else message_id
        edited = {**_head(what, target, stamp), "text": what.text, "edit_date": stamp}
        return _update("edited_message", edited, f"chat:{what.sender}", str(edited["message_id"]))
    message = {**_head(what, message_id, stamp), **_content(what, files)}
    if what.reply_to:
        message["reply_to_message"] = {**_own(what, account, number("reply_to", what.reply_to)), "date": stamp}
    return _update("message", message, f"chat:{what.sender}", str(message_id))


def number(field: str, given: str) -> int:
    """A message's or chat's id; that of our outbox, `chat:message`, will do. Raises Invalid."""
    last = given.rpartition(":")[2]
    if not _NUMBER.fullmatch(last):
        raise Invalid(f"{field}: an id of Telegram is a number (or `id` of the outbox), not {given[:40]!r}")
    return int(last)


def bot(account: Account) -> Json:
    """The account's bot as a Telegram user."""
    name = str(account.settings.get("name", account.tenant))
    username = "".join(letter for letter in account.tenant if letter.isalnum()) + "_bot"
    return {"id": int(account.address), "is_bot": True, "first_name": name, "username": username}


def chat(what_id: int, name: str = "", username: str = "") -> Json:
    """A private chat."""
    first, _, last = name.partition(" ")
    known = {"first_name": first or "Cliente", "last_name": last, "username": username}
    return {"id": what_id, "type": "private", **{key: value for key, value in known.items() if value}}


def _update(kind: str, content: Json, queue: str, message_id: str) -> Made:
    update = {"update_id": next(update_ids), kind: content}
    return Made(body=json.dumps(update, ensure_ascii=True).encode(), message_id=message_id, queue=queue)


def _user(what: Inbound) -> Json:
    user = {**chat(int(what.sender), what.name, what.username), "is_bot": False, "language_code": what.locale}
    del user["type"]
    return user


def _head(what: Inbound, message_id: int, stamp: int) -> Json:
    place = chat(int(what.sender), what.name, what.username)
    head: Json = {"message_id": message_id, "from": _user(what), "chat": place, "date": stamp}
    if what.thread:
        head |= {"message_thread_id": what.thread, "is_topic_message": True}
    return head


def _own(what: Inbound, account: Account, message_id: int) -> Json:
    return {"message_id": message_id, "from": bot(account), "chat": chat(int(what.sender), what.name)}


def _callback(what: Inbound, account: Account, stamp: int) -> Made:
    if what.target:
        shown = {**_own(what, account, number("target", what.target)), "date": stamp, "text": what.title or "…"}
    else:
        shown = {"message_id": next(message_ids), "chat": chat(int(what.sender), what.name), "date": 0}
    query = {
        "id": what.message_id or str(next(query_ids)),
        "from": _user(what),
        "message": shown,
        "chat_instance": "-3000000000000000001",
        "data": what.payload,
    }
    return _update("callback_query", query, f"user:{what.sender}", str(query["id"]))


def _membership(what: Inbound, account: Account, stamp: int) -> Made:
    words = ("member", "kicked") if what.kind == "blocked" else ("kicked", "member")
    sides: list[Json] = [{"user": bot(account), "status": word} for word in words]
    for side in sides:
        if side["status"] == "kicked":
            side["until_date"] = 0
    place = chat(int(what.sender), what.name, what.username)
    change = {
        "chat": place,
        "from": _user(what),
        "date": stamp,
        "old_chat_member": sides[0],
        "new_chat_member": sides[1],
    }
    return _update("my_chat_member", change, f"member:{what.sender}", str(stamp))


def _reaction(what: Inbound, stamp: int) -> Made:
    new = [{"type": "emoji", "emoji": what.emoji}] if what.emoji else []
    reaction = {
        "chat": chat(int(what.sender), what.name, what.username),
        "message_id": number("target", what.target or "0"),
        "user": _user(what),
        "date": stamp,
        "old_reaction": [],
        "new_reaction": new,
    }
    return _update("message_reaction", reaction, f"reaction:{what.sender}", what.target)


def _content(what: Inbound, files: list[Attached]) -> Json:
    if what.kind in MEDIA_KINDS:
        return {**_media(what.kind, files[0]), **({"caption": what.text} if what.text else {})}
    return CONTENT.get(what.kind, _text)(what)


def _text(what: Inbound) -> Json:
    content: Json = {"text": what.text}
    if what.text.startswith("/"):
        length = len(what.text.split(" ", 1)[0])
        content["entities"] = [{"offset": 0, "length": length, "type": "bot_command"}]
    return content


def _media(kind: str, file: Attached) -> Json:
    one: Json = {"file_id": file.ref, "file_unique_id": file.ref[-12:], "file_size": len(file.data)}
    if kind in ("image", "album"):
        return {"photo": [{**one, "width": 96, "height": 96}]}
    if kind == "sticker":
        return {
            "sticker": {
                **one,
                "width": 512,
                "height": 512,
                "is_animated": False,
                "is_video": False,
                "type": "regular",
                "emoji": "👍",
            }
        }
    one["mime_type"] = file.mime
    if kind == "document":
        one["file_name"] = file.name
    else:
        one["duration"] = 1
    if kind == "video":
        one |= {"width": 320, "height": 240}
    return {kind: one}


def _location(what: Inbound) -> Json:
    place = {"latitude": what.latitude, "longitude": what.longitude}
    if what.label or what.address:
        return {"location": place, "venue": {"location": place, "title": what.label, "address": what.address}}
    return {"location": place}


def _contact(what: Inbound) -> Json:
    first, _, last = what.contact.get("name", "Persona Ejemplo").partition(" ")
    phone = what.contact.get("phone", "+525512345678")
    return {"contact": {"phone_number": phone, "first_name": first, "last_name": last}}


def _unsupported(what: Inbound) -> Json:
    dice = {"emoji": "🎲", "value": 4}
    return {"dice": dice}


def _migrated(what: Inbound) -> Json:
    return {"migrate_to_chat_id": number("new_address", what.new_address)}


CONTENT: dict[str, Callable[[Inbound], Json]] = {
    "location": _location,
    "contact": _contact,
    "unsupported": _unsupported,
    "number_change": _migrated,
}
