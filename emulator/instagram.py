"""Instagram messaging as the Graph API answers it: checks and limits, then the echo and the read notice."""

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from core.messages import Account
from emulator.asgi import answer
from emulator.faults import Fault
from emulator.graph_errors import instagram_error, refuse_instagram
from emulator.outbox import Entry
from emulator.payloads import instagram as payloads
from emulator.payloads.meta import mid
from emulator.receipts import Receipts
from emulator.world import Call, World, play

Json = dict[str, Any]
decode = msgspec.json.Decoder().decode
TEXT_BYTES = 1_000
TOO_LONG = "(#100) Length of param message[text] must be less than or equal to 1000"


class Instagram:
    """The Instagram accounts of all tenants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._receipts = Receipts(world, payloads.envelope)

    async def messages(self, account: Account, body: bytes) -> Response:
        """`POST /me/messages`."""
        try:
            given = decode(body)
        except msgspec.DecodeError:
            return instagram_error(100, message="(#100) Invalid JSON")
        recipient = given.get("recipient") if isinstance(given, dict) else None
        if not isinstance(recipient, dict) or not (recipient.get("id") or recipient.get("comment_id")):
            return instagram_error(100, message="(#100) The parameter recipient is required")
        to = str(recipient.get("id") or recipient["comment_id"])
        action = given.get("sender_action")
        method = "sender_action" if action else "messages"
        call = Call(provider="instagram", method=method, tenant=account.tenant, to=to, body=body)

        async def act(fault: Fault | None) -> Response:
            if action:
                return self._action(account, to, str(action))
            return self._send(account, given, to, fault, body)

        return await play(self._world, call, act, refuse_instagram)

    def _action(self, account: Account, to: str, action: str) -> Response:
        if action not in ("typing_on", "typing_off", "mark_seen", "react", "unreact"):
            return instagram_error(100, message="(#100) Param sender_action must be one of {TYPING_ON, MARK_SEEN}")
        written = self._world.inbox.find(account.tenant, to, channel="instagram", limit=1)
        if written and action == "mark_seen":
            self._world.mark(written[-1], "read")
        elif written and action == "typing_on":
            self._world.wire.tell("typing", written[-1])
        return answer({"recipient_id": to})

    def _send(self, account: Account, given: Json, to: str, fault: Fault | None, body: bytes) -> Response:
        message = given.get("message")
        refused = _check(message)
        if refused or not isinstance(message, dict):
            return instagram_error(100, message=refused)
        state = self._world.contacts.get((account.tenant, "instagram", to))
        if state:
            return instagram_error(100, 2018001) if state == "unknown" else instagram_error(551, 1545041)
        if self._limited(account, message):
            return instagram_error(613)
        human = given.get("tag") == "HUMAN_AGENT"
        if self._world.limits.window and not human and not self._world.window_open(account, to):
            return instagram_error(10, 2534022)
        entry = Entry(
            id=mid(),
            tenant=account.tenant,
            channel=account.channel,
            account=account.id,
            to=to,
            at=self._world.now(),
            raw=msgspec.Raw(body),
            kind="human" if human else "text",
            **_content(message),
        )
        self._world.deliver(entry)
        if self._world.limits.receipts:
            self._schedule(account, entry)
        return answer({"recipient_id": to, "message_id": entry.id})

    def _limited(self, account: Account, message: Json) -> bool:
        limits = self._world.limits
        if not limits.enforce:
            return False
        kind = (message.get("attachment") or {}).get("type")
        rate = limits.instagram_media if kind in ("audio", "video") else limits.instagram_text
        return self._world.buckets.take("instagram", account.id, rate) > 0

    def _schedule(self, account: Account, entry: Entry) -> None:
        limits, later = self._world.limits, asyncio.get_running_loop().call_later
        later(limits.sent_ms / 1000, self._echo, account, entry)
        if limits.read:
            later(limits.read_ms / 1000, self._read, account, entry)

    def _echo(self, account: Account, entry: Entry) -> None:
        self._world.mark(entry, "delivered")
        update = payloads.echo(account, entry.to, entry.id, entry.text, self._world.now(), own=True)
        self._receipts.add(account, update, entry.to, "echo")

    def _read(self, account: Account, entry: Entry) -> None:
        self._world.mark(entry, "read")
        update = payloads.read(account, entry.to, entry.id, self._world.now())
        self._receipts.add(account, update, entry.to, "read")


def _check(message: Any) -> str:
    if not isinstance(message, dict):
        return "(#100) The parameter message is required"
    text, attachment = message.get("text"), message.get("attachment")
    if not text and not attachment:
        return "(#100) Must provide text or attachment"
    if text and len(str(text).encode()) > TEXT_BYTES:
        return TOO_LONG
    if attachment and not _payload_is_usable(attachment):
        return "(#100) Attachment payload must have a url"
    return _check_replies(message.get("quick_replies") or [])


def _check_replies(replies: list[Json]) -> str:
    if len(replies) > 13:
        return "(#100) Too many quick replies: at most 13"
    for reply in replies:
        if reply.get("content_type") == "text" and not (reply.get("title") and reply.get("payload")):
            return "(#100) Quick reply needs title and payload"
        if len(str(reply.get("title") or "")) > 20 or len(str(reply.get("payload") or "")) > 1000:
            return "(#100) Quick reply title must be at most 20 and payload at most 1000 characters"
    return ""


def _payload_is_usable(attachment: Any) -> bool:
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    return isinstance(payload, dict) and any(
        payload.get(key) for key in ("url", "template_type", "attachment_id", "id")
    )


def _content(message: Json) -> Json:
    replies = message.get("quick_replies") or []
    buttons = [{"id": str(r.get("payload", "")), "title": str(r.get("title", ""))} for r in replies]
    attachment = message.get("attachment") or {}
    payload = attachment.get("payload") or {}
    content: Json = {"text": str(message.get("text") or "")}
    if payload.get("template_type"):
        content["template"] = payload
        content["text"] = str(payload.get("text") or _first_title(payload))
        buttons += [_template_button(button) for button in _template_buttons(payload)]
    elif attachment:
        content["media"] = {"kind": attachment.get("type", "file"), "url": payload.get("url", "")}
    return {**content, "buttons": tuple(buttons)}


def _first_title(payload: Json) -> str:
    element = (payload.get("elements") or [{}])[0]
    return " — ".join(str(element[key]) for key in ("title", "subtitle") if element.get(key))


def _template_buttons(payload: Json) -> list[Json]:
    elements = payload.get("elements") or []
    return [*(payload.get("buttons") or []), *(b for e in elements for b in e.get("buttons") or [])]


def _template_button(button: Json) -> dict[str, str]:
    shown = {"id": str(button.get("payload", "")), "title": str(button.get("title", ""))}
    return {**shown, "url": str(button["url"])} if button.get("url") else shown
