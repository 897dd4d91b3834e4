"""WhatsApp Cloud webhooks: a message, an edit, an echo, a status."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from core.messages import Account
from emulator.payloads.inbound import MEDIA_KINDS, Inbound, Made
from emulator.payloads.meta import body, wamid
from emulator.payloads.samples import Attached

Message = dict[str, Any]
PRICING = {"billable": False, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"}
TAPS = ("callback", "button", "list_reply", "template_button")


def make(what: Inbound, account: Account, files: list[Attached], now: float) -> Made:
    """The webhook for what the customer did."""
    message_id = what.message_id or wamid()
    stamp = str(what.timestamp or int(now))
    if what.kind == "echo":
        return _echo(what, account, message_id, stamp)
    if what.kind in ("opt_out", "opt_in"):
        return _preference(what, account, message_id, stamp)
    message = {**_from(what), "id": message_id, "timestamp": stamp, **_content(what, files)}
    if quoted := what.reply_to or (what.target if what.kind in TAPS else ""):
        message["context"] = {"from": display_number(account), "id": quoted}
    if what.forwarded:
        message.setdefault("context", {})["forwarded"] = True
    if what.referral:
        message["referral"] = what.referral
    value = {**metadata(account), "contacts": [_contact(what)], "messages": [message]}
    return Made(body=body(envelope(account, "messages", value)), message_id=message_id)


def display_number(account: Account) -> str:
    """The business's own number, digits only."""
    return str(account.settings.get("display_phone_number", "5215500000000")).lstrip("+")


def metadata(account: Account) -> dict[str, Any]:
    """The head of every `value`."""
    ids = {"display_phone_number": display_number(account), "phone_number_id": account.address}
    return {"messaging_product": "whatsapp", "metadata": ids}


def envelope(account: Account, field: str, value: dict[str, Any]) -> dict[str, Any]:
    """One change of one entry."""
    waba = str(account.settings.get("waba_id", "200000000000001"))
    change = {"value": value, "field": field}
    return {"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": [change]}]}


def statuses(account: Account, updates: list[dict[str, Any]]) -> dict[str, Any]:
    """A webhook with status updates of sent messages."""
    return envelope(account, "messages", {**metadata(account), "statuses": updates})


def status(message_id: str, to: str, word: str, now: float, our_id: str | None, error: Any = None) -> Message:
    """One status update; `our_id` is the biz_opaque_callback_data of the send."""
    update: Message = {"id": message_id, "status": word, "timestamp": str(int(now)), "recipient_id": to}
    if our_id:
        update["biz_opaque_callback_data"] = our_id
    if word in ("sent", "delivered"):
        update["pricing"] = PRICING
    if error:
        update["errors"] = [error]
    return update


def _digits(what: Inbound) -> str:
    return what.sender.removeprefix("whatsapp:").lstrip("+")


def _from(what: Inbound) -> Message:
    ids: Message = {} if what.hide_phone else {"from": _digits(what)}
    if what.user_id:
        ids["from_user_id"] = what.user_id
    return ids


def _contact(what: Inbound) -> Message:
    profile = {"name": what.name, **({"username": what.username} if what.username else {})}
    contact: Message = {"profile": profile}
    if not what.hide_phone:
        contact["wa_id"] = _digits(what)
    if what.user_id:
        contact["user_id"] = what.user_id
    return contact


def _content(what: Inbound, files: list[Attached]) -> Message:
    if what.kind in MEDIA_KINDS:
        return _media(what, files[0])
    return CONTENT.get(what.kind, _text)(what)


def _text(what: Inbound) -> Message:
    return {"type": "text", "text": {"body": what.text}}


def _media(what: Inbound, file: Attached) -> Message:
    kind = {"voice": "audio", "album": "image"}.get(what.kind, what.kind)
    digest = b64encode(hashlib.sha256(file.data).digest()).decode()
    media: Message = {"mime_type": file.mime, "sha256": digest, "id": file.ref, "url": file.url}
    if what.kind == "voice":
        media |= {"mime_type": "audio/ogg; codecs=opus", "voice": True}
    if what.text and kind in ("image", "video", "document"):
        media["caption"] = what.text
    if kind == "document":
        media["filename"] = file.name
    if kind == "sticker":
        media["animated"] = False
    return {"type": kind, kind: media}


def _location(what: Inbound) -> Message:
    place: Message = {"latitude": what.latitude, "longitude": what.longitude}
    place |= {k: v for k, v in (("name", what.label), ("address", what.address)) if v}
    return {"type": "location", "location": place}


def _contacts(what: Inbound) -> Message:
    name, phone = what.contact.get("name", "Persona Ejemplo"), what.contact.get("phone", "+525512345678")
    person = {
        "name": {"first_name": name.partition(" ")[0], "formatted_name": name},
        "phones": [{"phone": phone, "wa_id": phone.lstrip("+"), "type": "CELL"}],
    }
    return {"type": "contacts", "contacts": [person]}


def _tapped(what: Inbound) -> Message:
    kind = "list_reply" if what.kind == "list_reply" else "button_reply"
    reply = {"id": what.payload, "title": what.title or what.text or what.payload}
    return {"type": "interactive", "interactive": {"type": kind, kind: reply}}


def _template_button(what: Inbound) -> Message:
    button = {"payload": what.payload, "text": what.title or what.text or what.payload}
    return {"type": "button", "button": button}


def _reaction(what: Inbound) -> Message:
    reaction = {"message_id": what.target, **({"emoji": what.emoji} if what.emoji else {})}
    return {"type": "reaction", "reaction": reaction}


def _edit(what: Inbound) -> Message:
    edit = {"original_message_id": what.target, "message": _text(what)}
    return {"type": "edit", "edit": edit}


def _delete(what: Inbound) -> Message:
    return {"type": "revoke", "revoke": {"original_message_id": what.target}}


def _number_change(what: Inbound) -> Message:
    new = what.new_address.lstrip("+")
    text = f"User A changed from {_digits(what)} to {new}"
    return {"type": "system", "system": {"body": text, "wa_id": new, "type": "user_changed_number"}}


def _unsupported(what: Inbound) -> Message:
    error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
    return {"type": "unsupported", "errors": [error], "unsupported": {"type": "poll"}}


CONTENT: dict[str, Callable[[Inbound], Message]] = {
    "location": _location,
    "contact": _contacts,
    "callback": _tapped,
    "button": _tapped,
    "list_reply": _tapped,
    "template_button": _template_button,
    "reaction": _reaction,
    "edit": _edit,
    "delete": _delete,
    "number_change": _number_change,
    "unsupported": _unsupported,
}


def _echo(what: Inbound, account: Account, message_id: str, stamp: str) -> Made:
    echo = {"from": display_number(account), "to": _digits(what), "id": message_id, "timestamp": stamp, **_text(what)}
    value = {**metadata(account), "message_echoes": [echo]}
    return Made(body=body(envelope(account, "smb_message_echoes", value)), message_id=message_id)


def _preference(what: Inbound, account: Account, message_id: str, stamp: str) -> Made:
    choice = {
        "wa_id": _digits(what),
        "detail": "User requested to stop marketing messages" if what.kind == "opt_out" else "User resumed",
        "category": "marketing_messages",
        "value": "stop" if what.kind == "opt_out" else "resume",
        "timestamp": int(stamp),
    }
    value = {**metadata(account), "contacts": [_contact(what)], "user_preferences": [choice]}
    return Made(body=body(envelope(account, "user_preferences", value)), message_id=message_id)
