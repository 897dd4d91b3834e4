"""WhatsApp Cloud as the Graph API answers it: checks, limits, message ids, then status webhooks."""

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from core.messages import Account
from emulator.asgi import answer, encode
from emulator.faults import Fault
from emulator.graph_errors import graph_error, refuse
from emulator.outbox import Entry
from emulator.payloads import whatsapp as payloads
from emulator.payloads.meta import media_id, wamid
from emulator.receipts import Receipts
from emulator.whatsapp_content import Refused, read
from emulator.world import Call, File, World, play

Json = dict[str, Any]
decode = msgspec.json.Decoder().decode
SENT = encode({"success": True})
FAILED = {"title": "Message failed", "message": "Message failed", "error_data": {"details": "Message failed."}}


class WhatsApp:
    """The phone numbers of all tenants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._receipts = Receipts(world, payloads.statuses)

    async def messages(self, account: Account, body: bytes) -> Response:
        """`POST /{phone_number_id}/messages`."""
        try:
            given = decode(body)
        except msgspec.DecodeError:
            return graph_error(100, "Invalid JSON payload")
        if not isinstance(given, dict) or given.get("messaging_product") != "whatsapp":
            return graph_error(100, "The parameter messaging_product is required.")
        reading = given.get("status") == "read"
        to = str(given.get("to") or given.get("recipient") or "")
        if reading:
            read_entry = self._world.inbox.get(str(given.get("message_id")))
            to = read_entry.to if read_entry else ""
        call = Call(
            provider="whatsapp_cloud",
            method="read" if reading else "messages",
            tenant=account.tenant,
            to=to.lstrip("+"),
            body=body,
        )

        async def act(fault: Fault | None) -> Response:
            return self._read(account, given) if reading else self._send(account, given, to, fault, body)

        return await play(self._world, call, act, refuse)

    def _read(self, account: Account, given: Json) -> Response:
        if not given.get("message_id"):
            return graph_error(100, "message_id is required")
        entry = self._world.inbox.get(str(given["message_id"]))
        if entry is not None:
            self._world.mark(entry, "read")
            if given.get("typing_indicator"):
                self._world.wire.tell("typing", entry)
        return Response(SENT, media_type="application/json")

    def _send(self, account: Account, given: Json, to: str, fault: Fault | None, body: bytes) -> Response:
        peer = to.lstrip("+")
        if not peer:
            return graph_error(131008, "Required parameter is missing: to")
        try:
            content = read(given, self._world.files)
        except Refused as error:
            return graph_error(error.number, error.detail)
        wait = self._limited(account, peer)
        if wait:
            return graph_error(wait)
        free_text = self._world.limits.window and given.get("type") != "template"
        if free_text and not self._world.window_open(account, peer):
            return graph_error(131047)
        entry = Entry(
            id=wamid(),
            tenant=account.tenant,
            channel=account.channel,
            account=account.id,
            to=peer,
            at=self._world.now(),
            raw=msgspec.Raw(body),
            status="accepted",
            our_id=given.get("biz_opaque_callback_data"),
            **content,
        )
        self._world.deliver(entry)
        if self._world.limits.receipts:
            self._schedule(account, entry, self._failure(account, peer, fault))
        return _accepted(given, entry.id)

    def _limited(self, account: Account, peer: str) -> int:
        limits, buckets = self._world.limits, self._world.buckets
        if not limits.enforce:
            return 0
        if buckets.take("whatsapp_pair", f"{account.id}:{peer}", limits.whatsapp_pair):
            return 131056
        return 130429 if buckets.take("whatsapp_number", account.id, limits.whatsapp_number) else 0

    def _failure(self, account: Account, peer: str, fault: Fault | None) -> int:
        if fault is not None and fault.late:
            return fault.code or 131026
        return 131026 if (account.tenant, account.channel, peer) in self._world.contacts else 0

    def _schedule(self, account: Account, entry: Entry, failure: int) -> None:
        limits, later = self._world.limits, asyncio.get_running_loop().call_later
        if failure:
            later(limits.sent_ms / 1000, self._status, account, entry, "failed", failure)
            return
        later(limits.sent_ms / 1000, self._status, account, entry, "sent")
        later(limits.delivered_ms / 1000, self._status, account, entry, "delivered")
        if limits.read:
            later(limits.read_ms / 1000, self._status, account, entry, "read")

    def _status(self, account: Account, entry: Entry, word: str, failure: int = 0) -> None:
        error = {**FAILED, "code": failure} if failure else None
        self._world.mark(entry, word, str(failure) if failure else None)
        update = payloads.status(entry.id, entry.to, word, self._world.now(), entry.our_id, error)
        self._receipts.add(account, update, entry.to, word)

    def upload(self, data: bytes, mime: str, name: str) -> Response:
        """`POST /{phone_number_id}/media`."""
        number = media_id()
        self._world.files.put(number, File(data, mime, name))
        return answer({"id": number})


def _accepted(given: Json, message_id: str) -> Response:
    if given.get("to"):
        contact = {"input": given["to"], "wa_id": str(given["to"]).lstrip("+")}
    else:
        contact = {"input": given["recipient"], "user_id": given["recipient"]}
    message: Json = {"id": message_id}
    if given.get("type") == "template":
        message["message_status"] = "accepted"
    return answer({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})
