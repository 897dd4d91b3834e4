"""Asana and the signed webhook behind the port of core.tickets; one place says what each answer means."""

import hashlib
import hmac
from typing import Any

import aiohttp
import msgspec

from core.clock import rfc3339
from core.errors import Permanent, Transient
from core.tickets import Outgoing, TicketSystem

ASANA = "https://app.asana.com/api/1.0"
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_MOST_BYTES = 100_000  # of an answer; what is longer is cut, and then is no JSON


class Webhook:
    """POST of the ticket as JSON with `X-Orkesta-Signature: sha256=…` over the body and an `Idempotency-Key`."""

    async def put(self, ticket: Outgoing, http: aiohttp.ClientSession) -> str:
        """Post it; the answer's `id` or `reference`, if there is one, is the reference."""
        body = msgspec.json.encode({
            "type": "ticket.opened", "tenant": ticket.tenant, "number": ticket.number, "category": ticket.category,
            "priority": ticket.priority, "summary": ticket.summary, "opened_at": rfc3339(ticket.opened_at),
            "conversation_id": ticket.conversation_id,
        })  # fmt: skip
        headers = {
            "Content-Type": "application/json", "Idempotency-Key": ticket.key,
            "X-Orkesta-Signature": sign(ticket.secrets["secret"], body),
        }  # fmt: skip
        status, said = await _asked(http, "POST", ticket.url, headers, body)
        _judge("webhook", status, said)
        return str(said.get("reference") or said.get("id") or ticket.number)


class Asana:
    """A task in one project; our key is its external id, by which a task of an attempt that got lost is found."""

    async def put(self, ticket: Outgoing, http: aiohttp.ClientSession) -> str:
        """Make the task, unless it is there."""
        headers = {"Authorization": f"Bearer {ticket.secrets['token']}", "Content-Type": "application/json"}
        if ticket.again:
            status, said = await _asked(http, "GET", f"{ticket.url}/tasks/external:{ticket.key}", headers)
            if status == 200:
                return _gid(said)
        first_line = ticket.summary.partition("\n")[0]
        body = msgspec.json.encode({"data": {
            "name": f"{ticket.number} · {ticket.category} · {first_line[:120]}",
            "notes": ticket.summary, "projects": [ticket.project], "external": {"gid": ticket.key},
        }})  # fmt: skip
        status, said = await _asked(http, "POST", f"{ticket.url}/tasks", headers, body)
        _judge("asana", status, said)
        return _gid(said)


SYSTEMS: dict[str, TicketSystem] = {"asana": Asana(), "webhook": Webhook()}


def sign(secret: str, body: bytes) -> str:
    """What the receiver computes as well."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def _asked(
    http: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer; no redirect is followed, for a credential must not travel on."""
    try:
        async with http.request(
            method, url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
        ) as answer:
            raw, after = await _body(answer), answer.headers.get("Retry-After", "")
            # of the header only: what else stands in the body under this name is anybody's guess
            wait = float(after) if after.isascii() and after.isdigit() else None
            return answer.status, {**_json(raw), "retry_after": wait}
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        raise Transient(f"no answer: {type(fault).__name__}", code="ticket:no_connection") from fault


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    raw = b""
    while (room := _MOST_BYTES - len(raw)) and (part := await answer.content.read(room)):  # one read may give a piece
        raw += part
    return raw


def _json(raw: bytes) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _judge(name: str, status: int, said: dict[str, Any]) -> None:
    if 200 <= status < 300:
        return
    code = f"{name}:{status}"
    if status in (408, 425, 429) or status >= 500:
        raise Transient(f"{name} answered {status}", code=code, retry_after=said.get("retry_after"))
    raise Permanent(f"{name} answered {status}", code=code, alert=True)


def _gid(said: dict[str, Any]) -> str:
    data = said.get("data")
    if not isinstance(data, dict) or not data.get("gid"):
        raise Transient("asana answered without a task", code="asana:unreadable")
    return str(data["gid"])
