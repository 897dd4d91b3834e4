"""Read Twilio's form bodies: inbound messages, opt-outs and status callbacks, for WhatsApp and SMS alike."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from channels.actions import Action, give_up
from channels.twilio_api import ERRORS
from channels.wire import anonymous, guard, load_json
from core.errors import Unreadable
from core.messages import (
    Account,
    Attachment,
    ContactState,
    ContactStatus,
    Envelope,
    Event,
    Ignored,
    Kind,
    MediaKind,
    Receipt,
    ReceiptStatus,
    Request,
    Sender,
)

WHATSAPP = "whatsapp:"
STATUSES: dict[str, ReceiptStatus] = {
    "accepted": "accepted", "scheduled": "accepted", "queued": "accepted", "sending": "accepted",
    "sent": "sent", "partially_delivered": "sent", "delivered": "delivered", "read": "read",
    "undelivered": "failed", "failed": "failed", "canceled": "failed",
}  # fmt: skip
# Twilio has answered these keywords itself; HELP changes nothing.
OPT_OUTS: dict[str, ContactStatus] = {"STOP": "opted_out", "START": "opted_in"}
REFERRAL = {
    "Body": "body", "Headline": "headline", "SourceId": "source_id", "SourceType": "source_type",
    "SourceUrl": "source_url", "MediaId": "media_id", "MediaContentType": "media_mime", "MediaUrl": "media_url",
    "CtwaClid": "click_id",
}  # fmt: skip
PLACE = {"FromCity": "city", "FromState": "state", "FromZip": "zip", "FromCountry": "country"}
MIME_KINDS: tuple[tuple[str, MediaKind], ...] = (
    ("image/webp", "sticker"),  # WhatsApp sends photos as JPEG
    ("image/", "image"),
    ("audio/", "audio"),
    ("video/", "video"),
    ("text/vcard", "contact"),
    ("text/x-vcard", "contact"),
    ("", "document"),
)


class Form(dict[str, list[str]]):
    """A form with all values of a name; twilio's validator asks for `getlist`."""

    def getlist(self, name: str) -> list[str]:
        """All values of one name."""
        return self[name]

    def first(self, *names: str) -> str:
        """The first value of the first of these names that has one."""
        return next((self[name][0] for name in names if self.get(name) and self[name][0]), "")


@lru_cache(maxsize=8)  # the signature and the events are read from the same body; decoding is most of the cost
def form_of(body: bytes) -> Form:
    """Decode a form body; blank values stay, since they are signed too. Nobody changes the result."""
    return Form(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))


def fields_of(request: Request) -> Form:
    """The fields of a request, whether Twilio sent a form or JSON."""
    if "bodySHA256" not in parse_qs(request.query):
        return form_of(request.body)
    data = load_json(request.body)
    if not isinstance(data, dict):
        raise Unreadable("twilio: the JSON body is no object")
    return Form({str(name): [value if isinstance(value, str) else str(value)] for name, value in data.items()})


def read(request: Request, account: Account) -> list[Event]:
    """Read one webhook: each holds one message or one status."""
    return guard("twilio.webhook", [fields_of(request)], lambda form: [event_of(form, request, account)])


def event_of(form: Form, request: Request, account: Account) -> Event:
    """Tell what the webhook is about."""
    ours = account.secrets.get("account_sid", "")
    if ours and form.first("AccountSid") not in ("", ours):
        return Ignored(name="twilio.foreign_account")
    status = form.first("MessageStatus", "SmsStatus").lower()
    if status in STATUSES:
        return receipt(form, request, status)
    if "MessageStatus" in form and status not in ("received", "receiving"):
        return Ignored(name=f"twilio.status_{status[:32]}")
    if keyword := form.first("OptOutType").upper():
        return opt_out(form, keyword)
    return message(form)


def receipt(form: Form, request: Request, status: str) -> Event:
    """A status callback; our own id comes back in the URL that we gave."""
    code = form.first("ErrorCode")
    failed = STATUSES[status] == "failed"
    action = classify(code) if failed else None
    return Receipt(
        status=STATUSES[status],
        provider_message_id=sid(form),
        our_id=next(iter(parse_qs(request.query).get("mid", ())), None),
        recipient=form.first("To") or None,
        error_code=f"twilio:{code}" if code and failed else None,
        error_text=anonymous(form.first("ErrorMessage")) or None,
        provider_time=carrier_time(form.first("RawDlrDoneDate")),
        action=action.receipt if action else None,
        contact=action.contact if action else None,
    )


