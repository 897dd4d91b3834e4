"""What Twilio's REST API can be asked: messages, media, the account; and who is asking."""

import base64
import binascii
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from core.messages import Account
from emulator.asgi import answer
from emulator.outbox import Entry
from emulator.twilio_errors import twilio_error
from emulator.world import World

Json = dict[str, Any]


class Callers:
    """Basic authentication: account SID and token of a registered account."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, request: Request) -> list[Account]:
        """The accounts that this request may use; none: refuse it."""
        return [a for a in self.known(request) if a.secrets["account_sid"] == request.path_params["sid"]]

    def known(self, request: Request) -> list[Account]:
        """The same for a path that names no account."""
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            number, _, token = base64.b64decode(given).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return []
        accounts = self._world.accounts.by_secret("account_sid", number) if kind == "Basic" else []
        return [account for account in accounts if account.secrets.get("auth_token") == token]


class Records:
    """The reading half of the API."""

    def __init__(self, world: World, callers: Callers) -> None:
        self._world, self._callers = world, callers

    def list(self, callers: list[Account], request: Request) -> Response:
        """Messages of both directions, newest first."""
        query = request.query_params
        account = callers[0]
        to, sender = query.get("To", ""), query.get("From", "")
        own = {caller.address for caller in callers}
        found: list[Entry] = []
        if to not in own:
            found += self._world.outbox.find(account.tenant, to)
        if not to or to in own:
            found += self._world.inbox.find(account.tenant, sender if sender not in own else "")
        chosen = [
            entry
            for entry in found
            if entry.channel in ("sms", "whatsapp_twilio") and _sent_within(entry.at, request.url.query)
        ]
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        chosen.sort(key=lambda entry: entry.at, reverse=True)
        rows = [self.shown(_account_of(callers, entry), entry) for entry in chosen]
        rows = [row for row in rows if to in ("", row["to"]) and sender in ("", row["from"])]
        return answer(_paged(request, rows, page, size))

    def shown(self, account: Account, entry: Entry, service: str = "") -> Json:
        """A message resource."""
        inbound = self._world.inbox.get(entry.id) is entry
        stamp = format_datetime(datetime.fromtimestamp(entry.at, UTC))
        ends = (entry.to, account.address) if inbound else (None if service else account.address, entry.to)
        account_sid = account.secrets.get("account_sid", "")
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{entry.id}"
        return {
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": entry.text,
            "date_created": stamp,
            "date_sent": None if entry.status in ("queued", "accepted") else stamp,
            "date_updated": stamp,
            "direction": "inbound" if inbound else "outbound-api",
            "error_code": int(entry.error) if entry.error and entry.error.isdecimal() and not inbound else None,
            "error_message": None,
            "from": ends[0],
            "messaging_service_sid": service or None,
            "num_media": "1" if entry.media else "0",
            "num_segments": "0" if service else "1",
            "price": None,
            "price_unit": None,
            "sid": entry.id,
            "status": "received" if inbound else entry.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": ends[1],
            "uri": f"{uri}.json",
        }

    async def message(self, request: Request) -> Response:
        """One message."""
        callers, number = self._callers.of(request), request.path_params["message"]
        if not callers:
            return twilio_error(20003)
        entry = self._world.outbox.get(number) or self._world.inbox.get(number)
        if entry is None or entry.account not in {caller.id for caller in callers}:
            return twilio_error(20404)
        return answer(self.shown(_account_of(callers, entry), entry))

    async def account(self, request: Request) -> Response:
        """The account itself: what a credential check asks for."""
        callers = self._callers.of(request)
        if not callers:
            return twilio_error(20003)
        number = request.path_params["sid"]
        return answer({"sid": number, "friendly_name": callers[0].tenant, "status": "active", "type": "Full"})

    async def media_list(self, request: Request) -> Response:
        """The media of an inbound message."""
        number = request.path_params["message"]
        entry = self._world.inbox.get(number)
        if not self._callers.of(request):
            return twilio_error(20003)
        name = str((entry.media or {}).get("url", "")).removeprefix("emulator:") if entry else ""
        file = self._world.files.get(name)
        rows = [{"sid": name, "parent_sid": number, "content_type": file.mime}] if file else []
        return answer({"media_list": rows, "page": 0, "page_size": 50, "next_page_uri": None})

    async def media(self, request: Request) -> Response:
        """A media file: a redirect to the CDN, as Twilio does."""
        number = request.path_params["number"]
        if not self._callers.of(request):
            return twilio_error(20003)
        if self._world.files.get(number) is None:
            return twilio_error(20404)
        if request.method == "DELETE":
            return Response(status_code=204)
        place = f"{self._world.base_url}/twilio/cdn/{number}?Expires=1&Signature={secrets.token_hex(8)}"
        return Response(status_code=302, headers={"Location": place})

    async def cdn(self, request: Request) -> Response:
        """The bytes of a media file. Credentials may come along: unlike Twilio's, this CDN has the API's own origin."""
        file = self._world.files.get(request.path_params["number"])
        return Response(file.data, media_type=file.mime) if file else Response(status_code=404)


def _account_of(callers: list[Account], entry: Entry) -> Account:
    return next((caller for caller in callers if caller.id == entry.account), callers[0])


def _sent_within(at: float, query: str) -> bool:
    """Whether a message falls into the `DateSent>=` and `DateSent<=` of a list request."""
    day = datetime.fromtimestamp(at, UTC)
    for name, value in parse_qsl(query):
        if (name == "DateSent>" and day < _moment(value)) or (name == "DateSent<" and day > _moment(value)):
            return False
    return True


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _paged(request: Request, rows: list[Json], page: int, size: int) -> Json:
    filters = {name: value for name, value in request.query_params.items() if name not in ("Page", "PageSize")}
    place = request.url.path.removeprefix("/twilio")

    def at(number: int) -> str:
        return f"{place}?{urlencode({**filters, 'PageSize': size, 'Page': number})}"

    start = page * size
    more = start + size < len(rows)
    return {
        "messages": rows[start : start + size],
        "start": start,
        "end": max(start, min(start + size, len(rows)) - 1),
        "page": page,
        "page_size": size,
        "uri": at(page),
        "first_page_uri": at(0),
        "next_page_uri": at(page + 1) if more else None,
        "previous_page_uri": at(page - 1) if page else None,
    }
