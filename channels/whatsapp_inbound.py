"""Reads what WhatsApp Cloud sends: every entry, change, message, status and error of a payload, each on its own."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from channels import whatsapp_content as content
from channels.graph import Table, explain, found, number
from channels.untrusted import each, ident, listing, mapping, name, optional, required, seconds
from channels.wire import fragment, load_json
from core.errors import Unreadable
from core.messages import ContactState, Envelope, Event, Ignored, Receipt, ReceiptStatus, Sender

# `played` is a voice note that was listened to: the strongest form of read.
STATUSES: dict[str, ReceiptStatus] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip
FIELDS = ("messages", "smb_message_echoes", "user_preferences")  # of a webhook subscription
MARKETING_OPT_OUT = 131050


def events(body: bytes, address: str, errors: Table) -> list[Event]:
    """Read the events of the account with this phone_number_id; a foreign one is named once, without its content."""
    payload = mapping(load_json(body))
    if "entry" not in payload and "sample" in payload:
        return [Ignored(name="whatsapp_cloud.sample", reason="a test of the app dashboard")]
    if payload.get("object") != "whatsapp_business_account":
        return [Ignored(name=f"whatsapp_cloud.object.{name(payload.get('object'))}", fragment=fragment(payload))]
    reader = _Reader(address, errors)
    return each(payload.get("entry"), reader.entry, "whatsapp_cloud.entry") or [Ignored(name="whatsapp_cloud.empty")]


class _Reader:
    """Reads one payload for one account."""

    def __init__(self, address: str, errors: Table) -> None:
        self.address, self.errors = address, errors
        self.foreign: set[str] = set()

    def entry(self, entry: Any) -> list[Event]:
        return each(mapping(entry).get("changes"), self.change, "whatsapp_cloud.change")

    def change(self, change: Any) -> list[Event]:
        field, value = mapping(change).get("field"), mapping(mapping(change).get("value"))
        number_id = ident(mapping(value.get("metadata")).get("phone_number_id"))
        if number_id is not None and number_id != self.address:
            return self.other(number_id)
        if field not in FIELDS:
            return [Ignored(name=f"whatsapp_cloud.{name(field)}", fragment=fragment(value))]
        if number_id is None:
            raise Unreadable("no phone_number_id tells whose this is")
        return self.value(value) or [Ignored(name=f"whatsapp_cloud.{name(field)}.empty")]

    def other(self, number_id: str) -> list[Event]:
        if number_id in self.foreign:
            return []
        self.foreign.add(number_id)
        # Never its content: it may be another tenant's.
        return [Ignored(name="whatsapp_cloud.other_number", reason=f"for phone_number_id {number_id}")]

    def value(self, value: dict[str, Any]) -> list[Event]:
        people, found = _people(value.get("contacts"))
        found += each(value.get("messages"), partial(_message, people=people), "whatsapp_cloud.message")
        found += each(value.get("statuses"), partial(_status, errors=self.errors), "whatsapp_cloud.status")
        found += each(value.get("errors"), _error, "whatsapp_cloud.error")
        found += each(value.get("message_echoes"), partial(_echo, people=people), "whatsapp_cloud.echo")
        found += each(value.get("user_preferences"), _preference, "whatsapp_cloud.preference")
        return found


People = dict[str, dict[str, Any]]


def _people(contacts: Any) -> tuple[People, list[Event]]:
    """Index the contacts by phone and by business-scoped id; what cannot be read costs only a name."""
    people: People = {}

    def add(contact: Any) -> Iterator[Event]:
        for key in (ident(mapping(contact).get("wa_id")), ident(contact.get("user_id"))):
            if key:
                people[key] = contact
        yield from ()

    return people, each(contacts, add, "whatsapp_cloud.contact")


def _sender(phone: str | None, user: str | None, people: People) -> Sender:
    """Name the customer by phone, else by business-scoped id; the other one is the alias."""
    contact = people.get(phone or "") or people.get(user or "") or {}
    known = ident(contact.get("wa_id")), ident(contact.get("user_id"))
    own = phone or user
    if own is None:
        raise Unreadable("nobody is named as the sender")
    alias = next((other for other in (user, *known) if other and other != own), None)
    digits = next((one for one in (phone, known[0]) if one and one.isascii() and one.isdigit()), None)
    profile = contact.get("profile")
    shown = optional(profile.get("name")) or optional(profile.get("username")) if isinstance(profile, dict) else None
    return Sender(id=own, alias=alias, phone=f"+{digits}" if digits else None, name=shown)


def _message(message: Any, people: People) -> Iterator[Event]:
    message = mapping(message)
    kind = name(message.get("type"))
    if message.get("group_id"):
        yield Ignored(name="whatsapp_cloud.group", reason="group messages are not answered")
        return
    if kind == "system":
        yield _system(message)
        return
    fields = content.read(kind, message)
    about = mapping(message.get("context"))
    context = {key: True for key in ("forwarded", "frequently_forwarded") if about.get(key) is True}
    context |= {"referral": message["referral"]} if message.get("referral") else {}
    context |= {"product": about["referred_product"]} if about.get("referred_product") else {}
    fields["context"] = context | fields.get("context", {})
    fields.setdefault("target", ident(about.get("id")))
    yield Envelope(
        dedupe=required(message.get("id")),
        sender=_sender(ident(message.get("from")), ident(message.get("from_user_id")), people),
        provider_time=seconds(message.get("timestamp")),
        **fields,
    )


def _echo(message: Any, people: People) -> Iterator[Event]:
    """A person of the business wrote from the phone app: `sender` is the customer whose conversation it is."""
    message = mapping(message)
    kind = name(message.get("type"))
    if kind not in content.CONTENT and kind != "unsupported":
        yield Ignored(name=f"whatsapp_cloud.echo.{kind}", fragment=fragment(message))
        return
    fields = content.read(kind, message) | {"kind": "echo"}
    yield Envelope(
        dedupe=required(message.get("id")),
        provider_message_id=required(message.get("id")),
        sender=_sender(ident(message.get("to")), ident(message.get("to_user_id")), people),
        target=ident(mapping(message.get("context")).get("id")),
        provider_time=seconds(message.get("timestamp")),
        **fields,
    )


def _system(message: dict[str, Any]) -> Event:
    """A customer's number or business-scoped id changed; anything else of the system is only named."""
    body = mapping(message.get("system"))
    kind = name(body.get("type"))
    by_user = kind == "user_changed_user_id"
    old = ident(body.get("previous_user_id")) if by_user else None
    old = old or ident(message.get("from")) or ident(message.get("from_user_id")) or ident(body.get("customer"))
    new = ident(body.get("user_id")) if by_user else ident(body.get("wa_id")) or ident(body.get("new_wa_id"))
    if kind not in ("user_changed_number", "customer_changed_number", "user_changed_user_id") or not (old and new):
        return Ignored(name=f"whatsapp_cloud.system.{kind}", fragment=fragment(message))
    return ContactState(peer=old, state="moved", new_peer=new, dedupe=ident(message.get("id")))


