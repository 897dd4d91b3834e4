"""Reads what Instagram sends: the messaging, standby and changes forms, each item on its own."""

import re
from collections.abc import Callable
from typing import Any

from channels.instagram_content import said
from channels.untrusted import each, ident, listing, mapping, name, optional, required, seconds, text
from channels.wire import fragment, load_json
from core.errors import Unreadable
from core.messages import Account, ContactState, Envelope, Event, Ignored, Receipt, Sender, Struct

ADDRESSES = 200  # each is looked up before anything is verified
_ANY_ID = re.compile(rb'"id"\s{0,8}:\s{0,8}"?(\d{1,32})')
# Fields of a webhook subscription whose `changes` carry the same items as `messaging`.
FIELDS = {
    "messages", "message_echoes", "message_edit", "message_edits", "message_reactions", "messaging_handover",
    "messaging_optins", "messaging_postbacks", "messaging_referral", "messaging_referrals", "messaging_seen", "standby",
}  # fmt: skip
# Meta names the reaction and mostly adds the emoji.
REACTIONS = {"love": "❤️", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "like": "👍", "dislike": "👎"}


def addresses(body: bytes) -> tuple[str, ...]:
    """Name the ids of accounts in a not yet verified payload; ids of other things may be among them."""
    try:
        payload = mapping(load_json(body))
        rows = [mapping(entry) for entry in listing(payload.get("entry"))]
        owners = {ident(row.get("id")): None for row in rows}
        if payload.get("object") != "instagram":  # a page's own id stands in place of the Instagram account's
            owners |= {ident(mapping(item.get("recipient")).get("id")): None for row in rows for item in _items(row)}
        return tuple(owner for owner in owners if owner)[:ADDRESSES]
    except Exception:  # not verified yet, so anything may be wrong with it: every number named as an id is looked up
        return tuple({found.decode(): None for found in _ANY_ID.findall(body)})[:ADDRESSES]


def _items(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for form in ("messaging", "standby") for item in row.get(form) or [] if isinstance(item, dict)]


def events(body: bytes, account: Account) -> list[Event]:
    """Read the events of this account; a foreign one is named once, without its content."""
    payload = mapping(load_json(body))
    if "entry" not in payload and "sample" in payload:
        return [Ignored(name="instagram.sample", reason="a test of the app dashboard")]
    if payload.get("object") not in ("instagram", "page"):
        return [Ignored(name=f"instagram.object.{name(payload.get('object'))}", fragment=fragment(payload))]
    reader = _Reader(account)
    return each(payload.get("entry"), reader.entry, "instagram.entry") or [Ignored(name="instagram.empty")]


class Item(Struct, frozen=True):
    """One item of `messaging`, with who and when already read."""

    raw: dict[str, Any]
    sender: str | None
    recipient: str | None
    at: float | None
    stamp: str  # the timestamp as it came: part of a dedupe key
    standby: bool
    ours: bool  # written by the account itself

    def envelope(self, dedupe: str, **fields: Any) -> Envelope:
        """Build the envelope of the customer's conversation, whoever of the two wrote."""
        peer = self.recipient if self.ours else self.sender
        if peer is None:
            raise Unreadable("nobody is named as the customer")
        return Envelope(dedupe=dedupe, sender=Sender(id=peer), provider_time=self.at, standby=self.standby, **fields)


class _Reader:
    """Reads one payload for one account."""

    def __init__(self, account: Account) -> None:
        page = ident(account.settings.get("page_id"))
        self.own = {account.address} | ({page} if page else set())
        self.foreign: set[str] = set()

    def entry(self, entry: Any) -> list[Event]:
        entry = mapping(entry)
        owner = ident(entry.get("id"))
        if owner not in self.own and not any(self.mine(item) for item in _items(entry)):
            return self.other(owner, entry)
        found = each(entry.get("messaging"), self.message, "instagram.messaging")
        found += each(entry.get("standby"), self.standby, "instagram.standby")
        found += each(entry.get("changes"), self.change, "instagram.change")
        return found or [Ignored(name="instagram.empty")]

    def mine(self, item: dict[str, Any]) -> bool:
        parties = [item.get(side) for side in ("sender", "recipient")]
        return any(isinstance(party, dict) and ident(party.get("id")) in self.own for party in parties)

    def other(self, owner: str | None, entry: dict[str, Any]) -> list[Event]:
        if owner == "0":
            return [Ignored(name="instagram.dashboard_test", fragment=fragment(entry))]
        if owner is None:
            raise Unreadable("no account id tells whose this is")
        if owner in self.foreign:
            return []
        self.foreign.add(owner)
        # Never its content: it may be another tenant's.
        return [Ignored(name="instagram.other_account", reason=f"for account {owner}")]

    def message(self, raw: Any) -> list[Event]:
        return self.read(mapping(raw), standby=False)

    def standby(self, raw: Any) -> list[Event]:
        return self.read(mapping(raw), standby=True)

    def change(self, change: Any) -> list[Event]:
        field, value = mapping(change).get("field"), change.get("value")
        if field in FIELDS:
            return self.read(mapping(value), standby=field == "standby")
        return [Ignored(name=f"instagram.{name(field)}", fragment=fragment(value))]

    def read(self, raw: dict[str, Any], standby: bool) -> list[Event]:
        """Read one item by the first key that we know; an item of another kind is named by its own key."""
        sender = ident(mapping(raw.get("sender")).get("id"))
        item = Item(
            raw=raw,
            sender=sender,
            recipient=ident(mapping(raw.get("recipient")).get("id")),
            at=seconds(raw.get("timestamp")),
            stamp=str(raw.get("timestamp"))[:40],
            standby=standby,
            ours=sender in self.own,
        )
        for key, reader in READERS.items():
            if key in raw:
                return [reader(item, mapping(raw[key]))]
        unknown = next((key for key in raw if key not in ("sender", "recipient", "timestamp")), None)
        return [Ignored(name=f"instagram.{name(unknown)}", fragment=fragment(raw))]


