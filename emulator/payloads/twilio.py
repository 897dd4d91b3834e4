"""Twilio webhooks (WhatsApp and SMS): an inbound message, a status callback."""

import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from core.errors import Invalid
from core.messages import Account
from emulator.payloads.inbound import Inbound, Made
from emulator.payloads.samples import Attached

Fields = dict[str, str]
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
MESSAGE_TYPES = {"voice": "audio", "album": "image", "callback": "interactive", "template_button": "button"}
UNHEARD = ("reaction", "edit", "delete", "echo", "number_change", "blocked", "unblocked", "read", "story_reply")


def sid(prefix: str) -> str:
    """A Twilio id: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


def make(what: Inbound, account: Account, files: list[Attached], now: float) -> Made:
    """The webhook for what the customer did."""
    if what.kind in UNHEARD:
        raise Invalid(f"Twilio posts no webhook for kind {what.kind}")
    message_id = what.message_id or sid("MM" if files else "SM")
    fields = {**_head(what, account, message_id, len(files)), **_body(what, files)}
    for index, file in enumerate(files):
        fields[f"MediaContentType{index}"] = file.mime
        fields[f"MediaUrl{index}"] = file.url.replace("{message}", message_id)
    fields |= _whatsapp(what) if account.channel == "whatsapp_twilio" else _sms(what)
    return Made(
        body=urlencode(fields).encode(),
        message_id=message_id,
        content_type=FORM,
        headers={"i-twilio-idempotency-token": str(uuid.uuid4())},
    )


def address(what: Inbound, account: Account) -> str:
    """The customer's address as Twilio writes it."""
    plain = what.sender.removeprefix("whatsapp:")
    if plain[:1].isdecimal():
        plain = f"+{plain}"
    if account.channel == "sms":
        return plain
    return f"whatsapp:{what.user_id if what.hide_phone and what.user_id else plain}"


def _head(what: Inbound, account: Account, message_id: str, files: int) -> Fields:
    head = {
        "SmsMessageSid": message_id,
        "NumMedia": str(files),
        "SmsSid": message_id,
        "SmsStatus": "received",
        "To": account.address,
        "NumSegments": "1",
        "MessageSid": message_id,
        "AccountSid": account.secrets.get("account_sid", ""),
        "From": address(what, account),
        "ApiVersion": "2010-04-01",
    }
    service = account.settings.get("messaging_service_sid")
    return {**head, "MessagingServiceSid": str(service)} if service else head


def _body(what: Inbound, files: list[Attached]) -> Fields:
    if what.kind == "document" and not what.text:
        return {"Body": files[0].name}
    if what.kind == "contact":
        return {"Body": f"{what.contact.get('name', 'Persona')} {what.contact.get('phone', '')}".strip()}
    if what.kind == "opt_out":
        return {"Body": what.text or "STOP"}
    if what.kind == "opt_in":
        return {"Body": what.text or "START"}
    return {"Body": what.text or what.title}


def _whatsapp(what: Inbound) -> Fields:
    context: dict[str, str] = {"ProfileName": what.name}
    fields = {"ProfileName": what.name, "MessageType": MESSAGE_TYPES.get(what.kind, what.kind), "ReferralNumMedia": "0"}
    if not what.hide_phone:
        context["WaId"] = fields["WaId"] = what.sender.removeprefix("whatsapp:").lstrip("+")
    if what.user_id:
        fields["ExternalUserId"] = f"whatsapp:{what.user_id}"
    if what.forwarded:
        fields["Forwarded"] = "true"
    if quoted := what.target or what.reply_to:
        fields["OriginalRepliedMessageSid"] = quoted
    fields |= {f"Referral{name}": str(value) for name, value in what.referral.items()}
    if what.kind in KINDS:
        fields |= KINDS[what.kind](what)
    metadata: dict[str, Any] = {"type": "whatsapp", "data": {"context": context}}
    return {**fields, "ChannelMetadata": json.dumps(metadata)}


def _sms(what: Inbound) -> Fields:
    fields = {"ToCountry": "MX", "ToState": "", "ToCity": "", "ToZip": ""}
    fields |= {"FromCountry": "MX", "FromState": "", "FromCity": "", "FromZip": ""}
    if what.kind in ("opt_out", "opt_in"):
        fields["OptOutType"] = "STOP" if what.kind == "opt_out" else "START"
    return fields


def _tapped(what: Inbound) -> Fields:
    return {"ButtonText": what.title or what.text, "ButtonPayload": what.payload}


def _listed(what: Inbound) -> Fields:
    return {"MessageType": "interactive", "ListId": what.payload, "ListTitle": what.title or what.text}


def _location(what: Inbound) -> Fields:
    fields = {"Latitude": str(what.latitude), "Longitude": str(what.longitude)}
    return {**fields, **{k: v for k, v in (("Address", what.address), ("Label", what.label)) if v}}


def _opted(what: Inbound) -> Fields:
    return {"MessageType": "text", "OptOutType": "STOP" if what.kind == "opt_out" else "START"}


KINDS: dict[str, Callable[[Inbound], Fields]] = {
    "callback": _tapped,
    "button": _tapped,
    "template_button": _tapped,
    "list_reply": _listed,
    "location": _location,
    "opt_out": _opted,
    "opt_in": _opted,
}


def callback(account: Account, message_id: str, to: str, word: str, error: int = 0) -> bytes:
    """A status callback of a sent message."""
    fields = {
        "SmsSid": message_id,
        "SmsStatus": word,
        "MessageStatus": word,
        "To": to,
        "MessageSid": message_id,
        "AccountSid": account.secrets.get("account_sid", ""),
        "From": account.address,
        "ApiVersion": "2010-04-01",
    }
    if account.channel == "whatsapp_twilio":
        fields |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": f"{to[9:16]}XXXX", "StructuredMessage": "false"}
        fields["ChannelInstallSid"] = "XE" + "c" * 32
        if word in ("delivered", "read", "undelivered", "failed"):
            fields["EventType"] = {"delivered": "DELIVERED", "read": "READ"}.get(word, "UNDELIVERED")
    elif word == "delivered":
        fields["RawDlrDoneDate"] = "2601010905"
    if error:
        fields["ErrorCode"] = str(error)
    return urlencode(fields).encode()
