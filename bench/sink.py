"""The providers' side of the wire for load and fault runs: takes every send, answers as the provider would.

An account's `api_base` is `sink.base(tenant, channel)`. `program` may delay, refuse, break off or ignore a send. It
serves the pictures that customers sent, too (bench/pictures.py).
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec

from bench import pictures
from bench.httpd import Call, Given, Httpd

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_TWILIO = ("whatsapp_twilio", "sms")
_OK = Given(200, b'{"ok":true,"result":true,"success":true}')
REFUSALS: dict[tuple[str, int], bytes] = {
    ("telegram", 429): b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",'
    b'"parameters":{"retry_after":1}}',
    ("telegram", 500): b'{"ok":false,"error_code":500,"description":"Internal Server Error"}',
    ("instagram", 429): b'{"error":{"message":"Calls to this api have exceeded the rate limit","code":613}}',
    ("whatsapp_twilio", 429): b'{"code":20429,"message":"Too many requests","status":429}',
    ("whatsapp_twilio", 500): b'{"code":20500,"message":"Internal server error","status":500}',
}
_GRAPH_REFUSALS = {
    429: b'{"error":{"message":"Rate limit hit","type":"OAuthException","code":130429}}',
    500: b'{"error":{"message":"An unknown error occurred","type":"OAuthException","code":1}}',
}


class Sent(msgspec.Struct):
    """One message that reached the provider; `id` is the one that the provider gave it."""

    tenant: str
    channel: str
    to: str
    text: str
    our_id: str | None
    id: str
    at: float
    number: int  # in the order of arrival
    callback: str = ""  # Twilio's status callback


# What the provider does with a send: None takes it; a status refuses it; "lost" takes it and never answers;
# "gone" breaks off before it is taken; "mute" takes it, "deaf" does not, and both keep the line open without a word
# for longer than anybody waits.
Fate = int | Literal["lost", "gone", "mute", "deaf"] | None
_LONGER_THAN_ANYBODY_WAITS = 120.0  # seconds
Program = Callable[[Sent], Awaitable[Fate]]


async def kind(_: Sent) -> Fate:
    """The program of a healthy provider."""
    return None


class Sink:
    """Keeps what was delivered, in order; `on_sent` is told of each."""

    def __init__(self, *, keep: bool = True) -> None:
        self.sent: list[Sent] = []
        self.refused = self.looked_up = 0  # looked up: pictures that the media lane asked for
        self.program: Program = kind
        self.on_sent: Callable[[Sent], None] = lambda _: None
        self._keep = keep
        self._numbers = itertools.count(1)
        self._httpd = Httpd(self._handle)

    async def __aenter__(self) -> "Sink":
        await self._httpd.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._httpd.__aexit__()

    @property
    def url(self) -> str:
        return self._httpd.url

    def base(self, tenant: str, channel: str) -> str:
        """The API base of an account."""
        return f"{self.url}/{tenant}/{channel}"

    async def _handle(self, call: Call) -> Given | None:
        _, tenant, channel, path = call.path.split("/", 3)
        if channel in _TWILIO and call.method == "GET":
            return self._listed(tenant, channel, parse_qs(call.query))
        if file := pictures.served(channel, path, call, self.base(tenant, channel)):
            self.looked_up += not file.mime.startswith("image/")
            return file
        sent = _READ[channel](tenant, path, call, next(self._numbers))
        if sent is None:
            return _OK
        fate = await self.program(sent)
        if isinstance(fate, int):
            self.refused += 1
            return _refusal(channel, fate)
        if fate not in ("gone", "deaf"):
            if self._keep:
                self.sent.append(sent)
            self.on_sent(sent)
        if fate in ("mute", "deaf"):
            await asyncio.sleep(_LONGER_THAN_ANYBODY_WAITS)
        return None if fate else Given(201 if channel in _TWILIO else 200, _encode(_said(sent)))

    def _listed(self, tenant: str, channel: str, asked: dict[str, list[str]]) -> Given:
        to = asked.get("To", [""])[0]
        found = [s for s in self.sent if (s.tenant, s.channel, s.to) == (tenant, channel, to)]
        messages = [_twilio(sent) for sent in reversed(found[-50:])]
        return Given(200, _encode({"messages": messages, "next_page_uri": None, "page": 0, "page_size": 50}))


def _refusal(channel: str, status: int) -> Given:
    body = REFUSALS.get((channel, status)) or _GRAPH_REFUSALS[status]
    headers = (("retry-after", "1"),) if status == 429 else ()
    meta = channel in ("whatsapp_cloud", "instagram")
    return Given(400 if status == 429 and meta else status, body, headers)


def _telegram(tenant: str, path: str, call: Call, number: int) -> Sent | None:
    if not path.endswith("/sendMessage"):
        return None
    form = dict(parse_qsl(call.body.decode()))
    chat = form["chat_id"]
    return Sent(tenant, "telegram", chat, form["text"], None, f"{chat}:{number}", time.time(), number)


def _whatsapp(tenant: str, path: str, call: Call, number: int) -> Sent | None:
    body = _decode(call.body)
    if body.get("status") == "read":
        return None
    text = body["text"]["body"] if "text" in body else body.get("interactive", {}).get("body", {}).get("text", "")
    if template := body.get("template"):
        values = [each["text"] for part in template.get("components", ()) for each in part.get("parameters", ())]
        text = " | ".join([f"template {template['name']}", *values])
    ours, to = body.get("biz_opaque_callback_data"), str(body.get("to") or body.get("recipient"))
    return Sent(tenant, "whatsapp_cloud", to, text, ours, f"wamid.{number}", time.time(), number)


def _instagram(tenant: str, path: str, call: Call, number: int) -> Sent | None:
    body = _decode(call.body)
    if "sender_action" in body:
        return None
    to = body["recipient"]["id"]
    return Sent(tenant, "instagram", to, body["message"].get("text", ""), None, f"mid.{number}", time.time(), number)


def _sms(tenant: str, path: str, call: Call, number: int) -> Sent | None:
    sent = _from_twilio(tenant, path, call, number)
    if sent:
        sent.channel = "sms"
    return sent


def _from_twilio(tenant: str, path: str, call: Call, number: int) -> Sent | None:
    if not path.endswith("/Messages.json"):
        return None
    form = dict(parse_qsl(call.body.decode()))
    back = form.get("StatusCallback", "")
    ours = parse_qs(urlsplit(back).query).get("mid", [None])[0]
    made = Sent(tenant, "whatsapp_twilio", form["To"], form.get("Body", ""), ours, f"SM{number:032x}", 0, number, back)
    made.at = time.time()
    return made


def _said(sent: Sent) -> dict[str, Any]:
    if sent.channel == "telegram":
        chat, _, number = sent.id.partition(":")
        message = {"message_id": int(number), "date": int(sent.at), "chat": {"id": int(chat), "type": "private"}}
        return {"ok": True, "result": message | {"text": sent.text}}
    if sent.channel in _TWILIO:
        return _twilio(sent)
    if sent.channel == "instagram":
        return {"recipient_id": sent.to, "message_id": sent.id}
    return {"messaging_product": "whatsapp", "contacts": [{"wa_id": sent.to}], "messages": [{"id": sent.id}]}


def _twilio(sent: Sent) -> dict[str, Any]:
    made = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(sent.at))
    return {
        "sid": sent.id, "to": sent.to, "from": "", "body": sent.text, "status": "queued", "direction": "outbound-api",
        "date_created": made, "date_sent": None, "date_updated": made, "num_media": "0", "num_segments": "1",
        "price": None, "price_unit": "USD", "error_code": None, "error_message": None, "api_version": "2010-04-01",
        "account_sid": "AC" + "a" * 32, "messaging_service_sid": None, "uri": "", "subresource_uris": {},
    }  # fmt: skip


_READ: dict[str, Callable[[str, str, Call, int], Sent | None]] = {
    "telegram": _telegram,
    "whatsapp_cloud": _whatsapp,
    "instagram": _instagram,
    "whatsapp_twilio": _from_twilio,
    "sms": _sms,
}
