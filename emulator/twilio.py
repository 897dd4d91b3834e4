"""Twilio's REST API for WhatsApp and SMS: messages, media, content templates, then signed status callbacks."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.messages import Account
from core.messages import Request as Webhook
from emulator.asgi import answer, form
from emulator.faults import Fault
from emulator.outbox import Entry, peer_key
from emulator.payloads.twilio import FORM, callback, sid
from emulator.twilio_content import Contents, Form, Refused, read
from emulator.twilio_errors import refuse, twilio_error
from emulator.twilio_records import Callers, Records
from emulator.world import Call, World, play

Json = dict[str, Any]
API = "/twilio/2010-04-01/Accounts/{sid}"


class Twilio:
    """The Twilio accounts of all tenants."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._contents = Contents()
        self._callers = Callers(world)
        self._records = Records(world, self._callers)

    def routes(self) -> list[Route]:
        """The parts of the API that a messaging application uses."""
        return [
            Route(API + "/Messages.json", self.messages, methods=["POST", "GET"]),
            Route(API + "/Messages/{message}/Media.json", self._records.media_list),
            Route(API + "/Messages/{message}/Media/{number}", self._records.media, methods=["GET", "DELETE"]),
            Route(API + "/Messages/{message}.json", self._records.message, methods=["GET", "POST"]),
            Route(API + ".json", self._records.account),
            Route("/twilio/cdn/{number}", self._records.cdn),
            Route("/twilio/v1/Content", self.contents, methods=["GET", "POST"]),
            Route("/twilio/v1/Content/{number}", self.content),
            Route("/twilio/v3/Indicators/Typing.json", self.typing, methods=["POST"]),
        ]

    async def messages(self, request: Request) -> Response:
        """Send a message, or list messages."""
        callers = self._callers.of(request)
        if not callers:
            return twilio_error(20003)
        if request.method == "GET":
            return self._records.list(callers, request)
        fields = await form(request)
        try:
            given = read(fields)
            account = _owner(callers, given)
        except Refused as error:
            return twilio_error(error.code, error.what)
        call = Call(
            provider="twilio",
            method="messages",
            tenant=account.tenant,
            channel=account.channel,
            to=given.to,
            body=await request.body(),
        )

        async def act(fault: Fault | None) -> Response:
            return self._send(account, given, fields, fault)

        return await play(self._world, call, act, refuse)

    def _send(self, account: Account, given: Form, fields: list[tuple[str, str]], fault: Fault | None) -> Response:
        limits = self._world.limits
        if limits.enforce and self._world.buckets.take("twilio", account.id, limits.twilio_account):
            return twilio_error(20429)
        state = self._world.contacts.get((account.tenant, account.channel, given.to))
        if state == "opted_out":
            return twilio_error(21610)
        free_text = limits.window and account.channel == "whatsapp_twilio" and not given.content_sid
        if free_text and not self._world.window_open(account, given.to):
            return twilio_error(63016)
        entry = Entry(
            id=sid("MM" if given.media else "SM"),
            tenant=account.tenant,
            channel=account.channel,
            account=account.id,
            to=given.to,
            at=self._world.now(),
            raw=msgspec.Raw(msgspec.json.encode(dict(fields))),
            status="accepted" if given.service else "queued",
            kind="template" if given.content_sid else "media" if given.media else "text",
            **self._contents.shown(given),
        )
        self._world.deliver(entry)
        if given.callback and limits.receipts:
            failure = {"blocked": 63014, "unknown": 63024, "deactivated": 63024}.get(state or "", 0)
            self._schedule(account, entry, given.callback, fault.code if fault and fault.late else failure)
        return answer(self._records.shown(account, entry, given.service), 201)

    def _schedule(self, account: Account, entry: Entry, url: str, failure: int) -> None:
        limits, later = self._world.limits, asyncio.get_running_loop().call_later
        if failure:
            later(limits.sent_ms / 1000, self._status, account, entry, url, "failed", failure)
            return
        later(limits.sent_ms / 1000, self._status, account, entry, url, "sent")
        later(limits.delivered_ms / 1000, self._status, account, entry, url, "delivered")
        if limits.read and account.channel == "whatsapp_twilio":
            later(limits.read_ms / 1000, self._status, account, entry, url, "read")

    def _status(self, account: Account, entry: Entry, url: str, word: str, error: int = 0) -> None:
        self._world.mark(entry, word, str(error) if error else None)
        account, path, query = _called_back(account, url)
        webhook = Webhook(
            method="POST",
            path=path,
            query=query,
            headers={"content-type": FORM},
            body=callback(account, entry.id, entry.to, word, error),
        )
        post = self._world.sender.post(account, webhook, peer=entry.to, what=f"webhook: {word}")
        self._world.sender.later(post)

    async def contents(self, request: Request) -> Response:
        """Create or list content templates."""
        if not self._callers.known(request):
            return twilio_error(20003)
        if request.method == "POST":
            return answer(self._contents.create(msgspec.json.decode(await request.body(), type=dict[str, Any])), 201)
        meta = {"page": 0, "page_size": 50, "next_page_url": None, "key": "contents"}
        return answer({"contents": self._contents.all(), "meta": meta})

    async def content(self, request: Request) -> Response:
        """One content template."""
        found = self._contents.get(request.path_params["number"]) if self._callers.known(request) else None
        return twilio_error(20404) if found is None else answer(found)

    async def typing(self, request: Request) -> Response:
        """Typing indicator and read mark."""
        callers = self._callers.known(request)
        given = msgspec.json.decode(await request.body(), type=dict[str, Any])
        entry = self._world.inbox.get(str(given.get("messageId")))
        if not callers or entry is None or entry.account not in {caller.id for caller in callers}:
            return twilio_error(20404 if callers else 20003)
        self._world.mark(entry, "read")
        self._world.wire.tell("typing", entry)
        return answer({"success": True})


def _owner(callers: list[Account], given: Form) -> Account:
    channel = "whatsapp_twilio" if given.to.startswith("whatsapp:") else "sms"
    fits: Callable[[Account], bool] = lambda a: a.channel == channel  # noqa: E731
    if given.sender:
        fits = lambda a: a.channel == channel and peer_key(a.address) == peer_key(given.sender)  # noqa: E731
    found = next((caller for caller in callers if fits(caller)), None)
    if found is None:
        raise Refused(63007 if channel == "whatsapp_twilio" else 21606, given.sender or given.service)
    return found


def _called_back(account: Account, url: str) -> tuple[Account, str, str]:
    """Split a callback URL so that the channel signs exactly this URL; another host becomes the public one."""
    parts = urlsplit(url)
    if account.public_url and url.startswith(account.public_url + "/"):
        path = urlsplit(url.removeprefix(account.public_url)).path
        return account, path, parts.query
    elsewhere = msgspec.structs.replace(account, public_url=f"{parts.scheme}://{parts.netloc}")
    return elsewhere, parts.path, parts.query
