"""What WhatsApp and SMS through Twilio share: signed form webhooks in, the Messages API out, lookup of lost answers."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import msgspec
from twilio.request_validator import RequestValidator
from twilio.rest.api.v2010.account.message import MessageInstance

from channels.base import Channel, MediaRequest
from channels.twilio_api import client
from channels.twilio_read import WHATSAPP, fields_of, form_of, read
from core.clock import Clock
from core.errors import BadSignature, UnknownOutcome, Unreadable
from core.messages import Account, Attachment, Event, Part, Recipient, Request

SIGNATURE = "x-twilio-signature"
MEDIA_HOSTS = ("api.twilio.com", "twiliocdn.com", "s3-external-1.amazonaws.com")
PORTS = {"https": ":443", "http": ":80"}
LOOKED_AT = 50  # messages of the pair that a lookup compares
EARLY_SECONDS = 30  # how far Twilio's clock may be behind ours
UNDATED_SECONDS = 3600  # how far back is looked when nothing tells since when


class Twilio(Channel):
    """`secrets`: account_sid, auth_token, from (also the address). `settings`: messaging_service_sid, content_sids."""

    route: ClassVar[str] = "twilio"
    over_whatsapp: ClassVar[bool] = False
    evidence: ClassVar[Literal["lookup", "receipt", "none"]] = "lookup"
    answer: ClassVar[tuple[str, bytes]] = ("text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def signature(self, request: Request, account: Account) -> dict[str, str]:
        """Sign the public URL with every form value; of a JSON body the URL carries the hash."""
        token = account.secrets.get("auth_token", "")
        if not token:
            return {}
        digests = parse_qs(request.query).get("bodySHA256")
        if digests and not hmac.compare_digest(hashlib.sha256(request.body).hexdigest(), digests[0]):
            raise BadSignature("the body is not the one whose hash the URL carries")
        params = None if digests else form_of(request.body)
        url = account.public_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
        return {SIGNATURE: RequestValidator(token).compute_signature(url, params)}

    def verify(self, request: Request, account: Account) -> None:
        """Accept the public URL with and without its default port: Twilio signs either."""
        try:
            super().verify(request, account)
        except BadSignature:
            other = msgspec.structs.replace(account, public_url=with_other_port(account.public_url))
            super().verify(request, other)

    def addresses(self, request: Request) -> tuple[str, ...]:
        """The number that was written to, or that sent what a status is about; then its messaging service."""
        try:
            form = fields_of(request)
        except (Unreadable, ValueError, RecursionError):  # a JSON body that is none
            return ()
        number = form.first("From") if "MessageStatus" in form else form.first("To")
        if number.startswith(WHATSAPP) is not self.over_whatsapp:
            return ()
        return tuple(filter(None, (number, form.first("MessagingServiceSid"))))

    def parse(self, request: Request, account: Account) -> list[Event]:
        """Read one message, opt-out or status."""
        return read(request, account)

    async def deliver(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str:
        """Hand one message to Twilio; the id is its SID, the outcome comes as a status callback."""
        created = await client(account, http).messages.create_async(**sending(part, to, account))
        if not created.sid:
            raise UnknownOutcome("twilio: a success without a SID", code="twilio:201")
        return str(created.sid)

    async def lookup(self, part: Part, to: Recipient, account: Account, http: aiohttp.ClientSession) -> str | None:
        """Find the message of an attempt whose answer was lost, by recipient, sender, time and text."""
        asked = addressed(to, account)
        if "messaging_service_sid" in asked:  # the service chose the sender
            asked.pop("messaging_service_sid")
        # No date filter: a message that is still queued has no DateSent and would be left out.
        messages = await client(account, http).messages.list_async(**asked, limit=LOOKED_AT, page_size=LOOKED_AT)
        # Twilio's time is real, whatever the tenant's is.
        start = to.since - EARLY_SECONDS if to.since else Clock().now().timestamp() - UNDATED_SECONDS
        return next((str(found.sid) for found in reversed(messages) if same(found, part, start)), None)

    async def media(self, attachment: Attachment, account: Account, http: aiohttp.ClientSession) -> MediaRequest | None:
        """The credentials go to Twilio's API alone; its redirect to the CDN is followed without them."""
        if not attachment.url:
            return None
        base = account.api_base or "https://api.twilio.com"
        login = aiohttp.encode_basic_auth(account.secrets["account_sid"], account.secrets["auth_token"])
        trusted = attachment.url.startswith(f"{base.rstrip('/')}/")
        hosts = (*MEDIA_HOSTS, urlsplit(base).hostname or "") if account.api_base else MEDIA_HOSTS
        return MediaRequest(url=attachment.url, headers={"Authorization": login} if trusted else {}, hosts=hosts)


def with_other_port(url: str) -> str:
    """Add the scheme's default port, or take it away."""
    port = PORTS.get(urlsplit(url).scheme, "")
    url = url.rstrip("/")
    return url.removesuffix(port) if port and url.endswith(port) else url + port


def addressed(to: Recipient, account: Account) -> dict[str, Any]:
    """Who sends to whom."""
    peer = WHATSAPP + to.peer.removeprefix(WHATSAPP) if account.address.startswith(WHATSAPP) else to.peer
    if service := account.settings.get("messaging_service_sid"):
        return {"to": peer, "messaging_service_sid": service}
    return {"to": peer, "from_": account.secrets.get("from") or account.address}


def sending(part: Part, to: Recipient, account: Account) -> dict[str, Any]:
    """The parameters of a new message; templates are Content, by SID or by a name of `content_sids`."""
    asked = addressed(to, account)
    if account.public_url:
        base = account.public_url.rstrip("/")
        asked["status_callback"] = f"{base}/webhooks/twilio/{account.tenant}/status?mid={quote(to.our_id, safe='')}"
    if part.style == "template" and part.template:
        name = part.template.name
        variables = {str(number): value for number, value in enumerate(part.template.params, 1)}
        asked["content_sid"] = account.settings.get("content_sids", {}).get(name, name)
        asked["content_variables"] = msgspec.json.encode(variables).decode()
        return asked
    if part.text:
        asked["body"] = part.text
    if part.media:
        asked["media_url"] = [part.media.url]
    return asked


def same(found: MessageInstance, part: Part, start: float) -> bool:
    """Tell whether a listed message is the one of the attempt; of a template only the time can be compared."""
    made = found.date_created or found.date_sent
    if not str(found.direction).startswith("outbound") or not isinstance(made, datetime):
        return False
    text = part.style == "template" or (found.body or "").strip() == part.text.strip()
    return text and made.astimezone(UTC).timestamp() >= start