def _message(item: Item, message: dict[str, Any]) -> Event:
    mid = required(message.get("mid"))
    ours = item.ours or message.get("is_echo") is True
    if message.get("is_deleted") is True:
        if ours:
            return Ignored(name="instagram.echo_deleted", fragment=fragment(item.raw))
        return item.envelope(f"delete:{mid}", kind="delete", target=mid)
    fields = said(message)
    if not ours:
        return item.envelope(mid, **fields)
    # Ours or a person's in the app: storage knows which, by the mid. The context names the app where Meta does.
    app = ident(message.get("app_id"))
    fields |= {"kind": "echo", "provider_message_id": mid}
    fields["context"] = fields.get("context", {}) | ({"app_id": app} if app else {})
    echo = Item(**{key: getattr(item, key) for key in item.__struct_fields__} | {"ours": True})
    return echo.envelope(mid, **fields)


def _postback(item: Item, postback: dict[str, Any]) -> Event:
    if item.ours:
        return Ignored(name="instagram.own_postback")
    payload = ident(postback.get("payload"))  # absent in standby
    key = ident(postback.get("mid")) or f"postback:{item.sender}:{item.stamp}:{payload}"
    context = {"referral": postback["referral"]} if postback.get("referral") else {}
    return item.envelope(key, kind="callback", text=text(postback.get("title")), payload=payload, context=context)


def _reaction(item: Item, reaction: dict[str, Any]) -> Event:
    if item.ours:
        return Ignored(name="instagram.own_reaction")
    target, action = required(reaction.get("mid")), name(reaction.get("action"))
    emoji = optional(reaction.get("emoji")) or REACTIONS.get(str(reaction.get("reaction")), "❤️")
    return item.envelope(
        f"reaction:{target}:{item.sender}:{action}:{item.stamp}",
        kind="reaction",
        target=target,
        emoji=None if action == "unreact" else emoji,
    )


def _read(item: Item, read: dict[str, Any]) -> Event:
    mid = ident(read.get("mid"))
    if item.ours or mid is None:  # our own reading; or Messenger's form, which has only a time
        return Ignored(name="instagram.read", fragment=fragment(item.raw))
    return Receipt(status="read", provider_message_id=mid, recipient=item.sender, provider_time=item.at)


def _referral(item: Item, referral: dict[str, Any]) -> Event:
    """The customer opened the thread by a link or an ad: its `ref` is what a deep link says."""
    key = f"referral:{item.sender}:{item.stamp}"
    payload = optional(referral.get("ref"))
    return item.envelope(key, kind="callback", payload=payload, context={"referral": referral})


def _optin(item: Item, optin: dict[str, Any]) -> Event:
    """A consent to marketing messages was given or taken back; other opt-ins are only named."""
    status = text(optin.get("notification_messages_status")).upper()
    if optin.get("type") != "notification_messages" or item.sender is None:
        return Ignored(name="instagram.optin", fragment=fragment(item.raw))
    state = "opted_out" if status.startswith("STOP") else "opted_in"
    return ContactState(
        peer=item.sender,
        state="opted_out" if state == "opted_out" else "opted_in",
        scope="marketing",
        dedupe=f"optin:{item.sender}:{state}:{item.stamp}",
    )


def _edit(item: Item, edit: dict[str, Any]) -> Event:
    mid = required(edit.get("mid"))
    if item.ours or item.sender is None:  # Meta sometimes leaves out who edited
        return Ignored(name="instagram.message_edit", reason="not a customer's", fragment=fragment(item.raw))
    key = f"edit:{mid}:{ident(edit.get('num_edit')) or item.stamp}"
    return item.envelope(key, kind="edit", target=mid, text=text(edit.get("text")))


READERS: dict[str, Callable[[Item, dict[str, Any]], Event]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "referral": _referral,
    "optin": _optin,
    "message_edit": _edit,
}