def _status(status: Any, errors: Table) -> Iterator[Event]:
    status = mapping(status)
    word = name(status.get("status"))
    if word not in STATUSES:
        yield Ignored(name=f"whatsapp_cloud.status.{word}", fragment=fragment(status))
        return
    recipient = ident(status.get("recipient_id")) or ident(status.get("recipient_user_id"))
    first = next((mapping(error) for error in listing(status.get("errors"))), {}) if word == "failed" else {}
    code = number(first.get("code"))
    action = found(errors, code)
    yield Receipt(
        status=STATUSES[word],
        provider_message_id=required(status.get("id")),
        our_id=ident(status.get("biz_opaque_callback_data")),
        recipient=recipient,
        error_code=f"whatsapp_cloud:{code}" if code is not None else None,
        error_text=explain(first) or None,
        provider_time=seconds(status.get("timestamp")),
        action=action.receipt if action else "give_up" if word == "failed" else None,
        contact=action.contact if action else None,
    )
    if code == MARKETING_OPT_OUT and recipient:
        yield ContactState(
            peer=recipient, state="opted_out", scope="marketing", dedupe=f"{required(status.get('id'))}:opt-out"
        )


def _error(error: Any) -> Iterator[Event]:
    """An error of the account that belongs to no message: recorded with its code for the alerts."""
    error = mapping(error)
    code = number(error.get("code"))
    yield Ignored(name=f"whatsapp_cloud.error.{code}", reason=explain(error), fragment=fragment(error))


def _preference(preference: Any) -> Iterator[Event]:
    preference = mapping(preference)
    category, value = name(preference.get("category")), preference.get("value")
    if category != "marketing_messages" or value not in ("stop", "resume"):
        yield Ignored(name=f"whatsapp_cloud.preference.{category}", fragment=fragment(preference))
        return
    peer = required(ident(preference.get("wa_id")) or preference.get("user_id"))
    yield ContactState(
        peer=peer,
        state="opted_out" if value == "stop" else "opted_in",
        scope="marketing",
        dedupe=f"{peer}:{category}:{value}:{ident(preference.get('timestamp'))}",
    )