def classify(code: str) -> Action:
    """What a failure asks for; without a known code another channel may do better."""
    return ERRORS.get(code, give_up(fallback=True))


def carrier_time(text: str) -> float | None:
    """Read YYMMDDhhmm."""
    try:
        return datetime.strptime(text, "%y%m%d%H%M").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def opt_out(form: Form, keyword: str) -> Event:
    """A keyword that Twilio's Advanced Opt-Out has answered."""
    if keyword not in OPT_OUTS:
        return Ignored(name=f"twilio.opt_out_{keyword.lower()[:32]}", reason="answered by the provider")
    return ContactState(peer=sender(form).id, state=OPT_OUTS[keyword], dedupe=sid(form), answered=True)


def message(form: Form) -> Event:
    """An inbound message of either kind."""
    attachments = (*media(form), *location(form))
    text, payload = form.first("Body"), form.first("ButtonPayload", "ListId", "ButtonText", "ListTitle")
    facts, kind = context(form), "message"
    if payload:
        text, kind = form.first("ButtonText", "ListTitle", "Body"), "callback"
    elif not text.strip() and not attachments:
        facts, kind = {**facts, "content_type": form.first("MessageType") or "empty"}, "unsupported"
    return Envelope(
        dedupe=sid(form),
        sender=sender(form),
        kind=KINDS[kind],
        text=text,
        attachments=attachments,
        payload=payload or None,
        target=form.first("OriginalRepliedMessageSid") or None,
        context=facts,
    )


KINDS: dict[str, Kind] = {"message": "message", "callback": "callback", "unsupported": "unsupported"}


def sid(form: Form) -> str:
    """Twilio's id of the message; the two older names hold the same."""
    return required(form, "MessageSid", "SmsMessageSid", "SmsSid")


def required(form: Form, *names: str) -> str:
    """A field without which nothing can be done."""
    if value := form.first(*names):
        return value
    raise Unreadable(f"twilio: {names[0]} is missing")


def sender(form: Form) -> Sender:
    """Who wrote: a phone, or a business-scoped id that comes alone or beside the phone."""
    over_whatsapp = form.first("To").startswith(WHATSAPP)
    peer, alias = required(form, "From"), form.first("ExternalUserId")
    if over_whatsapp:  # Twilio has been seen to leave the prefix out
        peer, alias = WHATSAPP + peer.removeprefix(WHATSAPP), alias and WHATSAPP + alias.removeprefix(WHATSAPP)
    number = peer.removeprefix(WHATSAPP)
    if not number.startswith("+"):
        number = f"+{form.first('WaId')}" if form.first("WaId").isdigit() else ""
    return Sender(
        id=peer,
        alias=alias if alias and alias != peer else None,
        phone=number or None,
        name=form.first("ProfileName") or None,
    )  # fmt: skip


def media(form: Form) -> list[Attachment]:
    """Attachments as far as they are numbered on; NumMedia says the same and is not trusted."""
    found: list[Attachment] = []
    while url := form.first(f"MediaUrl{len(found)}"):
        mime = form.first(f"MediaContentType{len(found)}").lower()
        kind = next(kind for beginning, kind in MIME_KINDS if mime.startswith(beginning))
        found.append(Attachment(kind=kind, url=url, ref=url.rpartition("/")[2] or None, mime=mime or None))
    return found


def location(form: Form) -> list[Attachment]:
    """A shared place."""
    if not (form.first("Latitude") and form.first("Longitude")):
        return []
    spot: dict[str, Any] = {"latitude": float(form.first("Latitude")), "longitude": float(form.first("Longitude"))}
    names = {"name": form.first("Label"), "address": form.first("Address")}
    return [Attachment(kind="location", data={**spot, **{key: value for key, value in names.items() if value}})]


def context(form: Form) -> dict[str, Any]:
    """Facts without a field of their own."""
    facts: dict[str, Any] = {
        "forwarded": form.first("Forwarded") == "true",
        "frequently_forwarded": form.first("FrequentlyForwarded") == "true",
        "quoted_sender": form.first("OriginalRepliedMessageSender"),
        "messaging_service": form.first("MessagingServiceSid"),
        "referral": named(form, {f"Referral{theirs}": ours for theirs, ours in REFERRAL.items()}),
        "place": named(form, PLACE),
    }
    return {key: value for key, value in facts.items() if value}


def named(form: Form, names: dict[str, str]) -> dict[str, str]:
    """Those of the fields that have a value, under our names."""
    return {ours: form.first(theirs) for theirs, ours in names.items() if form.first(theirs)}
