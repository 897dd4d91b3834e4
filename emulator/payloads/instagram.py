"""Instagram webhooks: messages, postbacks, reactions, echoes, reads."""

from collections.abc import Callable
from typing import Any

from core.messages import Account
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Made
from emulator.payloads.meta import body, mid
from emulator.payloads.samples import Attached

Json = dict[str, Any]
APP_ID = 900_000_000_000_001
ATTACHMENTS = {"voice": "audio", "document": "file", "album": "image", "sticker": "image"}


def make(what: Inbound, account: Account, files: list[Attached], now: float) -> Made:
    """The webhook for what the customer did."""
    message_id = what.message_id or mid()
    stamp = what.timestamp * 1000 or int(now * 1000)
    if what.kind == "echo":  # a person answered in the Instagram app
        event = echo(account, what.sender, message_id, what.text, stamp / 1000, own=False)
    else:
        event = {**_parties(what.sender, account.address, stamp), **_content(what, message_id, files)}
    payload = envelope(account, [event], "standby" if what.standby else "messaging")
    return Made(body=body(payload), message_id=message_id)


def envelope(account: Account, events: list[Json], key: str = "messaging") -> Json:
    """One entry with its events."""
    time = max(int(event["timestamp"]) for event in events)
    return {"object": "instagram", "entry": [{"time": time, "id": account.address, key: events}]}


def echo(account: Account, to: str, message_id: str, text: str, now: float, *, own: bool) -> Json:
    """The copy of a message that the account sent; `own`: through our app's API."""
    message: Json = {"mid": message_id, "text": text, "is_echo": True}
    if own:
        message["app_id"] = APP_ID
    return {**_parties(account.address, to, int(now * 1000)), "message": message}


def read(account: Account, by: str, message_id: str, now: float) -> Json:
    """The customer has seen a message."""
    return {**_parties(by, account.address, int(now * 1000)), "read": {"mid": message_id}}


def _parties(sender: str, recipient: str, stamp: int) -> Json:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": stamp}


def _content(what: Inbound, message_id: str, files: list[Attached]) -> Json:
    if what.kind in EVENTS:
        return EVENTS[what.kind](what, message_id)
    message: Json = {"mid": message_id}
    if what.text:
        message["text"] = what.text
    if what.kind in MEDIA_KINDS:
        kind = ATTACHMENTS.get(what.kind, what.kind)
        message["attachments"] = [{"type": kind, "payload": {"url": file.url}} for file in files]
    if what.kind in ("location", "contact"):  # Instagram has neither: people send a link or a text
        message["text"] = what.text or f"https://maps.google.com/?q={what.latitude},{what.longitude}"
    if what.reply_to:
        message["reply_to"] = {"mid": what.reply_to}
    if what.referral:
        message["referral"] = what.referral
    return {"message": message}


def _quick_reply(what: Inbound, message_id: str) -> Json:
    text = what.title or what.text or what.payload
    return {"message": {"mid": message_id, "text": text, "quick_reply": {"payload": what.payload}}}


def _postback(what: Inbound, message_id: str) -> Json:
    return {"postback": {"mid": message_id, "title": what.title or what.payload, "payload": what.payload}}


def _reaction(what: Inbound, message_id: str) -> Json:
    if not what.emoji:
        return {"reaction": {"mid": what.target, "action": "unreact"}}
    return {"reaction": {"mid": what.target, "action": "react", "reaction": "other", "emoji": what.emoji}}


def _edit(what: Inbound, message_id: str) -> Json:
    return {"message_edit": {"mid": what.target, "text": what.text, "num_edit": 1}}


def _delete(what: Inbound, message_id: str) -> Json:
    return {"message": {"mid": what.target, "is_deleted": True}}


def _story_reply(what: Inbound, message_id: str) -> Json:
    story = {"url": "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=8&signature=A", "id": "17900000000000008"}
    return {"message": {"mid": message_id, "text": what.text, "reply_to": {"story": story}}}


def _read(what: Inbound, message_id: str) -> Json:
    return {"read": {"mid": what.target}}


def _unsupported(what: Inbound, message_id: str) -> Json:
    return {"message": {"mid": message_id, "is_unsupported": True}}


def _referral(what: Inbound, message_id: str) -> Json:
    return {"referral": what.referral or {"ref": "promo", "source": "SHORTLINK", "type": "OPEN_THREAD"}}


EVENTS: dict[str, Callable[[Inbound, str], Json]] = {
    "callback": _quick_reply,
    "list_reply": _quick_reply,
    "button": _postback,
    "template_button": _postback,
    "reaction": _reaction,
    "edit": _edit,
    "delete": _delete,
    "story_reply": _story_reply,
    "read": _read,
    "unsupported": _unsupported,
    "referral": _referral,
}
