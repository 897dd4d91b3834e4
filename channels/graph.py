"""Meta's Graph API, as WhatsApp Cloud and Instagram share it: signature, handshake, calls, errors."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from channels.actions import Action, give_up, server_error, stop_account, wait
from channels.network import Answer, exchange
from channels.untrusted import mapping
from channels.wire import anonymous
from core.errors import AccountStopped, DeliveryError, UnknownOutcome
from core.messages import Account

BASE = "https://graph.facebook.com"
VERSION = "v25.0"
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)  # Meta answers in well under a second
LONGEST_WAIT_SECONDS = 86_400.0

_TOKEN = re.compile(r"[A-Za-z0-9_+/=-]{20,}")  # Meta repeats a malformed token in its error text

Code = tuple[int | None, int | None]  # (code, subcode); None stands for any
Table = Mapping[Code, Action]


def signature(body: bytes, secret: str) -> dict[str, str]:
    """Return the header that Meta adds to a webhook; nothing without a secret."""
    if not secret:
        return {}
    return {"x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()}


def handshake(query: Mapping[str, str], verify_token: str) -> str | None:
    """Return the challenge of a subscription whose verify token is ours."""
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    known = bool(verify_token) and hmac.compare_digest(given, verify_token.encode())
    return query.get("hub.challenge") if known and query.get("hub.mode") == "subscribe" else None


def url(account: Account, *path: str, base: str = BASE) -> str:
    """Build an address of the API; every piece of the path is one segment, whatever it contains."""
    return "/".join([(account.api_base or base).rstrip("/"), VERSION, *(quote(piece, safe="") for piece in path)])


def token(account: Account) -> str:
    """Return the access token, which must be fit for a header."""
    secret = account.secrets.get("access_token", "")
    if not secret or not (secret.isascii() and secret.isprintable()):
        raise AccountStopped(f"no usable access token for {account.id}", code=f"{account.channel}:no_token")
    return secret


async def call(http: aiohttp.ClientSession, method: str, address: str, account: Account, body: object = None) -> Answer:
    """Make one call with the account's token; network trouble becomes a DeliveryError that tells if it was sent."""
    headers = {"Authorization": f"Bearer {token(account)}"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = msgspec.json.encode(body)
    return await exchange(http, method, address, name=account.channel, data=data, headers=headers, timeout=TIMEOUT)


def answered(answer: Answer) -> dict[str, Any]:
    """Return the object in an answer; an empty one when a proxy wrote something else."""
    try:
        return mapping(msgspec.json.decode(answer.body))
    except Exception:  # not Meta's own words: the HTTP status decides then
        return {}


def found(errors: Table, code: int | None, subcode: int | None = None) -> Action | None:
    """Find what a code means: the exact pair first, then the subcode alone, then the code alone."""
    if code is None:
        return None
    exact = (errors.get((code, subcode)) or errors.get((None, subcode))) if subcode is not None else None
    return exact or errors.get((code, None))


def failure(provider: str, errors: Table, answer: Answer) -> DeliveryError:
    """Translate an answer that is no success; the code decides, the HTTP status only where there is none."""
    error = answered(answer).get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    label = f"{provider}:{code}" if code is not None else f"{provider}:http_{answer.status}"
    if code is not None and subcode is not None:
        label += f"/{subcode}"
    action = found(errors, code, subcode) or _by_status(answer.status, error)
    # A rate limit was never processed; another passing fault may have been, if a gateway answered for Meta.
    if answer.status >= 500 and (action is None or (action.error == "retry" and not action.free)):
        action = server_error(answer.status)
    if action is None:
        return UnknownOutcome(f"{provider} failed with HTTP {answer.status}", code=label)
    return action.raised(explain(error) or f"HTTP {answer.status}", label, waiting(answer.headers))


def _by_status(status: int, error: Mapping[str, Any]) -> Action | None:
    if status == 429:
        return wait(5, scope="account")
    if status in (200, 408) or status >= 500:
        return None
    if error.get("is_transient") is True:
        return wait(free=False)
    return stop_account() if status == 401 else give_up(alert=True)


def number(value: object) -> int | None:
    """Return an error code, written as a number or as digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12
    return int(str(value)) if digits else None


def explain(error: Mapping[str, Any]) -> str:
    """Return the provider's words for an error, without tokens and phone numbers."""
    data = error.get("error_data")
    detail = data.get("details") if isinstance(data, dict) else None
    words = detail or error.get("message") or error.get("title") or ""
    return anonymous(_TOKEN.sub("…", words[:600])) if isinstance(words, str) else ""


def waiting(headers: Mapping[str, str]) -> float | None:
    """Return how long Meta asks us to wait: Retry-After in seconds, else the usage header in minutes."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:9]), LONGEST_WAIT_SECONDS)
    try:
        usage = mapping(msgspec.json.decode(headers.get("x-business-use-case-usage", "{}")))
        minutes = [float(row.get("estimated_time_to_regain_access", 0)) for rows in usage.values() for row in rows]
    except Exception:  # a header of another form tells nothing: the table's own wait is used
        return None
    longest = max(minutes, default=0.0)
    return min(longest * 60, LONGEST_WAIT_SECONDS) if longest > 0 else None
