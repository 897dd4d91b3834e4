"""What one WhatsApp message says: its type and the object of that name, as fields of an Envelope."""

import base64
import binascii
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from channels.graph import number
from channels.untrusted import ident, listing, mapping, name, optional, required, text
from core.errors import Unreadable
from core.messages import Attachment, MediaKind

Fields = dict[str, Any]  # some fields of an Envelope


def read(kind: str, message: dict[str, Any]) -> Fields:
    """Read the object that is named like the type; an unknown type is kept as unsupported."""
    reader = CONTENT.get(kind) or SPECIAL.get(kind)
    if reader is None:
        return _unsupported(kind, message)
    return reader(mapping(message.get(kind))) if kind != "contacts" else _contacts(message.get(kind))


def _media(kind: MediaKind, body: dict[str, Any]) -> Fields:
    kind = "voice" if kind == "audio" and body.get("voice") is True else kind
    attachment = Attachment(
        kind=kind,
        ref=ident(body.get("id")),
        url=optional(body.get("url")),
        mime=optional(body.get("mime_type")),
        name=optional(body.get("filename")),
        sha256=_hex(body.get("sha256")),
    )
    return {"text": text(body.get("caption")), "attachments": (attachment,)}


def _hex(digest: object) -> str | None:
    """Return a digest as hex: Meta writes base64 in webhooks and hex in answers."""
    try:
        raw = base64.b64decode(text(digest), validate=True)
    except (Unreadable, binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == 32 else None


def _text(body: dict[str, Any]) -> Fields:
    return {"text": text(body.get("body"))}


def _location(body: dict[str, Any]) -> Fields:
    data = {key: body[key] for key in ("latitude", "longitude", "name", "address", "url") if body.get(key) is not None}
    return {"attachments": (Attachment(kind="location", data=data),)}


def _contacts(cards: object) -> Fields:
    return {"attachments": tuple(_contact(mapping(card)) for card in listing(cards))}


def _contact(card: dict[str, Any]) -> Attachment:
    names = mapping(card.get("name"))
    phones = [mapping(phone).get("phone") or mapping(phone).get("wa_id") for phone in listing(card.get("phones"))]
    data = {"name": text(names.get("formatted_name")), "phones": [text(phone) for phone in phones if phone]}
    return Attachment(kind="contact", data=data)


def _button(body: dict[str, Any]) -> Fields:
    return {"kind": "callback", "text": text(body.get("text")), "payload": text(body.get("payload"))}


def _interactive(body: dict[str, Any]) -> Fields:
    kind = name(body.get("type"))
    if kind == "nfm_reply":
        return _flow(mapping(body.get(kind)))
    if kind not in ("button_reply", "list_reply"):
        return {"kind": "unsupported", "context": {"type": f"interactive.{kind}"}}
    chosen = mapping(body.get(kind))
    context = {"description": chosen["description"]} if chosen.get("description") else {}
    payload = required(chosen.get("id"))
    return {"kind": "callback", "text": text(chosen.get("title")), "payload": payload, "context": context}


def _flow(reply: dict[str, Any]) -> Fields:
    """Read the answer of a form; its JSON may be anything, so the raw text stays the payload."""
    raw = text(reply.get("response_json"))
    context: Fields = {"flow": optional(reply.get("name")) or "flow"}
    with contextlib.suppress(ValueError, RecursionError):
        context["response"] = msgspec.json.decode(raw)
    return {"kind": "callback", "text": text(reply.get("body")), "payload": raw, "context": context}


def _reaction(body: dict[str, Any]) -> Fields:
    return {"kind": "reaction", "target": required(body.get("message_id")), "emoji": text(body.get("emoji")) or None}


def _order(body: dict[str, Any]) -> Fields:
    return {"text": text(body.get("text")), "context": {"order": body}}


def _edit(body: dict[str, Any]) -> Fields:
    inner = mapping(body.get("message"))
    kind = name(inner.get("type"))
    said = read(kind, inner) if kind in CONTENT else {}
    return said | {"kind": "edit", "target": required(body.get("original_message_id"))}


def _revoke(body: dict[str, Any]) -> Fields:
    return {"kind": "delete", "target": required(body.get("original_message_id"))}


def _unsupported(kind: str, message: dict[str, Any]) -> Fields:
    detail = message.get("unsupported")
    context: Fields = {"type": name(detail.get("type")) if isinstance(detail, dict) else kind}
    codes = [number(error.get("code")) for error in listing(message.get("errors")) if isinstance(error, dict)]
    return {"kind": "unsupported", "context": context | ({"errors": codes} if codes else {})}


CONTENT: dict[str, Callable[[dict[str, Any]], Fields]] = {
    "text": _text,
    "image": partial(_media, "image"),
    "audio": partial(_media, "audio"),
    "voice": partial(_media, "voice"),
    "video": partial(_media, "video"),
    "document": partial(_media, "document"),
    "sticker": partial(_media, "sticker"),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
SPECIAL: dict[str, Callable[[dict[str, Any]], Fields]] = {
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    # The customer opened the chat for the first time: an agent may greet.
    "request_welcome": lambda _: {"kind": "callback", "payload": "request_welcome"},
}
